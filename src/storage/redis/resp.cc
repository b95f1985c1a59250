#include "storage/redis/resp.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

namespace ktl::storage::redis {
namespace {

constexpr std::size_t kMaxReservedItems = 1024;  // more are reserved only as they come
constexpr std::size_t kMaxReservedBytes = 1024 * 1024;

void append_header(std::string& out, char type, std::size_t count) {
  char buffer[32];
  buffer[0] = type;
  char* end = std::to_chars(buffer + 1, buffer + sizeof buffer - 2, count).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(buffer, static_cast<std::size_t>(end - buffer));
}

std::optional<std::int64_t> parse_integer(std::string_view digits) {
  if (digits.size() > 1 && digits.front() == '+') {
    digits.remove_prefix(1);
    if (digits.front() == '-') return std::nullopt;
  }
  std::int64_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

}  // namespace

bool Value::is_error(std::string_view code) const {
  return kind == Kind::error && text.starts_with(code) && (text.size() == code.size() || text[code.size()] == ' ');
}

void append_command(std::string& out, std::span<const std::string_view> words) {
  append_header(out, '*', words.size());
  for (const std::string_view word : words) {
    append_header(out, '$', word.size());
    out.append(word).append("\r\n", 2);
  }
}

Parser::Step Parser::refuse(const char* why) {
  problem_ = why;
  return Step::fail;
}

Parser::Outcome Parser::parse(std::string_view& input, Value& out) {
  if (*problem_ != '\0') return Outcome::malformed;
  for (;;) {
    Value value;
    const Step step = in_bulk_ ? take_bulk(input, value) : take_line(input, value);
    if (step == Step::more) return Outcome::more;
    if (step == Step::fail) return Outcome::malformed;
    if (step == Step::value && close_value(std::move(value), out)) {
      bytes_ = items_ = 0;
      return Outcome::complete;
    }
  }
}

// One line of the protocol: a type, its text, CR LF.
Parser::Step Parser::take_line(std::string_view& input, Value& value) {
  if (input.empty()) return Step::more;
  const void* found = std::memchr(input.data(), '\n', input.size());
  const std::size_t taken =
      found == nullptr ? input.size() : static_cast<std::size_t>(static_cast<const char*>(found) - input.data()) + 1;
  if (taken > limits_.max_bytes - bytes_) return refuse("a reply over the size limit");
  bytes_ += taken;
  std::string_view line = input.substr(0, taken);
  input.remove_prefix(taken);
  if (found == nullptr || !line_.empty()) line_.append(line);
  if (found == nullptr) return Step::more;
  if (!line_.empty()) line = line_;
  if (line.size() < 3 || line[line.size() - 2] != '\r') return refuse("a line that does not end with CR LF");
  line.remove_suffix(2);
  if (line.find('\r') != std::string_view::npos) return refuse("a line with a CR inside");
  const Step step = begin_value(line, value);
  line_.clear();
  return step;
}

Parser::Step Parser::begin_value(std::string_view line, Value& value) {
  if (++items_ > limits_.max_items) return refuse("a reply with too many items");
  const char type = line.front();
  const std::string_view rest = line.substr(1);
  switch (type) {
    case '+':
    case '-':
      value.kind = type == '+' ? Kind::status : Kind::error;
      value.text = rest;
      return Step::value;
    case ':': {
      const auto number = parse_integer(rest);
      if (!number) return refuse("an integer that is none");
      value.kind = Kind::integer;
      value.integer = *number;
      return Step::value;
    }
    case '_':
      if (!rest.empty()) return refuse("a null with content");
      return Step::value;
    case '#':
      if (rest != "t" && rest != "f") return refuse("a boolean that is none");
      value.kind = Kind::boolean;
      value.integer = rest == "t" ? 1 : 0;
      return Step::value;
    case ',':
    case '(':
      if (rest.empty()) return refuse("an empty number");
      value.kind = Kind::number;
      value.text = rest;
      return Step::value;
    case '$':
    case '=':
    case '!':
      bulk_.kind = type == '!' ? Kind::error : Kind::text;
      verbatim_ = type == '=';
      return begin_bulk(rest, value);
    case '*':
    case '~':
    case '%':
    case '>':
    case '|':
      return begin_aggregate(type, rest, value);
    default:
      return refuse("an unknown type of reply");
  }
}

Parser::Step Parser::begin_bulk(std::string_view digits, Value& value) {
  const auto length = parse_integer(digits);
  if (!length || *length < -1) return refuse("a length that is none");
  if (*length == -1) {
    value.kind = Kind::nil;
    return Step::value;
  }
  const auto size = static_cast<std::uint64_t>(*length);
  if (size > limits_.max_bytes || size + 2 > limits_.max_bytes - bytes_) return refuse("a reply over the size limit");
  bulk_.text.clear();
  bulk_.text.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(size, kMaxReservedBytes)));
  bulk_missing_ = size + 2;
  in_bulk_ = true;
  return Step::open;
}

Parser::Step Parser::take_bulk(std::string_view& input, Value& value) {
  if (input.empty()) return Step::more;
  // The text first, then CR LF, of which the two missing bytes count down.
  if (bulk_missing_ > 2) {
    const auto take = static_cast<std::size_t>(std::min<std::uint64_t>(input.size(), bulk_missing_ - 2));
    bulk_.text.append(input.substr(0, take));
    input.remove_prefix(take);
    bulk_missing_ -= take;
    bytes_ += take;
  }
  while (bulk_missing_ <= 2 && bulk_missing_ > 0) {
    if (input.empty()) return Step::more;
    if (input.front() != (bulk_missing_ == 2 ? '\r' : '\n')) return refuse("a bulk string longer than it says");
    input.remove_prefix(1);
    --bulk_missing_;
    ++bytes_;
  }
  if (bulk_missing_ > 0) return Step::more;
  in_bulk_ = false;
  value = std::move(bulk_);
  bulk_ = Value();
  if (verbatim_) {
    if (value.text.size() < 4 || value.text[3] != ':') return refuse("a verbatim string without its format");
    value.text.erase(0, 4);
  }
  return Step::value;
}

Parser::Step Parser::begin_aggregate(char type, std::string_view digits, Value& value) {
  const auto count = parse_integer(digits);
  if (!count || *count < -1 || (*count == -1 && type != '*')) return refuse("a count that is none");
  if (*count == -1) return Step::value;
  const bool pairs = type == '%' || type == '|';
  const auto items = static_cast<std::uint64_t>(*count);
  if (items > limits_.max_items) return refuse("a reply with too many items");
  const std::uint64_t missing = pairs ? items * 2 : items;
  value.kind = pairs ? Kind::map : type == '>' ? Kind::push : Kind::array;
  if (missing == 0 && type != '|') return Step::value;
  if (missing == 0) return Step::open;  // an empty attribute: what it belongs to follows
  if (open_.size() >= limits_.max_depth) return refuse("a reply nested too deeply");
  value.items.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(missing, kMaxReservedItems)));
  open_.push_back({std::move(value), missing, type == '|'});
  return Step::open;
}

// Puts a complete value where it belongs. True if that completed the reply.
bool Parser::close_value(Value&& value, Value& out) {
  Value done = std::move(value);
  while (!open_.empty()) {
    Open& parent = open_.back();
    parent.value.items.push_back(std::move(done));
    if (--parent.missing > 0) return false;
    const bool dropped = parent.dropped;
    done = std::move(parent.value);
    open_.pop_back();
    if (dropped) return false;  // what the attribute belongs to follows
  }
  out = std::move(done);
  return true;
}

}  // namespace ktl::storage::redis
