#pragma once
// Which method and path lead to which page, and who may have it.
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "admin/desk_pages.h"
#include "admin/pages.h"

namespace ktl::admin {

// Whose usage a page tells: where limits are shared, it is asked for first.
enum class Usage : std::uint8_t { none, user, all };

struct Route {
  std::string_view method;  // GET also serves HEAD
  std::string_view path;    // as in the URL; "*" stands for one segment, "**" at the end for the rest; neither is empty
  Need need;
  Answer (*answer)(Page&) = nullptr;              // one of the three
  net::Task<Answer> (*inquire)(Page&) = nullptr;  // has to ask the engine first
  std::size_t max_body = 0;                       // bytes; 0: the page wants no body
  Usage usage = Usage::none;
  net::Task<std::optional<Answer>> (*stream)(Page&, net::HttpExchange&, std::string header_lines) = nullptr;
  Answer (*desk)(Desk&) = nullptr;     // waits for the store
  ScopeKind kind = ScopeKind::global;  // for the desk
};

struct Found {
  const Route* route = nullptr;  // nullptr: no page, or none for that method
  std::string allow;             // the path's methods for the `allow` header; empty: the path is unknown
  std::string_view rest;         // what stood for the star, still percent-encoded
};

std::span<const Route> routes();

Found find_route(std::string_view method, std::string_view path);

}  // namespace ktl::admin
