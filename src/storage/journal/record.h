#pragma once
// One ledger entry as it lies in a journal segment: 128 bytes, checksummed, published by its commit word.
//
// The commit word is written last. It names segment and slot, so a record that was copied or left over from elsewhere
// is never taken for one of this slot. 0 means: nothing here yet.
#include <array>
#include <bit>
#include <cstdint>
#include <optional>
#include <type_traits>

#include "ledger/entry.h"

namespace ktl::storage {

static_assert(std::endian::native == std::endian::little, "the journal's layout is little-endian");

struct Record {
  std::uint64_t commit;
  std::uint32_t checksum;  // CRC-32C of all that follows, and of the commit word
  std::uint8_t kind;
  std::uint8_t outcome;
  std::uint8_t scope_count;
  std::uint8_t spare1;
  std::uint64_t charge;
  std::int64_t at_ms;
  std::array<std::uint32_t, ledger::kMaxScopes> scopes;
  std::int64_t reserved_tokens;
  std::int64_t prompt;
  std::int64_t completion;
  std::int64_t cached;
  std::int64_t reasoning;
  std::uint64_t lease;
};
static_assert(sizeof(Record) == 128 && std::is_trivially_copyable_v<Record>);

constexpr std::uint64_t commit_word(std::uint32_t segment, std::uint32_t slot) {
  return (std::uint64_t{segment} << 32) | (std::uint64_t{slot} + 1);
}

// Fills `slot` with `entry` and publishes it under `commit`. One writer per slot, ever.
void write_record(Record& slot, const ledger::Entry& entry, std::uint64_t commit);

// True once the slot was published under `commit`; everything else in it may then be read.
bool is_published(Record& slot, std::uint64_t commit);

// The entry of a published record whose content nobody doubts (written by this process).
ledger::Entry entry_of(const Record& record);

// The entry of a record that was found after a crash. nullopt: not of this slot, torn, or nonsense.
std::optional<ledger::Entry> checked_entry_of(const Record& record, std::uint64_t commit);

}  // namespace ktl::storage
