#include "protocol/rewriting.h"

#include <algorithm>

#include "base/text.h"

namespace ktl::protocol {

void Rewriting::append_to(std::string& out) {
  const auto end = changes_.begin() + static_cast<std::ptrdiff_t>(used_);
  std::sort(changes_.begin(), end, [](const Change& a, const Change& b) { return a.place.offset < b.place.offset; });
  std::size_t room = json_.size();
  for (auto change = changes_.begin(); change != end; ++change) room += change->text.size() + 2;
  out.reserve(out.size() + room);
  std::size_t done = 0;
  for (auto change = changes_.begin(); change != end; ++change) {
    out += json_.substr(done, change->place.offset - done);
    done = change->place.end();
    if (change->kind == Kind::cut) continue;
    out += '"';
    append_json_escaped(out, change->text);
    out += change->kind == Kind::prefix ? change->place.of(json_).substr(1) : std::string_view("\"");
  }
  out += json_.substr(done);
}

}  // namespace ktl::protocol
