#pragma once
// How a cluster is divided: which slot a key is in, which server has it, and where a server says that it went.
// Source: the Redis Cluster specification (key distribution model, MOVED and ASK redirection). Pure.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/redis/resp.h"
#include "storage/redis/url.h"

namespace ktl::storage::redis {

inline constexpr std::uint16_t kSlots = 16384;

// The slot of a key: CRC16 of what stands between its first '{' and the next '}', if that is not empty, or else of all.
std::uint16_t slot_of(std::string_view key);

struct NodeAddress {
  HostPort endpoint;     // as the cluster calls it: an address or a name
  std::string ip;        // to connect to; empty: not known
  std::string hostname;  // what a certificate bears, if the cluster says one
};

struct SlotRange {
  std::uint16_t first;
  std::uint16_t last;
  std::size_t master;  // in SlotMap::masters
};

struct SlotMap {
  std::vector<NodeAddress> masters;  // those with slots, each once
  std::vector<SlotRange> ranges;
  bool complete() const;  // every slot has a master
};

// Reads the reply of CLUSTER SLOTS from the server `asked`. nullopt: it is no such reply.
std::optional<SlotMap> parse_slot_map(const Value& reply, const NodeAddress& asked);

struct Redirect {
  bool ask;  // only this command, after ASKING; otherwise the slot has moved
  std::uint16_t slot;
  HostPort endpoint;
};

// Reads -MOVED and -ASK from the server at `asked_host`; nullopt for any other reply.
std::optional<Redirect> parse_redirect(const Value& reply, const std::string& asked_host);

// True for what needs no DNS: IPv4 and IPv6 addresses.
bool is_numeric(std::string_view host);

}  // namespace ktl::storage::redis
