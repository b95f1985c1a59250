#pragma once
// HTTP/1.1 heads as parsed from the wire. All views point into the connection's receive buffer and live as long as the
// exchange. Strict on purpose (RFC 9112): what two parsers could read differently is refused, never guessed.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace ktl::net {

struct Header {
  std::string_view name;
  std::string_view value;  // without blanks around it
};

class HeaderList {
 public:
  void clear() { list_.clear(); }
  void add(std::string_view name, std::string_view value) { list_.push_back({name, value}); }
  // First value of that name (ASCII case ignored), or an empty view with data() == nullptr.
  std::string_view get(std::string_view name) const;
  bool has(std::string_view name) const { return get(name).data() != nullptr; }
  auto begin() const { return list_.begin(); }
  auto end() const { return list_.end(); }
  std::size_t size() const { return list_.size(); }

 private:
  std::vector<Header> list_;
};

// How the body after a head is framed.
struct BodyFraming {
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool until_close = false;  // responses only
};

struct RequestHead {
  std::string_view method;
  std::string_view target;  // as sent
  std::string_view path;    // target up to '?', still percent-encoded
  std::string_view query;   // after '?', or empty
  int minor_version = 1;
  HeaderList headers;
  BodyFraming framing;
  bool keep_alive = true;
  bool expects_continue = false;

  bool has_body() const { return framing.chunked || framing.content_length.value_or(0) > 0; }
};

struct ResponseHead {
  int status = 0;
  int minor_version = 1;
  HeaderList headers;
  BodyFraming framing;
  bool keep_alive = true;
};

}  // namespace ktl::net
