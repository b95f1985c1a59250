// Any bytes sent to a page that changes people are either an order that is carried out, or refused with a well-formed
// answer; header lines are never broken, and the people that are left can be built anew.
#include <array>
#include <cstdint>

#include "admin/desk_pages.h"
#include "app/management.h"
#include "base/check.h"
#include "config/config.h"
#include "protocol/json_cursor.h"
#include "storage/memory/memory_identity.h"

namespace {

using namespace ktl;

class StoppedClock final : public Clock {
 public:
  WallTime wall() const override { return WallTime(Millis(1'795'422'600'000)); }
  MonoTime mono() const override { return MonoTime{}; }
};

bool is_json(std::string_view text) {
  protocol::JsonCursor in(text, 64);
  return in.skip() && in.at_end();
}

// Each line "name: value\r\n" with nothing in it that ends a line.
bool are_header_lines(std::string_view lines) {
  while (!lines.empty()) {
    const std::size_t end = lines.find("\r\n");
    if (end == std::string_view::npos) return false;
    const std::string_view line = lines.substr(0, end);
    if (line.find_first_of(std::string_view("\r\n\0", 3)) != std::string_view::npos || line.find(": ") == 0)
      return false;
    if (!line.starts_with("etag: ") && !line.starts_with("location: /admin/")) return false;
    lines.remove_prefix(end + 2);
  }
  return true;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using Page = admin::Answer (*)(admin::Desk&);
  constexpr std::array<Page, 10> kPages{
      admin::create_user, admin::change_user,  admin::create_group, admin::change_group, admin::create_key,
      admin::put_limits,  admin::patch_limits, admin::add_ban,      admin::list_audit,   admin::explain_limits};
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);

  config::Config config;
  config.models.emplace_back();
  config.models.back().alias = "korean-qwen";
  config.users.emplace_back();
  config.users.back().name = "u";
  storage::MemoryIdentity store;
  const StoppedClock clock;
  app::Management management(
      {.store = store,
       .clock = clock,
       .config = [&] { return config; },
       .numbers = [&](ScopeKind kind, std::string_view name) { return store.scope(kind, name); }});
  admin::Desk desk{.management = management,
                   .who = "fuzz",
                   .kind = ScopeKind::user,
                   .name = "u",
                   .query = rest,
                   .body = rest,
                   .now = clock.wall()};
  const admin::Answer answer = kPages[data[0] % kPages.size()](desk);
  KTL_CHECK(is_json(answer.body), "an answer is JSON");
  KTL_CHECK(answer.status < 500, "no order makes the gateway fail");
  KTL_CHECK(answer.status < 400 || answer.body.find("\"error\"") != std::string::npos, "a refusal says what is wrong");
  KTL_CHECK(are_header_lines(answer.header_lines), "a name does not end a header line");
  KTL_CHECK(!management.roster()->users.empty(), "the people can be built anew");
  return 0;
}
