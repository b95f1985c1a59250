#pragma once
// The web dashboard on an address of its own: its files, the login, and behind the login everything that an admin key
// may do at the gateway's own address, so that the page needs no other origin.
//
//   GET  /, /assets/…    the page; open to all, as it holds no figures
//   GET  /simple         the figures without scripts; needs a session, or a trusted caller
//   GET  /login          a form for /simple; POST /login takes it
//   GET, POST, DELETE /session    who am I, log in, log out (JSON)
//   everything else      as at the gateway's address, for the session's admin key
//
// Without a session a request goes on as it came: with a key of its own, or as a trusted caller who may read
// (admin/access.h). Whatever another site's page sends is refused, and a session changes nothing without the header
// that only our page sends (browser.h).
//
// One object on one loop.
#include <memory>
#include <string>

#include "admin/admin.h"
#include "dashboard/login_guard.h"
#include "dashboard/sessions.h"
#include "gateway/services.h"
#include "net/http_server.h"

namespace ktl::dashboard {

struct DashboardOptions {
  admin::Options admin;
  std::string cookie_name = "token_limiter";  // of its own for each port: browsers share cookies between ports
  SessionOptions sessions;
  LoginLimits logins;
};

class Dashboard {
 public:
  Dashboard(DashboardOptions options, admin::Admin& admin, gateway::LoopServices& on);

  net::Task<void> serve(net::HttpExchange& http);

 private:
  struct Visitor;
  Visitor visitor_of(net::HttpExchange& http);
  net::Task<void> pass_on(net::HttpExchange& http, Visitor visitor);
  net::Task<void> show_asset(net::HttpExchange& http);
  net::Task<void> show_style(net::HttpExchange& http);
  net::Task<void> show_simple(net::HttpExchange& http, Visitor visitor);
  net::Task<void> tell_session(net::HttpExchange& http, Visitor visitor);
  net::Task<void> log_in(net::HttpExchange& http, bool from_form);
  net::Task<void> log_out(net::HttpExchange& http);

  DashboardOptions options_;
  admin::Admin& admin_;
  gateway::LoopServices& on_;
  Sessions sessions_;
  LoginGuard guard_;
};

}  // namespace ktl::dashboard
