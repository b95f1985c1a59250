// A body in the chunked transfer coding. First byte: seed of the pieces; the rest is what arrives.
//   - however it arrives in pieces, the body and its end are those of the whole
//   - decoding in place gives what decoding elsewhere gives
//   - a slow reference decoder that has the whole before it agrees
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/rng.h"
#include "net/chunked_decoder.h"

namespace {

using namespace ktl::net;

struct Decoded {
  bool finished = false;
  bool broken = false;
  std::string body;
  std::size_t end = 0;  // where the coding ended; only when finished
  friend bool operator==(const Decoded&, const Decoded&) = default;
};

Decoded result_of(const ChunkedDecoder& decoder, std::string body, std::size_t consumed) {
  return {decoder.finished(), decoder.broken(), std::move(body), decoder.finished() ? consumed : 0};
}

void check_step(const ChunkedDecoder::Step& step, std::size_t given) {
  KTL_CHECK(step.consumed <= given && step.produced <= step.consumed,
            "a step takes what is there and gives no more than it takes");
}

// In pieces of at most `largest` bytes, to a buffer of its own. Buffers are exact: the sanitizer guards their ends.
Decoded decode(std::string_view wire, std::uint64_t seed, std::uint64_t largest) {
  ktl::Rng rng(seed);
  ChunkedDecoder decoder;
  std::string body;
  std::size_t consumed = 0;
  for (std::size_t have = 0; have < wire.size() && !decoder.finished() && !decoder.broken();) {
    have = std::min<std::size_t>(wire.size(), have + 1 + rng.below(largest));
    const std::vector<char> in(wire.begin() + static_cast<std::ptrdiff_t>(consumed),
                               wire.begin() + static_cast<std::ptrdiff_t>(have));
    std::vector<char> out(in.size());
    const auto step = decoder.decode({in.data(), in.size()}, out.data());
    check_step(step, in.size());
    body.append(out.data(), step.produced);
    consumed += step.consumed;
  }
  return result_of(decoder, std::move(body), consumed);
}

// In place, the way a client connection does it: body bytes gather in front of the raw ones.
Decoded decode_in_place(std::string_view wire, std::uint64_t seed, std::uint64_t largest) {
  ktl::Rng rng(seed);
  ChunkedDecoder decoder;
  std::vector<char> buffer;  // [body][raw]
  std::size_t decoded = 0;
  std::size_t consumed = 0;
  for (std::size_t have = 0; have < wire.size() && !decoder.finished() && !decoder.broken();) {
    const std::size_t until = std::min<std::size_t>(wire.size(), have + 1 + rng.below(largest));
    buffer.insert(buffer.end(), wire.begin() + static_cast<std::ptrdiff_t>(have),
                  wire.begin() + static_cast<std::ptrdiff_t>(until));
    buffer.shrink_to_fit();
    have = until;
    char* target = buffer.data() + decoded;
    const std::size_t raw = buffer.size() - decoded;
    const auto step = decoder.decode({target, raw}, target);
    check_step(step, raw);
    std::memmove(target + step.produced, target + step.consumed, raw - step.consumed);
    decoded += step.produced;
    consumed += step.consumed;
    buffer.resize(decoded + raw - step.consumed);
  }
  return result_of(decoder, std::string(buffer.data(), decoded), consumed);
}

// The body if the whole of it is there and is well formed.
std::optional<Decoded> reference(std::string_view wire) {
  Decoded result;
  const auto line = [&]() -> std::optional<std::string_view> {
    const auto end = wire.find('\n', result.end);
    if (end == std::string_view::npos || end == result.end || wire[end - 1] != '\r') return std::nullopt;
    const std::string_view text = wire.substr(result.end, end - 1 - result.end);
    result.end = end + 1;
    return text;
  };
  for (;;) {
    const auto size_line = line();
    if (!size_line) return std::nullopt;
    const std::string digits(size_line->substr(0, size_line->find_first_of("; \t")));
    if (digits.empty() || digits.size() > 15 || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
      return std::nullopt;
    const std::uint64_t size = std::stoull(digits, nullptr, 16);
    if (size == 0) break;
    if (size > wire.size() - result.end) return std::nullopt;
    result.body.append(wire.substr(result.end, size));
    result.end += size;
    if (wire.substr(result.end, 2) != "\r\n") return std::nullopt;
    result.end += 2;
  }
  for (;;) {
    const auto trailer = line();
    if (!trailer) return std::nullopt;
    if (trailer->empty()) break;
  }
  result.finished = true;
  return result;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 64 * 1024) return 0;
  const std::string_view wire(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Decoded whole = decode(wire, 1, 1'000'000'000);
  KTL_CHECK(!(whole.finished && whole.broken), "a body is whole or broken");
  const std::uint64_t smallest = wire.size() <= 1024 ? 1 : 200;  // single bytes of a long input only cost time
  for (const std::uint64_t largest : {smallest, smallest * 7, std::uint64_t{4096}}) {
    KTL_CHECK(decode(wire, data[0], largest) == whole, "pieces do not change the body");
    KTL_CHECK(decode_in_place(wire, data[0], largest) == whole, "decoding in place gives the same body");
  }
  if (whole.finished) KTL_CHECK(reference(wire) == whole, "the reference decoder agrees");
  return 0;
}
