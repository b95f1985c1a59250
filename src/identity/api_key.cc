#include "identity/api_key.h"

#include <unistd.h>

#include <algorithm>

#include "base/text.h"

namespace ktl::identity {
namespace {

constexpr std::string_view kDigestPrefix = "sha256:";
constexpr std::size_t kShownHead = 7;
constexpr std::size_t kShownTail = 3;

// RFC 4648 5, without padding.
std::string base64url(std::span<const unsigned char> bytes) {
  static constexpr char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::string out;
  unsigned int bits = 0;
  int held = 0;
  for (const unsigned char byte : bytes) {
    bits = bits << 8 | byte;
    held += 8;
    while (held >= 6) {
      held -= 6;
      out.push_back(alphabet[bits >> held & 63]);
    }
    bits &= (1U << held) - 1;
  }
  if (held > 0) out.push_back(alphabet[bits << (6 - held) & 63]);
  return out;
}

Result<KeySpec> parse_digest_spec(std::string_view hex) {
  const auto bytes = from_hex(hex);
  KeySpec spec;
  if (!bytes || bytes->size() != spec.digest.size())
    return fail(ErrorCode::invalid, ErrorSource::client, "sha256: must be followed by 64 hex digits");
  std::copy(bytes->begin(), bytes->end(), spec.digest.begin());
  spec.mask = std::string(kDigestPrefix) + to_hex(*bytes).substr(0, 6) + "…";
  return spec;
}

}  // namespace

Result<std::string> generate_api_key() {
  std::array<unsigned char, 32> bytes{};
  if (getentropy(bytes.data(), bytes.size()) != 0)
    return fail(ErrorCode::io, ErrorSource::gateway, "the operating system gave no randomness for a new key");
  return std::string(kKeyPrefix) + base64url(bytes);
}

std::string hex_of(const KeyDigest& digest) {
  return to_hex({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

std::string key_id(const KeyDigest& digest) {
  return hex_of(digest).substr(0, kKeyIdLength);
}

std::string masked(std::string_view api_key) {
  if (api_key.size() < 2 * (kShownHead + kShownTail)) return "…";
  std::string out(api_key.substr(0, kShownHead));
  out += "…";
  out += api_key.substr(api_key.size() - kShownTail);
  return out;
}

Result<KeySpec> parse_key_spec(std::string_view spec) {
  if (spec.starts_with(kDigestPrefix)) return parse_digest_spec(spec.substr(kDigestPrefix.size()));
  if (spec.size() < kMinKeyLength)
    return fail(ErrorCode::invalid, ErrorSource::client, "a key needs at least 8 characters");
  if (spec.size() > kMaxKeyLength)
    return fail(ErrorCode::invalid, ErrorSource::client, "a key has at most 512 characters");
  const auto visible = [](char c) { return c > 0x20 && c < 0x7f; };
  if (!std::all_of(spec.begin(), spec.end(), visible))
    return fail(ErrorCode::invalid, ErrorSource::client,
                "a key may hold only visible ASCII characters (it travels in an HTTP header)");
  return KeySpec{digest_of(spec), masked(spec)};
}

std::span<const std::string_view> published_demo_keys() {
  static constexpr std::string_view keys[] = {"sk-user1-korean-key-def", "sk-dev1-korean-key-789",
                                              "sk-test-korean-key-stu"};
  return keys;
}

bool is_published_demo_key(const KeyDigest& digest) {
  const auto keys = published_demo_keys();
  return std::any_of(keys.begin(), keys.end(), [&](std::string_view key) { return digest_of(key) == digest; });
}

}  // namespace ktl::identity
