#include "storage/journal/record.h"

#include <atomic>
#include <cstddef>
#include <cstring>

#include "base/check.h"
#include "storage/journal/crc32c.h"

namespace ktl::storage {
namespace {

constexpr std::size_t kCovered = offsetof(Record, kind);  // the checksum covers from here to the end

std::uint32_t checksum_of(const Record& record, std::uint64_t commit) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(&record);
  const std::uint32_t body = crc32c(bytes + kCovered, sizeof(Record) - kCovered);
  return body ^ crc32c(&commit, sizeof commit);
}

}  // namespace

void write_record(Record& slot, const ledger::Entry& entry, std::uint64_t commit) {
  KTL_CHECK(entry.scope_count <= ledger::kMaxScopes, "an entry has at most kMaxScopes scopes");
  Record record{};
  record.kind = static_cast<std::uint8_t>(entry.kind);
  record.outcome = static_cast<std::uint8_t>(entry.outcome);
  record.scope_count = entry.scope_count;
  record.charge = static_cast<std::uint64_t>(entry.charge);
  record.at_ms = entry.at.time_since_epoch().count();
  for (std::size_t i = 0; i < entry.scope_count; ++i) record.scopes[i] = static_cast<std::uint32_t>(entry.scopes[i]);
  record.reserved_tokens = entry.reserved_tokens;
  record.prompt = entry.usage.prompt;
  record.completion = entry.usage.completion;
  record.cached = entry.usage.cached;
  record.reasoning = entry.usage.reasoning;
  record.lease = static_cast<std::uint64_t>(entry.lease);
  record.checksum = checksum_of(record, commit);
  constexpr std::size_t kBody = offsetof(Record, checksum);
  std::memcpy(reinterpret_cast<unsigned char*>(&slot) + kBody, reinterpret_cast<const unsigned char*>(&record) + kBody,
              sizeof(Record) - kBody);
  std::atomic_ref<std::uint64_t>(slot.commit).store(commit, std::memory_order_release);
}

bool is_published(Record& slot, std::uint64_t commit) {
  return std::atomic_ref<std::uint64_t>(slot.commit).load(std::memory_order_acquire) == commit;
}

ledger::Entry entry_of(const Record& record) {
  ledger::Entry entry;
  entry.kind = static_cast<ledger::EntryKind>(record.kind);
  entry.outcome = static_cast<ledger::Outcome>(record.outcome);
  entry.charge = static_cast<ChargeId>(record.charge);
  entry.at = WallTime(Millis(record.at_ms));
  entry.scope_count = record.scope_count;
  for (std::size_t i = 0; i < record.scope_count; ++i) entry.scopes[i] = static_cast<ScopeId>(record.scopes[i]);
  entry.reserved_tokens = record.reserved_tokens;
  entry.usage = {record.prompt, record.completion, record.cached, record.reasoning};
  entry.lease = static_cast<ChargeId>(record.lease);
  return entry;
}

std::optional<ledger::Entry> checked_entry_of(const Record& record, std::uint64_t commit) {
  if (record.commit != commit || record.checksum != checksum_of(record, commit)) return std::nullopt;
  const bool known = record.kind >= static_cast<std::uint8_t>(ledger::EntryKind::open) &&
                     record.kind <= static_cast<std::uint8_t>(ledger::EntryKind::expire);
  if (!known || record.scope_count > ledger::kMaxScopes) return std::nullopt;
  return entry_of(record);
}

}  // namespace ktl::storage
