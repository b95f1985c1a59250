#include "net/chunked_decoder.h"

#include <string>

#include <gtest/gtest.h>

#include "base/rng.h"

namespace ktl::net {
namespace {

// Feeds `wire` in the given piece sizes; returns the body, or "BROKEN", or "UNFINISHED".
std::string decode(const std::string& wire, std::size_t piece, std::string* behind = nullptr) {
  ChunkedDecoder decoder;
  std::string body, pending;
  for (std::size_t at = 0; at < wire.size(); at += piece) {
    pending += wire.substr(at, piece);
    std::string out(pending.size(), '\0');
    const auto step = decoder.decode(pending, out.data());
    body += out.substr(0, step.produced);
    pending.erase(0, step.consumed);
    if (decoder.broken()) return "BROKEN";
  }
  if (!decoder.finished()) return "UNFINISHED";
  if (behind != nullptr) *behind = pending;
  return body;
}

TEST(ChunkedDecoder, GivesTheSameBodyForEverySplit) {
  const std::string wire = "5\r\nhello\r\n1a;ext=\"x\"\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\nTrailer: y\r\n\r\nNEXT";
  for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
    std::string behind;
    EXPECT_EQ(decode(wire, piece, &behind), "helloabcdefghijklmnopqrstuvwxyz");
    EXPECT_TRUE(std::string("NEXT").starts_with(behind) || behind == "NEXT");
  }
}

TEST(ChunkedDecoder, DecodesInPlace) {
  std::string wire = "3\r\nabc\r\n4\r\ndefg\r\n0\r\n\r\n";
  ChunkedDecoder decoder;
  const auto step = decoder.decode(wire, wire.data());
  EXPECT_TRUE(decoder.finished());
  EXPECT_EQ(wire.substr(0, step.produced), "abcdefg");
}

TEST(ChunkedDecoder, RefusesWhatIsNotTheCoding) {
  for (const char* wire : {"x\r\n", "5\nhello\r\n0\r\n\r\n", "5\r\nhelloX\r\n", "\r\n", "5 5\r\n", "1000000000000000\r\n",
                           "-1\r\n", "5\r\nhello\n0\r\n\r\n", "0x5\r\nhello\r\n", "5;a\rb\r\nhello\r\n"})
    EXPECT_EQ(decode(wire, 100), "BROKEN") << wire;
  EXPECT_EQ(decode(std::string(5000, '0'), 100), "BROKEN");
}

TEST(ChunkedDecoder, RandomBodiesRoundTripUnderRandomSplits) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Rng rng(seed);
    std::string body, wire;
    for (std::uint64_t chunk = rng.below(6); chunk > 0; --chunk) {
      std::string data(1 + rng.below(300), '\0');
      for (char& c : data) c = static_cast<char>(rng.below(256));
      char size[20];
      std::snprintf(size, sizeof size, "%zX\r\n", data.size());
      wire += size + data + "\r\n";
      body += data;
    }
    wire += "0\r\n\r\n";
    EXPECT_EQ(decode(wire, 1 + rng.below(97)), body) << "seed " << seed;
  }
}

}  // namespace
}  // namespace ktl::net
