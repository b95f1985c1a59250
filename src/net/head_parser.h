#pragma once
// Strict parsers for HTTP/1.1 request and response heads (RFC 9110, 9112). Pure: bytes in, views out.
//
// Refused rather than repaired, because two parsers in a row could disagree about it (request smuggling): bare CR or
// LF, blanks before the colon, folded lines, control characters, two Content-Length or Host lines, Content-Length beside
// Transfer-Encoding, any transfer coding but "chunked", chunked under HTTP/1.0.
// Accepted beyond the letter: raw UTF-8 in the target (Korean user names typed into curl), one empty line before a
// request.
#include <string_view>

#include "net/http_message.h"

namespace ktl::net {

// status 0 = parsed; else the answer's status and a short English reason.
struct HeadProblem {
  int status = 0;
  std::string_view reason;
  explicit operator bool() const { return status != 0; }
};

inline constexpr std::size_t kMaxHeaders = 100;
inline constexpr std::size_t kMaxTargetBytes = 8 * 1024;

// Length of the head including its final empty line, or 0 if the end is not there yet. `searched` remembers how far
// earlier calls have looked, so that a slowly arriving head is scanned once.
std::size_t find_head_end(std::string_view bytes, std::size_t& searched);

// `head` is exactly one head, with its final empty line.
HeadProblem parse_request_head(std::string_view head, RequestHead& out);
HeadProblem parse_response_head(std::string_view head, ResponseHead& out);

}  // namespace ktl::net
