#pragma once
// The prefix cache: a radix tree over token ids whose leaves are given back least recently used first. A path that a
// request works on is locked and cannot be given back. Sizes are tokens; one token takes one slot of the KV pool.
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "standin/engine/tokens.h"

namespace ktl::standin {

class RadixCache {
 public:
  struct Node;
  using Handle = Node*;  // the end of a locked path; valid until unlock()

  RadixCache();
  ~RadixCache();
  RadixCache(const RadixCache&) = delete;
  RadixCache& operator=(const RadixCache&) = delete;

  // Tokens of `sequence` that are cached from its beginning.
  std::int64_t match(std::span<const TokenId> sequence);

  // Locks the path of as much of `sequence` as is cached. `matched` gets its length.
  Handle lock_prefix(std::span<const TokenId> sequence, std::int64_t& matched);
  void unlock(Handle handle);

  // Puts the whole sequence into the tree. Returns how many of its tokens were not there yet.
  std::int64_t insert(std::span<const TokenId> sequence);

  // Gives back unlocked tokens, oldest leaves first, until `wanted` are free or none is left. Returns how many were.
  std::int64_t evict(std::int64_t wanted);
  void clear();  // everything that is not locked

  std::int64_t size() const { return size_; }            // tokens held
  std::int64_t evictable() const { return evictable_; }  // of these, not locked

 private:
  Node* split(Node* child, std::size_t length);
  Node* descend(std::span<const TokenId> sequence, std::int64_t& matched, bool split_at_end);
  void touch(Node& node);
  void forget_leaf(Node& node);

  std::unique_ptr<Node> root_;
  std::map<std::uint64_t, Node*> leaves_;  // by last use; every use has a number of its own
  std::uint64_t uses_ = 0;
  std::int64_t size_ = 0;
  std::int64_t evictable_ = 0;
};

}  // namespace ktl::standin
