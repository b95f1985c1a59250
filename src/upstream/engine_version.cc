#include "upstream/engine_version.h"

#include <algorithm>

#include "protocol/json_cursor.h"

namespace ktl::upstream {
namespace {

constexpr int kMaxDepth = 64;
constexpr std::size_t kLongest = 64;

bool may_be_version(std::string_view text) {
  return text.size() <= kLongest &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F && c != '"' && c != '\\'; });
}

}  // namespace

std::string read_version(std::string_view json) {
  protocol::JsonCursor in(json, kMaxDepth);
  std::string version;
  if (!in.enter_object()) return {};
  for (protocol::JsonString name; in.next_member(name);) {
    protocol::JsonString value;
    if (!name.is("version") || in.peek() != protocol::JsonKind::string) {
      in.skip();
    } else if (in.read_string(value) && may_be_version(value.raw)) {
      version = value.raw;
    }
  }
  return in.ok() ? version : std::string();
}

net::Task<std::string> ask_version(Link& link, Millis timeout) {
  const bool sglang = link.upstream().options().type == EngineType::sglang;
  auto answer = co_await link.fetch("GET", sglang ? "/server_info" : "/version", {}, Link::Key::normal, timeout);
  if (sglang && answer && answer->status == 404) {  // before 0.5
    auto older = co_await link.fetch("GET", "/get_server_info", {}, Link::Key::normal, timeout);
    answer = std::move(older);
  }
  if (!answer || answer->status != 200) co_return std::string();
  co_return read_version(answer->body);
}

}  // namespace ktl::upstream
