#pragma once
// What a page answers; admin.cc writes it to the connection.
#include <string>

#include "admin/json_writer.h"
#include "base/clock.h"
#include "protocol/api_error.h"

namespace ktl::admin {

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
