#pragma once
// One request for a page, and the page's answer. A page is a function from the one to the other; it does not write to
// the connection (admin.cc does).
#include <memory>
#include <string>
#include <string_view>

#include "admin/access.h"
#include "admin/answer.h"
#include "admin/state.h"
#include "gateway/services.h"
#include "net/http_message.h"
#include "protocol/language.h"

namespace ktl::admin {

struct Page {
  const net::RequestHead& head;
  gateway::LoopServices& on;
  State& state;
  std::shared_ptr<const gateway::Catalogue> catalogue;
  protocol::Language language = protocol::Language::korean;
  Caller caller{};
  std::string rest{};       // what stood for the last '*' of the route, percent-decoded, UTF-8
  std::string_view body{};  // if the route reads one

  gateway::Services& gateway() const { return state.services.gateway; }
  const Options& options() const { return state.services.options; }
};

}  // namespace ktl::admin
