#pragma once
// API keys as text: new ones, how one is shown, and how one is written in the configuration. The raw key exists only
// while it is read or printed once; everything else works with its digest and its mask.
#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "identity/directory.h"

namespace ktl::identity {

inline constexpr std::string_view kKeyPrefix = "sk-ktl-";
inline constexpr std::size_t kMinKeyLength = 8;
inline constexpr std::size_t kMaxKeyLength = 512;

// A new key: "sk-ktl-" and 43 base64url characters (256 bits) from the operating system's randomness. Thread-safe.
// Error: io, the system gave no randomness.
Result<std::string> generate_api_key();

// What may be shown of a key: its first 7 and last 3 characters around "…", and only "…" for a key shorter than 20
// characters, so that at least half of it stays hidden.
std::string masked(std::string_view api_key);

// A key's name wherever it is listed: the first hex digits of its digest, "9f86d081884c".
inline constexpr std::size_t kKeyIdLength = 12;
std::string key_id(const KeyDigest& digest);
std::string hex_of(const KeyDigest& digest);  // all 64 digits

struct KeySpec {
  KeyDigest digest;
  std::string mask;  // of the raw key; for a digest its first 6 hex digits: "sha256:1a2b3c…"
};

// Reads a key as the configuration writes it: the raw key, or "sha256:" and 64 hex digits.
// Error: invalid, with the reason in English. The message never repeats the key.
Result<KeySpec> parse_key_spec(std::string_view spec);

// The demo keys that the documentation prints. Everybody knows them, so a public address must not accept them.
std::span<const std::string_view> published_demo_keys();
bool is_published_demo_key(const KeyDigest& digest);

}  // namespace ktl::identity
