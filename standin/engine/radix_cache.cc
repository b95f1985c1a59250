#include "standin/engine/radix_cache.h"

#include <algorithm>

#include "base/check.h"

namespace ktl::standin {

struct RadixCache::Node {
  std::vector<TokenId> key;  // the tokens on the edge to this node
  Node* parent = nullptr;
  std::map<TokenId, std::unique_ptr<Node>> children;
  std::int64_t locks = 0;
  std::uint64_t used = 0;  // place in leaves_

  std::int64_t length() const { return static_cast<std::int64_t>(key.size()); }
};

RadixCache::RadixCache() : root_(std::make_unique<Node>()) {}
RadixCache::~RadixCache() {
  // Long paths would recurse deeply: take the tree apart leaf by leaf.
  std::vector<std::unique_ptr<Node>> open;
  open.push_back(std::move(root_));
  while (!open.empty()) {
    std::unique_ptr<Node> node = std::move(open.back());
    open.pop_back();
    for (auto& [first, child] : node->children) open.push_back(std::move(child));
  }
}

void RadixCache::touch(Node& node) {
  if (&node == root_.get()) return;
  leaves_.erase(node.used);
  node.used = ++uses_;
  if (node.children.empty()) leaves_.emplace(node.used, &node);
}

// Cuts a node in two; the front part takes its place and is returned.
RadixCache::Node* RadixCache::split(Node* child, std::size_t length) {
  Node* parent = child->parent;
  auto& slot = parent->children.at(child->key.front());
  auto front = std::make_unique<Node>();
  front->key.assign(child->key.begin(), child->key.begin() + static_cast<std::ptrdiff_t>(length));
  front->parent = parent;
  front->locks = child->locks;
  front->used = ++uses_;
  std::unique_ptr<Node> back = std::move(slot);
  back->key.erase(back->key.begin(), back->key.begin() + static_cast<std::ptrdiff_t>(length));
  back->parent = front.get();
  front->children.emplace(back->key.front(), std::move(back));
  slot = std::move(front);
  return slot.get();
}

// Walks down as far as `sequence` goes. With `split_at_end` the walk ends at a node boundary.
RadixCache::Node* RadixCache::descend(std::span<const TokenId> sequence, std::int64_t& matched, bool split_at_end) {
  Node* node = root_.get();
  std::size_t at = 0;
  while (at < sequence.size()) {
    const auto next = node->children.find(sequence[at]);
    if (next == node->children.end()) break;
    Node* child = next->second.get();
    const std::size_t most = std::min(child->key.size(), sequence.size() - at);
    const auto differs = std::mismatch(child->key.begin(), child->key.begin() + static_cast<std::ptrdiff_t>(most),
                                       sequence.begin() + static_cast<std::ptrdiff_t>(at));
    const auto same = static_cast<std::size_t>(differs.first - child->key.begin());
    at += same;
    if (same < child->key.size()) {
      if (split_at_end) {
        node = split(child, same);
        touch(*node);
      } else {
        touch(*child);
      }
      break;
    }
    node = child;
    touch(*node);
  }
  matched = static_cast<std::int64_t>(at);
  return node;
}

std::int64_t RadixCache::match(std::span<const TokenId> sequence) {
  std::int64_t matched = 0;
  descend(sequence, matched, false);
  return matched;
}

RadixCache::Handle RadixCache::lock_prefix(std::span<const TokenId> sequence, std::int64_t& matched) {
  Node* end = descend(sequence, matched, true);
  for (Node* node = end; node != nullptr; node = node->parent) {
    if (node->locks++ == 0) evictable_ -= node->length();
  }
  return end;
}

void RadixCache::unlock(Handle handle) {
  for (Node* node = handle; node != nullptr; node = node->parent) {
    KTL_CHECK(node->locks > 0, "a path is unlocked as often as it was locked");
    if (--node->locks == 0) evictable_ += node->length();
  }
}

std::int64_t RadixCache::insert(std::span<const TokenId> sequence) {
  std::int64_t matched = 0;
  Node* end = descend(sequence, matched, true);
  const auto rest = sequence.subspan(static_cast<std::size_t>(matched));
  if (rest.empty()) return 0;
  auto leaf = std::make_unique<Node>();
  leaf->key.assign(rest.begin(), rest.end());
  leaf->parent = end;
  Node& added = *leaf;
  if (end != root_.get()) leaves_.erase(end->used);
  end->children.emplace(rest.front(), std::move(leaf));
  touch(added);
  size_ += added.length();
  evictable_ += added.length();
  return added.length();
}

void RadixCache::forget_leaf(Node& node) {
  Node* parent = node.parent;
  size_ -= node.length();
  evictable_ -= node.length();
  leaves_.erase(node.used);
  const TokenId first = node.key.front();
  parent->children.erase(first);
  if (parent != root_.get() && parent->children.empty()) leaves_.emplace(parent->used, parent);
}

std::int64_t RadixCache::evict(std::int64_t wanted) {
  std::int64_t freed = 0;
  auto candidate = leaves_.begin();
  while (freed < wanted && candidate != leaves_.end()) {
    Node* node = candidate->second;
    if (node->locks > 0) {
      ++candidate;
      continue;
    }
    freed += node->length();
    forget_leaf(*node);
    candidate = leaves_.begin();  // its parent may have become the oldest leaf
  }
  return freed;
}

void RadixCache::clear() {
  evict(size_);
}

}  // namespace ktl::standin
