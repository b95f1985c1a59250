#pragma once
// The chunked transfer coding, decoded piece by piece (RFC 9112 7.1). Strict: CRLF only, sizes of at most 15 hex digits,
// chunk extensions and trailers are bounded and dropped. Pure.
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ktl::net {

class ChunkedDecoder {
 public:
  struct Step {
    std::size_t consumed = 0;  // bytes of the input that are dealt with
    std::size_t produced = 0;  // body bytes written to `out`
  };

  // Decodes as much of `in` as it can. `out` may be the beginning of the input itself (decoding in place) or any space
  // of at least in.size() bytes. Call until finished() or broken(); hand unconsumed input in again with what follows it.
  Step decode(std::string_view in, char* out);

  bool finished() const { return state_ == State::finished; }
  bool broken() const { return state_ == State::broken; }
  void reset() { *this = ChunkedDecoder(); }

 private:
  enum class State : std::uint8_t { size, data, data_end, trailers, finished, broken };
  static constexpr std::size_t kMaxLine = 4096;
  static constexpr std::size_t kMaxTrailers = 16 * 1024;

  State state_ = State::size;
  std::uint64_t left_ = 0;           // of the current chunk's data
  std::size_t trailer_bytes_ = 0;
};

}  // namespace ktl::net
