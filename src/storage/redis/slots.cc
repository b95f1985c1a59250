#include "storage/redis/slots.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace ktl::storage::redis {
namespace {

// CRC-16/XMODEM: polynomial x^16 + x^12 + x^5 + 1, nothing reflected, nothing added.
constexpr std::array<std::uint16_t, 256> make_table() {
  std::array<std::uint16_t, 256> table{};
  for (unsigned byte = 0; byte < 256; ++byte) {
    unsigned value = byte << 8;
    for (int bit = 0; bit < 8; ++bit) value = (value & 0x8000) != 0 ? (value << 1) ^ 0x1021 : value << 1;
    table[byte] = static_cast<std::uint16_t>(value);
  }
  return table;
}
constexpr std::array<std::uint16_t, 256> kTable = make_table();

std::uint16_t crc16(std::string_view bytes) {
  unsigned value = 0;
  for (const char c : bytes) value = ((value << 8) & 0xffff) ^ kTable[(value >> 8) ^ static_cast<unsigned char>(c)];
  return static_cast<std::uint16_t>(value);
}

std::optional<std::uint16_t> number_of(std::string_view digits) {
  std::uint16_t value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, problem] = std::from_chars(digits.data(), end, value);
  if (digits.empty() || problem != std::errc() || stop != end) return std::nullopt;
  return value;
}

// What stands for "the host that you asked".
bool means_asked(std::string_view host) {
  return host.empty() || host == "?";
}

std::string_view detail(const Value& node, std::string_view name) {
  if (node.items.size() < 4) return {};
  const auto& pairs = node.items[3].items;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
    if (pairs[i].text == name) return pairs[i + 1].text;
  }
  return {};
}

std::optional<NodeAddress> parse_node(const Value& node, const NodeAddress& asked) {
  if (node.items.size() < 2 || node.items[1].kind != Kind::integer) return std::nullopt;
  const std::int64_t port = node.items[1].integer;
  if (port <= 0 || port > 65535) return std::nullopt;
  NodeAddress address;
  const std::string& host = node.items[0].text;
  const bool same_host = means_asked(host);
  address.endpoint = {same_host ? asked.endpoint.host : host, static_cast<std::uint16_t>(port)};
  address.hostname = detail(node, "hostname");
  if (same_host) {
    address.ip = asked.ip;
  } else if (is_numeric(host)) {
    address.ip = host;
  } else {
    address.ip = detail(node, "ip");
    address.hostname = host;
  }
  return address;
}

}  // namespace

std::uint16_t slot_of(std::string_view key) {
  if (const std::size_t open = key.find('{'); open != std::string_view::npos) {
    const std::size_t close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % kSlots;
}

bool is_numeric(std::string_view host) {
  if (host.find(':') != std::string_view::npos) return true;
  return !host.empty() &&
         std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

bool SlotMap::complete() const {
  std::vector<bool> owned(kSlots);
  for (const SlotRange& range : ranges) std::fill(owned.begin() + range.first, owned.begin() + range.last + 1, true);
  return std::find(owned.begin(), owned.end(), false) == owned.end();
}

std::optional<SlotMap> parse_slot_map(const Value& reply, const NodeAddress& asked) {
  if (reply.kind != Kind::array) return std::nullopt;
  SlotMap map;
  for (const Value& range : reply.items) {
    if (range.items.size() < 3) return std::nullopt;
    const std::int64_t first = range.items[0].integer;
    const std::int64_t last = range.items[1].integer;
    auto master = parse_node(range.items[2], asked);
    if (!master || first < 0 || first > last || last >= kSlots) return std::nullopt;
    const auto known = std::find_if(map.masters.begin(), map.masters.end(),
                                    [&](const NodeAddress& node) { return node.endpoint == master->endpoint; });
    const auto index = static_cast<std::size_t>(known - map.masters.begin());
    if (known == map.masters.end()) map.masters.push_back(std::move(*master));
    map.ranges.push_back({static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last), index});
  }
  return map;
}

std::optional<Redirect> parse_redirect(const Value& reply, const std::string& asked_host) {
  const bool ask = reply.is_error("ASK");
  if (!ask && !reply.is_error("MOVED")) return std::nullopt;
  std::string_view rest = std::string_view(reply.text).substr(ask ? 3 : 5);
  if (rest.empty()) return std::nullopt;
  rest.remove_prefix(1);
  const std::size_t blank = rest.find(' ');
  const std::size_t colon = rest.rfind(':');
  if (blank == std::string_view::npos || colon == std::string_view::npos || colon < blank) return std::nullopt;
  const auto slot = number_of(rest.substr(0, blank));
  const auto port = number_of(rest.substr(colon + 1));
  const std::string_view host = rest.substr(blank + 1, colon - blank - 1);
  if (!slot || *slot >= kSlots || !port || *port == 0) return std::nullopt;
  return Redirect{ask, *slot, {means_asked(host) ? asked_host : std::string(host), *port}};
}

}  // namespace ktl::storage::redis
