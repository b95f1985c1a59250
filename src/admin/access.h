#pragma once
// Who may see which page. Pure: everything that decides is in the request's head, the catalogue and the options.
//
// A caller shows a key, or none. Without a key a caller may still be trusted: with `trust_loopback`, if its connection
// comes from this machine, no header says that it was passed on from elsewhere, and it addressed this machine by a
// loopback name (so that no web page can reach in through a name of its own). A proxy on this machine that adds no
// forwarding header looks like a local caller: behind one, trust_loopback must be off.
// A caller that shows a key is judged by that key alone; one that shows none, by the session that it has opened at the
// dashboard's login with an admin key, which must still be one.
#include <cstdint>
#include <string>
#include <string_view>

#include "admin/options.h"
#include "gateway/catalogue.h"
#include "net/http_message.h"

namespace ktl::admin {

enum class Need : std::uint8_t {
  nothing,       // open to all
  key,           // as for a generation request: a known key, or none if the gateway asks for none
  key_or_local,  // the same, or a trusted caller
  owner,         // the named user's own key, an admin key, or a trusted caller; see may_see_user
  admin_read,    // an admin key, or a trusted caller
  admin_change,  // an admin key, always
};

// Somebody who has logged in: with which admin key.
struct Session {
  identity::KeyDigest admin_key{};
  std::string mask;  // of that key, for books and logs
};

struct Caller {
  std::string_view key;                            // as presented; empty: none
  const identity::Principal* principal = nullptr;  // of the key, or the catalogue's anonymous; none for an admin key
  bool admin = false;
  bool trusted = false;
  std::string_view session_mask{};  // of the admin key of the caller's session; empty: admin by `key`, or none
};

enum class Verdict : std::uint8_t { allowed, key_missing, key_invalid, admin_required };

// Looks the key up; digests are compared in constant time. `catalogue` outlives the caller, and so does `session`
// (null: none). A key that has expired is no key.
Caller identify(const net::HeaderList& headers, bool peer_is_loopback, const gateway::Catalogue& catalogue,
                const Options& options, WallTime now, const Session* session = nullptr);

// An admin key of the configuration, or the key of a user who is an admin.
bool is_admin_key(const identity::KeyDigest& digest, const gateway::Catalogue& catalogue, WallTime now);

// May the caller have a page with that need at all? For `owner` the page then asks may_see_user.
Verdict decide(Need need, const Caller& caller, const Options& options);

bool may_see_user(const Caller& caller, ScopeId user);
bool may_use_model(const Caller& caller, const gateway::Model& model);

}  // namespace ktl::admin
