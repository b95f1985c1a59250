#pragma once
// The first commands on a new connection, and what their replies mean: log in, name ourselves, choose the database, and
// make sure that the server is ready and of the kind that is expected. Pure.
#include <cstdint>
#include <string>

#include "storage/redis/resp.h"

namespace ktl::storage::redis {

struct Login {
  std::string user{};      // empty: the default user
  std::string password{};  // secret; empty: none
  std::uint32_t database = 0;
  std::string name{};     // CLIENT SETNAME; empty: none
  bool any_role = false;  // false: only a master outside of any cluster will do
};

// Appends the commands. Returns how many replies they will get, at least 1.
std::size_t append_greeting(std::string& out, const Login& login);

// What is wrong with the server, judged by the reply number `index`; empty: nothing. Never quotes the server's text,
// which may repeat what we sent.
std::string objection_to_reply(const Login& login, std::size_t index, const Value& reply);

}  // namespace ktl::storage::redis
