#include "net/head_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "base/text.h"

namespace ktl::net {
namespace {

using Table = std::array<bool, 256>;

constexpr Table make_token_table() {
  Table table{};
  for (char c = '0'; c <= '9'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'a'; c <= 'z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) table[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}

constexpr Table make_value_table() {
  Table table{};
  for (std::size_t c = 0x20; c < 0x100; ++c) table[c] = c != 0x7F;
  table['\t'] = true;
  return table;
}

constexpr Table make_target_table() {
  Table table{};
  for (std::size_t c = 0x21; c < 0x100; ++c) table[c] = c != 0x7F;
  table['#'] = false;  // a fragment never travels
  return table;
}

constexpr Table kToken = make_token_table();
constexpr Table kValue = make_value_table();
constexpr Table kTarget = make_target_table();

bool all_in(const Table& table, std::string_view text) {
  for (const char c : text)
    if (!table[static_cast<unsigned char>(c)]) return false;
  return true;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool list_contains(std::string_view list, std::string_view word) {
  while (!list.empty()) {
    const auto comma = list.find(',');
    if (equals_ignoring_case(trimmed(list.substr(0, comma)), word)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

// Takes one line off the front of `rest`. False: no CRLF, or a CR or LF that does not belong to one.
bool take_line(std::string_view& rest, std::string_view& line) {
  const auto* newline = static_cast<const char*>(std::memchr(rest.data(), '\n', rest.size()));
  if (newline == nullptr) return false;
  const auto length = static_cast<std::size_t>(newline - rest.data());
  if (length == 0 || rest[length - 1] != '\r') return false;
  line = rest.substr(0, length - 1);
  rest.remove_prefix(length + 1);
  return true;
}

struct FramingFields {
  std::string_view content_length;
  std::string_view transfer_encoding;
  std::string_view connection;
  std::string_view host;
  std::string_view expect;
  bool has_content_length = false, has_transfer_encoding = false, has_host = false, has_expect = false;
};

HeadProblem parse_fields(std::string_view rest, HeaderList& headers, FramingFields& fields) {
  std::size_t count = 0;
  for (;;) {
    std::string_view line;
    if (!take_line(rest, line)) return {400, "malformed header line"};
    if (line.empty()) return rest.empty() ? HeadProblem{} : HeadProblem{400, "malformed header block"};
    if (++count > kMaxHeaders) return {431, "too many header fields"};
    const auto colon = line.find(':');
    if (colon == 0 || colon == std::string_view::npos) return {400, "header line without a name"};
    const std::string_view name = line.substr(0, colon);
    if (!all_in(kToken, name)) return {400, "invalid character in a header name"};
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!all_in(kValue, value)) return {400, "invalid character in a header value"};
    headers.add(name, value);
    switch (name.size()) {
      case 4:
        if (equals_ignoring_case(name, "host")) {
          if (fields.has_host) return {400, "more than one Host header"};
          fields.has_host = true;
          fields.host = value;
        }
        break;
      case 6:
        if (equals_ignoring_case(name, "expect")) {
          fields.has_expect = true;
          fields.expect = value;
        }
        break;
      case 10:
        if (equals_ignoring_case(name, "connection") && !list_contains(fields.connection, "close")) fields.connection = value;
        break;
      case 14:
        if (equals_ignoring_case(name, "content-length")) {
          if (fields.has_content_length) return {400, "more than one Content-Length header"};
          fields.has_content_length = true;
          fields.content_length = value;
        }
        break;
      case 17:
        if (equals_ignoring_case(name, "transfer-encoding")) {
          if (fields.has_transfer_encoding) return {400, "more than one Transfer-Encoding header"};
          fields.has_transfer_encoding = true;
          fields.transfer_encoding = value;
        }
        break;
      default: break;
    }
  }
}

HeadProblem framing_of(const FramingFields& fields, int minor_version, BodyFraming& framing) {
  if (fields.has_transfer_encoding) {
    if (fields.has_content_length) return {400, "Content-Length beside Transfer-Encoding"};
    if (minor_version == 0) return {400, "Transfer-Encoding under HTTP/1.0"};
    if (!equals_ignoring_case(fields.transfer_encoding, "chunked")) return {501, "unsupported transfer coding"};
    framing.chunked = true;
  } else if (fields.has_content_length) {
    std::uint64_t length = 0;
    const char* first = fields.content_length.data();
    const char* last = first + fields.content_length.size();
    const auto [end, error] = std::from_chars(first, last, length);
    if (fields.content_length.empty() || error != std::errc{} || end != last || *first == '-' || *first == '+')
      return {400, "invalid Content-Length"};
    framing.content_length = length;
  }
  return {};
}

bool parse_version(std::string_view text, int& minor) {
  if (text == "HTTP/1.1") {
    minor = 1;
    return true;
  }
  if (text == "HTTP/1.0") {
    minor = 0;
    return true;
  }
  return false;
}

bool keeps_alive(std::string_view connection, int minor_version) {
  if (list_contains(connection, "close")) return false;
  return minor_version == 1 || list_contains(connection, "keep-alive");
}

}  // namespace

std::size_t find_head_end(std::string_view bytes, std::size_t& searched) {
  std::size_t from = searched > 3 ? searched - 3 : 0;
  while (from < bytes.size()) {
    const auto* cr = static_cast<const char*>(std::memchr(bytes.data() + from, '\r', bytes.size() - from));
    if (cr == nullptr) break;
    const auto at = static_cast<std::size_t>(cr - bytes.data());
    if (bytes.size() - at < 4) break;
    if (std::memcmp(cr, "\r\n\r\n", 4) == 0) return at + 4;
    from = at + 1;
  }
  searched = bytes.size();
  return 0;
}

HeadProblem parse_request_head(std::string_view head, RequestHead& out) {
  std::string_view rest = head;
  if (rest.starts_with("\r\n")) rest.remove_prefix(2);
  std::string_view line;
  if (!take_line(rest, line)) return {400, "malformed request line"};
  const auto method_end = line.find(' ');
  const auto target_end = line.rfind(' ');
  if (method_end == std::string_view::npos || target_end == method_end) return {400, "malformed request line"};
  out.method = line.substr(0, method_end);
  out.target = line.substr(method_end + 1, target_end - method_end - 1);
  const std::string_view version = line.substr(target_end + 1);
  if (out.method.empty() || out.method.size() > 32 || !all_in(kToken, out.method)) return {400, "invalid method"};
  if (out.target.empty() || !all_in(kTarget, out.target)) return {400, "invalid request target"};
  if (out.target.size() > kMaxTargetBytes) return {414, "request target too long"};
  if (!parse_version(version, out.minor_version)) {
    const bool other_version = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.';
    return other_version ? HeadProblem{505, "unsupported HTTP version"} : HeadProblem{400, "malformed request line"};
  }

  std::string_view path = out.target;
  if (path.front() != '/') {
    const bool absolute = path.starts_with("http://") || path.starts_with("https://");
    if (!absolute && !(path == "*" && out.method == "OPTIONS")) return {400, "invalid request target"};
    if (absolute) {
      path.remove_prefix(path.find("//") + 2);
      const auto host_end = std::min(path.find_first_of("/?"), path.size());
      if (host_end == 0) return {400, "invalid request target"};
      path.remove_prefix(host_end);
    }
  }
  const auto question = path.find('?');
  out.path = path.substr(0, question);
  if (out.path.empty()) out.path = "/";  // "http://host" and "http://host?query"
  out.query = question == std::string_view::npos ? std::string_view() : path.substr(question + 1);

  FramingFields fields;
  out.headers.clear();
  if (const auto problem = parse_fields(rest, out.headers, fields)) return problem;
  if (!fields.has_host && out.minor_version == 1) return {400, "missing Host header"};
  out.framing = {};
  if (const auto problem = framing_of(fields, out.minor_version, out.framing)) return problem;
  out.keep_alive = keeps_alive(fields.connection, out.minor_version);
  out.expects_continue = false;
  if (fields.has_expect) {
    if (!equals_ignoring_case(fields.expect, "100-continue")) return {417, "unknown expectation"};
    out.expects_continue = out.minor_version == 1;
  }
  return {};
}

HeadProblem parse_response_head(std::string_view head, ResponseHead& out) {
  std::string_view rest = head;
  std::string_view line;
  if (!take_line(rest, line)) return {502, "malformed status line"};
  if (line.size() < 12 || line[8] != ' ' || !parse_version(line.substr(0, 8), out.minor_version))
    return {502, "malformed status line"};
  int status = 0;
  const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status);
  if (error != std::errc{} || end != line.data() + 12 || status < 100 || status > 599 ||
      (line.size() > 12 && line[12] != ' '))
    return {502, "malformed status line"};
  out.status = status;
  FramingFields fields;
  out.headers.clear();
  if (parse_fields(rest, out.headers, fields)) return {502, "malformed response header"};
  out.framing = {};
  if (framing_of(fields, out.minor_version, out.framing)) return {502, "ambiguous response framing"};
  out.keep_alive = keeps_alive(fields.connection, out.minor_version);
  const bool bodiless = status < 200 || status == 204 || status == 304;
  if (bodiless) {
    out.framing = {};
    out.framing.content_length = 0;
  } else if (!out.framing.chunked && !out.framing.content_length) {
    out.framing.until_close = true;
    out.keep_alive = false;
  }
  return {};
}

}  // namespace ktl::net
