#pragma once
// One request for a page, and the page's answer. A page is a function from the one to the other; it does not write to
// the connection (admin.cc does).
#include <memory>
#include <string>
#include <string_view>

#include "admin/access.h"
#include "admin/json_writer.h"
#include "admin/state.h"
#include "gateway/services.h"
#include "net/http_message.h"
#include "protocol/api_error.h"
#include "protocol/language.h"

namespace ktl::admin {

struct Page {
  const net::RequestHead& head;
  gateway::LoopServices& on;
  State& state;
  std::shared_ptr<const gateway::Catalogue> catalogue;
  protocol::Language language = protocol::Language::korean;
  Caller caller{};
  std::string rest{};       // what stood for the '*' of the route, percent-decoded, UTF-8
  std::string_view body{};  // if the route reads one

  gateway::Services& gateway() const { return state.services.gateway; }
  const Options& options() const { return state.services.options; }
};

struct Answer {
  int status = 200;
  std::string content_type = "application/json; charset=utf-8";
  std::string header_lines{};
  std::string body{};
};

inline Answer answer_of(JsonWriter& json, int status = 200) {
  return {.status = status, .body = json.take()};
}
Answer answer_of(const protocol::ApiError& error, std::string header_lines = {});

// "2026-11-23T08:30:00.123Z"
std::string timestamp(WallTime at);

}  // namespace ktl::admin
