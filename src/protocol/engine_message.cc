#include "protocol/engine_message.h"

#include <cctype>

#include "base/text.h"
#include "protocol/engine_error.h"
#include "protocol/visible_text.h"

namespace ktl::protocol {
namespace {

constexpr auto kNowhere = std::string_view::npos;

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const std::size_t begin = text.find(before);
  if (begin == kNowhere) return {};
  text.remove_prefix(begin + before.size());
  return text.substr(0, text.find(after));
}

// "'body', 'messages', 0, 'role'" -> "messages[0].role"
std::string path_from(std::string_view parts) {
  std::string path;
  while (!parts.empty()) {
    const std::size_t comma = parts.find(',');
    std::string_view part = parts.substr(0, comma);
    parts = comma == kNowhere ? std::string_view() : parts.substr(comma + 1);
    const auto strip = [](char c) { return c == ' ' || c == '\'' || c == '"'; };
    while (!part.empty() && strip(part.front())) part.remove_prefix(1);
    while (!part.empty() && strip(part.back())) part.remove_suffix(1);
    if (part.empty() || part == "body") continue;
    if (part.find_first_not_of("0123456789") == kNowhere) {
      path.append("[").append(part).append("]");
    } else {
      if (!path.empty()) path += '.';
      path += part;
    }
  }
  return path;
}

// FastAPI: a list of {'type': …, 'loc': ('body', 'messages'), 'msg': 'Field required', 'input': …}, or the same in
// JSON.
bool read_error_list(std::string_view text, std::string& param, std::string& reason) {
  for (const std::string_view quote : {"'", "\""}) {
    const std::string key = std::string(quote) + "msg" + std::string(quote) + ":";
    const std::size_t at = text.find(key);
    if (at == kNowhere) continue;
    std::string_view rest = text.substr(at + key.size());
    while (rest.starts_with(' ')) rest.remove_prefix(1);
    if (rest.empty()) return false;
    reason = rest.substr(1, rest.find(rest[0], 1) - 1);  // between its own quotes, whichever they are
    const std::string location = std::string(quote) + "loc" + std::string(quote) + ":";
    std::string_view loc = between(text, location, quote == "'" ? ")" : "]");
    while (!loc.empty() && (loc.front() == ' ' || loc.front() == '(' || loc.front() == '[')) loc.remove_prefix(1);
    param = path_from(loc);
    return true;
  }
  return false;
}

// pydantic: "1 validation error for X\nmessages.0.role\n  Field required [type=missing, input_value=…"
bool read_error_lines(std::string_view text, std::string& param, std::string& reason) {
  const std::size_t mark = text.find(" [type=");
  if (mark == kNowhere) return false;
  std::string_view head = text.substr(0, mark);
  const std::size_t line = head.rfind('\n');
  if (line == kNowhere) return false;
  std::string_view words = head.substr(line + 1);
  while (words.starts_with(' ')) words.remove_prefix(1);
  head = head.substr(0, line);
  const std::size_t above = head.rfind('\n');
  reason = words;
  if (above != kNowhere) {
    param = head.substr(above + 1);
  }
  return true;
}

bool is_key_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.';
}

// Replaces the run of key bytes behind each `mark` by stars.
void strike_behind(std::string& text, std::string_view mark, std::size_t shortest) {
  for (std::size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at + mark.size())) {
    std::size_t begin = at + mark.size();
    while (begin < text.size() && (text[begin] == ' ' || text[begin] == '\'' || text[begin] == '"' ||
                                   text[begin] == ':' || text[begin] == '=')) {
      ++begin;
    }
    std::size_t end = begin;
    while (end < text.size() && is_key_byte(text[end])) ++end;
    if (end - begin >= shortest) text.replace(begin, end - begin, "***");
  }
}

void strike_secrets(std::string& text) {
  strike_behind(text, "Bearer", 1);
  strike_behind(text, "bearer", 1);
  strike_behind(text, "api_key", 1);
  strike_behind(text, "password", 1);
  strike_behind(text, "sk-", 6);
}

// Cut at a whole character; controls become blanks; malformed bytes U+FFFD.
std::string bounded(std::string_view text) {
  constexpr std::string_view kMore = "…";
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t begin = at;
    const char32_t c = next_code_point(text, at);
    if (out.size() + 4 + kMore.size() > kMaxEngineMessage) {
      out += kMore;
      break;
    }
    append_visible(out, c, text.substr(begin, at - begin));
  }
  return out;
}

}  // namespace

CleanMessage clean_engine_message(std::string_view text) {
  CleanMessage clean;
  std::string reason;
  const bool is_dump =
      text.find("validation error") != kNowhere || text.find("'loc'") != kNowhere || text.find("\"loc\"") != kNowhere;
  std::string whole(text.substr(0, 64 * 1024));  // what is said stands at the beginning
  if (is_dump && (read_error_list(whole, clean.param, reason) || read_error_lines(whole, clean.param, reason))) {
    clean.param = bounded(clean.param).substr(0, 64);
    whole = clean.param.empty() ? reason : clean.param + ": " + reason;
  }
  strike_secrets(whole);
  clean.text = bounded(whole);
  return clean;
}

}  // namespace ktl::protocol
