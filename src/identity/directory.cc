#include "identity/directory.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>

#include "base/check.h"

namespace ktl::identity {
namespace {

// A digest is as good as random.
std::size_t hash_of(const KeyDigest& digest) {
  std::size_t hash;
  std::memcpy(&hash, digest.data(), sizeof hash);
  return hash;
}

// Looking the algorithm up by name costs OpenSSL 3 more than hashing a key, so it is fetched once, and each thread
// keeps a context.
class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { KTL_CHECK(context_ != nullptr, "OpenSSL gives a digest context"); }
  ~Sha256() { EVP_MD_CTX_free(context_); }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  KeyDigest digest(std::string_view text) {
    static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    KeyDigest digest{};
    unsigned int length = 0;
    const bool done = EVP_DigestInit_ex2(context_, algorithm, nullptr) == 1 &&
                      EVP_DigestUpdate(context_, text.data(), text.size()) == 1 &&
                      EVP_DigestFinal_ex(context_, digest.data(), &length) == 1;
    KTL_CHECK(done && length == digest.size(), "OpenSSL computes SHA-256");
    return digest;
  }

 private:
  EVP_MD_CTX* context_;
};

}  // namespace

KeyDigest digest_of(std::string_view api_key) {
  thread_local Sha256 sha256;
  return sha256.digest(api_key);
}

Directory::Directory(std::vector<KeyEntry> keys)
    : keys_(std::move(keys)), by_digest_(keys_.size()), by_user_(keys_.size()) {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    by_digest_.add(hash_of(keys_[i].digest), i);
    const std::string_view name = keys_[i].principal.user_name;
    if (!name.empty() && user(name) == nullptr) by_user_.add(PlaceTable::hash_of(name), i);
  }
}

const Principal* Directory::find(const KeyDigest& digest) const {
  const auto place = by_digest_.find(hash_of(digest), [&](std::size_t candidate) {
    return CRYPTO_memcmp(keys_[candidate].digest.data(), digest.data(), digest.size()) == 0;
  });
  return place ? &keys_[*place].principal : nullptr;
}

const Principal* Directory::owner_of(ScopeId key) const {
  const auto found =
      std::find_if(keys_.begin(), keys_.end(), [key](const KeyEntry& entry) { return entry.principal.key == key; });
  return found == keys_.end() ? nullptr : &found->principal;
}

const Principal* Directory::user(std::string_view user_name) const {
  const auto place = by_user_.find(PlaceTable::hash_of(user_name), [&](std::size_t candidate) {
    return keys_[candidate].principal.user_name == user_name;
  });
  return place ? &keys_[*place].principal : nullptr;
}

}  // namespace ktl::identity
