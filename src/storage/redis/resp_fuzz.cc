// The bytes of a Redis server, as anybody may send them.
//   - the replies are the same however the bytes are cut, and so is the point where they stop being RESP
//   - what was parsed keeps the bounds of depth and items, and never holds more text than came in
//   - commands made of the bytes are read back as they were written
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "storage/redis/resp.h"

namespace {

using namespace ktl::storage::redis;

constexpr ParserLimits kLimits{8, 4096, 500};

struct Measure {
  std::size_t depth = 0;
  std::size_t items = 0;
  std::size_t text = 0;
};

void measure(const Value& value, std::size_t depth, Measure& sum) {
  sum.depth = std::max(sum.depth, depth);
  ++sum.items;
  sum.text += value.text.size();
  for (const Value& item : value.items) measure(item, depth + 1, sum);
}

bool same(const Value& a, const Value& b) {
  return a.kind == b.kind && a.integer == b.integer && a.text == b.text &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same);
}

struct Reading {
  std::vector<Value> replies;
  bool malformed = false;
};

Reading read(std::string_view bytes, std::size_t piece, ParserLimits limits = kLimits) {
  Parser parser(limits);
  Reading reading;
  while (!bytes.empty() && !reading.malformed) {
    // A copy of exactly these bytes, so that a sanitizer sees the first one read beyond them.
    const std::size_t size = std::min(piece, bytes.size());
    const auto copy = std::make_unique<char[]>(size);
    std::memcpy(copy.get(), bytes.data(), size);
    bytes.remove_prefix(size);
    std::string_view input(copy.get(), size);
    for (;;) {
      Value value;
      const Parser::Outcome outcome = parser.parse(input, value);
      KTL_CHECK(outcome != Parser::Outcome::more || input.empty(), "a parser that wants more has taken all");
      reading.malformed = outcome == Parser::Outcome::malformed;
      if (outcome != Parser::Outcome::complete) break;
      reading.replies.push_back(std::move(value));
    }
  }
  return reading;
}

void check_cuts(std::string_view bytes) {
  const Reading whole = read(bytes, bytes.size() + 1);
  Measure all;
  for (const Value& reply : whole.replies) {
    Measure one;
    measure(reply, 0, one);
    KTL_CHECK(one.depth <= kLimits.max_depth && one.items <= kLimits.max_items, "depth and items are bounded");
    all.text += one.text;
  }
  KTL_CHECK(all.text <= bytes.size(), "no text comes from nowhere");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{2}, std::size_t{7}, std::size_t{64}}) {
    const Reading cut = read(bytes, piece);
    KTL_CHECK(cut.malformed == whole.malformed, "a cut makes nothing malformed, and nothing sound");
    KTL_CHECK(std::equal(cut.replies.begin(), cut.replies.end(), whole.replies.begin(), whole.replies.end(), same),
              "a cut changes no reply");
  }
}

void check_command(std::string_view bytes) {
  std::vector<std::string_view> words = {"SET"};
  for (std::size_t begin = 0; begin <= bytes.size() && words.size() < 100;) {
    const std::size_t end = std::min(bytes.find(' ', begin), bytes.size());
    words.push_back(bytes.substr(begin, end - begin));
    begin = end + 1;
  }
  std::string out;
  append_command(out, words);
  const Reading reading = read(out, 5, ParserLimits());
  KTL_CHECK(reading.replies.size() == 1 && !reading.malformed, "a command is one array");
  const auto holds = [](const Value& item, std::string_view word) {
    return item.kind == Kind::text && item.text == word;
  };
  const auto& items = reading.replies.front().items;
  KTL_CHECK(std::equal(items.begin(), items.end(), words.begin(), words.end(), holds),
            "a command is read back as it was written");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 16 * 1024) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  check_cuts(bytes);
  check_command(bytes);
  return 0;
}
