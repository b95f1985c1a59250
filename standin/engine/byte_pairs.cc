#include "standin/engine/byte_pairs.h"

#include <queue>
#include <tuple>

namespace ktl::standin {
namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

// A part begins at its index in the list; parts that have been joined to their left neighbour are not alive.
struct Part {
  std::size_t end;
  std::size_t left;
  bool alive = true;
};

// Two neighbours that make a token. Out of date once one of them has changed.
struct Candidate {
  TokenId id;
  std::size_t begin;
  std::size_t end;
  friend bool operator>(const Candidate& a, const Candidate& b) {
    return std::tie(a.id, a.begin) > std::tie(b.id, b.begin);
  }
};

}  // namespace

Result<BytePairs> BytePairs::make(Ids ids) {
  for (int byte = 0; byte < 256; ++byte) {
    if (!ids.contains(std::string(1, static_cast<char>(byte)))) {
      return fail(ErrorCode::invalid, ErrorSource::client, "the vocabulary lacks the byte " + std::to_string(byte));
    }
  }
  return BytePairs(std::move(ids));
}

void BytePairs::append(std::string_view piece, std::vector<TokenId>& out) const {
  if (piece.empty()) return;
  const auto whole = ids_.find(piece);
  if (whole != ids_.end()) {
    out.push_back(whole->second);
  } else {
    merge(piece, out);
  }
}

void BytePairs::merge(std::string_view piece, std::vector<TokenId>& out) const {
  std::vector<Part> parts(piece.size());
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> waiting;
  const auto consider = [&](std::size_t begin) {
    const std::size_t next = parts[begin].end;
    if (next == piece.size()) return;
    const std::size_t end = parts[next].end;
    const auto found = ids_.find(piece.substr(begin, end - begin));
    if (found != ids_.end()) waiting.push({found->second, begin, end});
  };
  for (std::size_t i = 0; i < parts.size(); ++i) parts[i] = {i + 1, i == 0 ? kNone : i - 1};
  for (std::size_t i = 0; i < parts.size(); ++i) consider(i);
  while (!waiting.empty()) {
    const Candidate best = waiting.top();
    waiting.pop();
    Part& part = parts[best.begin];
    if (!part.alive || part.end == piece.size() || parts[part.end].end != best.end) continue;
    parts[part.end].alive = false;
    part.end = best.end;
    if (best.end < piece.size()) parts[best.end].left = best.begin;
    consider(best.begin);
    if (part.left != kNone) consider(part.left);
  }
  for (std::size_t begin = 0; begin < piece.size(); begin = parts[begin].end) {
    out.push_back(ids_.find(piece.substr(begin, parts[begin].end - begin))->second);
  }
}

}  // namespace ktl::standin
