#include "storage/redis/greeting.h"

#include <algorithm>
#include <string_view>
#include <vector>

namespace ktl::storage::redis {
namespace {

// The code of an error is its first word, in capitals. Anything else is not repeated.
std::string code_of(const Value& error) {
  const std::string code = error.text.substr(0, std::min<std::size_t>(error.text.find(' '), 20));
  const bool capitals =
      !code.empty() && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  return capitals ? code : "an error";
}

// HELLO answers with names and values in turn.
std::string_view field(const Value& hello, std::string_view name) {
  for (std::size_t i = 0; i + 1 < hello.items.size(); i += 2) {
    if (hello.items[i].text == name) return hello.items[i + 1].text;
  }
  return {};
}

std::string objection_to_hello(const Login& login, const Value& reply) {
  if (reply.is_error("WRONGPASS")) return "login refused: user or password is wrong (WRONGPASS)";
  if (reply.is_error("NOAUTH")) return "login refused: the server wants a password (NOAUTH)";
  if (reply.is_error()) return "login refused (" + code_of(reply) + "); Redis 7 or newer, or Valkey, is needed";
  const std::string_view version = field(reply, "version");
  const bool old = version.size() > 1 && version[1] == '.' && version[0] < '7';
  if (old) return "the server is older than Redis 7";
  if (login.any_role) return "";
  if (field(reply, "mode") == "cluster") return "the server belongs to a cluster: write redis+cluster:// in the URL";
  if (field(reply, "role") == "slave" || field(reply, "role") == "replica")
    return "the server is a replica, which takes no writes";
  return "";
}

}  // namespace

std::size_t append_greeting(std::string& out, const Login& login) {
  std::vector<std::string_view> hello = {"HELLO", "2"};
  if (!login.password.empty()) {
    hello.insert(hello.end(), {"AUTH", login.user.empty() ? std::string_view("default") : login.user, login.password});
  }
  if (!login.name.empty()) hello.insert(hello.end(), {"SETNAME", login.name});
  append_command(out, hello);
  // A server that is still loading its data set answers HELLO and SELECT, but not PING.
  const std::string_view ping[] = {"PING"};
  append_command(out, ping);
  if (login.database == 0) return 2;
  const std::string number = std::to_string(login.database);
  const std::string_view select[] = {"SELECT", number};
  append_command(out, select);
  return 3;
}

std::string objection_to_reply(const Login& login, std::size_t index, const Value& reply) {
  if (index == 0) return objection_to_hello(login, reply);
  if (!reply.is_error()) return "";
  if (index == 1) {
    const bool not_ready = reply.is_error("LOADING") || reply.is_error("MASTERDOWN") || reply.is_error("BUSY");
    return not_ready ? "the server is not ready (" + code_of(reply) + ")" : "";
  }
  return "database " + std::to_string(login.database) + " cannot be selected (" + code_of(reply) + ")";
}

}  // namespace ktl::storage::redis
