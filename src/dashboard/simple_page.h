#pragma once
// /simple: the figures of the moment as a plain HTML page for terminals and old browsers. Reloads itself by a header.
#include <span>
#include <string>
#include <string_view>

#include "gateway/services.h"
#include "protocol/language.h"

namespace ktl::dashboard {

struct SimpleFacts {
  gateway::Services& gateway;
  const gateway::Catalogue& catalogue;
  std::span<upstream::Upstream* const> upstreams;
  std::string_view version;
};

std::string simple_page(protocol::Language language, const SimpleFacts& facts);

// "lang=en" or "lang=ko" in the query, or else what the browser prefers.
protocol::Language simple_language(std::string_view query, protocol::Language preferred);

}  // namespace ktl::dashboard
