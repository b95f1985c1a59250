#pragma once
// The address of an engine as an operator writes it. Internal to config.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ktl::config {

struct EngineAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;
};

// http://host[:port], an IPv6 host in brackets; a path of "/", "/v1" or "/v1/" is accepted and means nothing.
// nullopt: anything else, https included (the engine stands in the same network).
std::optional<EngineAddress> parse_engine_url(std::string_view url);

}  // namespace ktl::config
