#pragma once
// Records under 64-bit keys, each in a slot that stays its own until it is erased. An open-addressing index (linear
// probing, no tombstones) points into one array, so that the steady path neither allocates nor chases nodes.
// Key 0 is not a key. References move when a record is added; slots do not.
#include <bit>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace ktl::quota {

template <class Record>
class KeyedSlab {
 public:
  using Slot = std::uint32_t;
  static constexpr Slot kNone = ~Slot{0};

  KeyedSlab() : index_(16) {}

  std::size_t size() const { return size_; }
  std::size_t slots() const { return records_.size(); }

  Slot find(std::uint64_t key) const {
    for (std::size_t i = home(key);; i = next(i)) {
      if (index_[i].key == key) return index_[i].slot;
      if (index_[i].key == 0) return kNone;
    }
  }

  // Adds a fresh Record{} under a key that is not there yet.
  Slot add(std::uint64_t key) {
    KTL_CHECK(key != 0, "0 names nobody");
    if ((size_ + 1) * 2 > index_.size()) rehash();
    Slot slot;
    if (free_.empty()) {
      slot = static_cast<Slot>(records_.size());
      records_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    place({key, slot});
    ++size_;
    return slot;
  }

  void erase(std::uint64_t key) {
    std::size_t hole = home(key);
    while (index_[hole].key != key) {
      KTL_CHECK(index_[hole].key != 0, "only what is there is erased");
      hole = next(hole);
    }
    records_[index_[hole].slot] = Record{};
    free_.push_back(index_[hole].slot);
    --size_;
    // Close the gap: whoever would have stood at or before the hole moves into it.
    for (std::size_t i = next(hole); index_[i].key != 0; i = next(i)) {
      const std::size_t mask = index_.size() - 1;
      if (((i - home(index_[i].key)) & mask) < ((i - hole) & mask)) continue;
      index_[hole] = index_[i];
      hole = i;
    }
    index_[hole] = {};
  }

  Record& operator[](Slot slot) { return records_[slot]; }
  const Record& operator[](Slot slot) const { return records_[slot]; }

 private:
  struct Entry {
    std::uint64_t key = 0;
    Slot slot = kNone;
  };

  std::size_t home(std::uint64_t key) const {
    return static_cast<std::size_t>((key * 0x9e3779b97f4a7c15ULL) >> (64 - std::countr_zero(index_.size())));
  }
  std::size_t next(std::size_t i) const { return (i + 1) & (index_.size() - 1); }

  void place(const Entry& entry) {
    std::size_t i = home(entry.key);
    while (index_[i].key != 0) i = next(i);
    index_[i] = entry;
  }

  void rehash() {
    std::vector<Entry> old(index_.size() * 2);
    old.swap(index_);
    for (const Entry& entry : old)
      if (entry.key != 0) place(entry);
  }

  std::vector<Entry> index_;  // size a power of two, at most half full
  std::vector<Record> records_;
  std::vector<Slot> free_;
  std::size_t size_ = 0;
};

}  // namespace ktl::quota
