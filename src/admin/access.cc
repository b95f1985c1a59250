#include "admin/access.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "gateway/presented_key.h"

namespace ktl::admin {
namespace {

bool starts_with_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() && equals_ignoring_case(text.substr(0, prefix.size()), prefix);
}

bool was_forwarded(const net::HeaderList& headers) {
  constexpr std::array<std::string_view, 5> kSigns{"forwarded", "via", "x-real-ip", "cf-connecting-ip",
                                                   "true-client-ip"};
  return std::any_of(headers.begin(), headers.end(), [&](const net::Header& header) {
    return starts_with_ignoring_case(header.name, "x-forwarded-") ||
           std::any_of(kSigns.begin(), kSigns.end(),
                       [&](std::string_view sign) { return equals_ignoring_case(header.name, sign); });
  });
}

// "localhost:8080", "127.0.0.1", "[::1]:8080"; none at all is HTTP/1.0, which no browser speaks.
bool names_this_machine(std::string_view host) {
  if (host.empty()) return true;
  if (host.front() == '[') return host.substr(0, host.find(']') + 1) == "[::1]";
  host = host.substr(0, host.find(':'));
  if (equals_ignoring_case(host, "localhost")) return true;
  return host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string_view::npos;
}

bool same_digest(const identity::KeyDigest& a, const identity::KeyDigest& b) {
  unsigned difference = 0;
  for (std::size_t i = 0; i < a.size(); ++i) difference |= static_cast<unsigned>(a[i]) ^ static_cast<unsigned>(b[i]);
  return difference == 0;
}

}  // namespace

bool is_admin_key(const identity::KeyDigest& digest, const gateway::Catalogue& catalogue, WallTime now) {
  const identity::Principal* principal = catalogue.directory ? catalogue.directory->find(digest) : nullptr;
  bool admin = principal != nullptr && principal->admin && !principal->expired(now);
  for (const identity::KeyDigest& key : catalogue.admin_keys)
    if (same_digest(key, digest)) admin = true;
  return admin;
}

Caller identify(const net::HeaderList& headers, bool peer_is_loopback, const gateway::Catalogue& catalogue,
                const Options& options, WallTime now, const Session* session) {
  Caller caller;
  caller.key = gateway::presented_key(headers);
  if (caller.key.empty() && session != nullptr && is_admin_key(session->admin_key, catalogue, now)) {
    caller.admin = true;
    caller.session_mask = session->mask;
    return caller;
  }
  if (caller.key.empty()) {
    caller.trusted = options.trust_loopback && peer_is_loopback && !was_forwarded(headers) &&
                     names_this_machine(headers.get("host"));
    caller.principal = catalogue.anonymous.get();
    return caller;
  }
  const identity::KeyDigest digest = identity::digest_of(caller.key);
  if (catalogue.directory) caller.principal = catalogue.directory->find(digest);
  if (caller.principal != nullptr && caller.principal->expired(now)) caller.principal = nullptr;
  caller.admin = is_admin_key(digest, catalogue, now);
  return caller;
}

Verdict decide(Need need, const Caller& caller, const Options& options) {
  if (need == Need::nothing || caller.admin) return Verdict::allowed;
  if (caller.key.empty()) {
    const bool local_will_do = need == Need::key_or_local || need == Need::owner || need == Need::admin_read;
    if (caller.trusted && local_will_do) return Verdict::allowed;
    const bool none_will_do = need == Need::key || need == Need::key_or_local;
    return none_will_do && !options.api_key_required ? Verdict::allowed : Verdict::key_missing;
  }
  if (caller.principal == nullptr) return Verdict::key_invalid;
  return need == Need::admin_read || need == Need::admin_change ? Verdict::admin_required : Verdict::allowed;
}

bool may_see_user(const Caller& caller, ScopeId user) {
  if (caller.admin || caller.trusted) return true;
  return !caller.key.empty() && caller.principal != nullptr && caller.principal->user == user;
}

bool may_use_model(const Caller& caller, const gateway::Model& model) {
  if (caller.principal == nullptr) return true;
  const auto& allowed = caller.principal->allowed_models;
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), model.alias) != allowed.end();
}

}  // namespace ktl::admin
