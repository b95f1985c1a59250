#pragma once
// Which method and path lead to which page, and who may have it.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "admin/pages.h"

namespace ktl::admin {

// Whose usage a page tells: where limits are shared, it is asked for first.
enum class Usage : std::uint8_t { none, user, all };

struct Route {
  std::string_view method;  // GET also serves HEAD
  std::string_view path;    // as in the URL; a '*' at the end stands for the rest, which is not empty
  Need need;
  Answer (*answer)(Page&) = nullptr;              // one of the three
  net::Task<Answer> (*inquire)(Page&) = nullptr;  // has to ask the engine first
  std::size_t max_body = 0;                       // bytes; 0: the page wants no body
  Usage usage = Usage::none;
  net::Task<std::optional<Answer>> (*stream)(Page&, net::HttpExchange&, std::string header_lines) = nullptr;
};

struct Found {
  const Route* route = nullptr;  // nullptr: no page, or none for that method
  std::string allow;             // the path's methods for the `allow` header; empty: the path is unknown
  std::string_view rest;         // still percent-encoded
};

Found find_route(std::string_view method, std::string_view path);

}  // namespace ktl::admin
