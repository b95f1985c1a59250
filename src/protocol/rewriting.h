#pragma once
// The few changes of one answer or event: strings replaced or prefixed, a member cut, all else copied. Internal.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "protocol/span.h"

namespace ktl::protocol {

class Rewriting {
 public:
  explicit Rewriting(std::string_view json) : json_(json) {}

  // The spans are of JSON strings with their quotes; empty spans are ignored. `value` and `prefix` must outlive this.
  void set_string(Span place, std::string_view value) { add(place, Kind::set, value); }
  void prefix_string(Span place, std::string_view prefix) {
    if (!place.empty() && !place.of(json_).substr(1).starts_with(prefix)) add(place, Kind::prefix, prefix);
  }
  void cut(Span place) { add(place, Kind::cut, {}); }

  bool empty() const { return used_ == 0; }
  void append_to(std::string& out);

 private:
  enum class Kind : unsigned char { set, prefix, cut };
  struct Change {
    Span place;
    Kind kind = Kind::cut;
    std::string_view text;
  };
  void add(Span place, Kind kind, std::string_view text) {
    if (!place.empty()) changes_[used_++] = {place, kind, text};
  }

  std::string_view json_;
  std::array<Change, 3> changes_{};  // one of each kind
  std::size_t used_ = 0;
};

}  // namespace ktl::protocol
