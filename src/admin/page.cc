#include "admin/page.h"

#include "telemetry/log_line.h"

namespace ktl::admin {

Answer answer_of(const protocol::ApiError& error, std::string header_lines) {
  return {.status = error.status, .header_lines = std::move(header_lines), .body = protocol::render(error)};
}

std::string timestamp(WallTime at) {
  std::string text;
  telemetry::append_timestamp(text, at);
  return text;
}

}  // namespace ktl::admin
