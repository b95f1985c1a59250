#pragma once
// TCP addresses: an IPv4 or IPv6 socket address, and resolving names to them.
#include <sys/socket.h>

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"

namespace ktl::net {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;

  const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&storage); }
  int family() const { return storage.ss_family; }
  bool is_loopback() const;
  std::string ip() const;  // "127.0.0.1", "::1"
};

// Blocks on DNS: call it at start-up or off the loop. Error: not_found, with the name in the message.
Result<std::vector<Address>> resolve(const std::string& host, std::uint16_t port);

// False if somebody listens on that address already (SO_REUSEPORT would let us share the port with them unnoticed).
bool port_is_free(const std::string& host, std::uint16_t port);

}  // namespace ktl::net
