// What the functions' replies mean.
#include <charconv>
#include <utility>

#include "storage/redis/functions.h"

namespace ktl::storage::redis {

namespace {

constexpr int kRevision = 5;  // of functions/settings.lua, about()

tl::unexpected<Error> not_ours(const Value& reply) {
  return fail(ErrorCode::io, ErrorSource::storage,
              reply.is_error() ? "redis: " + reply.text : "redis: a reply that none of our functions makes");
}

// The integers of a flat array, read in order.
class Numbers {
 public:
  explicit Numbers(const Value& reply) : reply_(reply), ok_(reply.kind == Kind::array) {}

  std::int64_t next() {
    if (!ok_ || at_ >= reply_.items.size() || reply_.items[at_].kind != Kind::integer) {
      ok_ = false;
      return 0;
    }
    return reply_.items[at_++].integer;
  }
  Millis next_millis() { return Millis(next()); }
  bool ok() const { return ok_; }
  bool ended() const { return ok_ && at_ == reply_.items.size(); }

 private:
  const Value& reply_;
  std::size_t at_ = 0;
  bool ok_;
};

Refused refused_of(Numbers& numbers) {
  Refused refused;
  refused.scope = static_cast<std::size_t>(numbers.next());
  refused.limit = static_cast<quota::LimitKind>(numbers.next());
  refused.allowed = numbers.next();
  refused.used = numbers.next();
  refused.requested = numbers.next();
  const std::int64_t wait = numbers.next();
  refused.never = wait < 0;
  refused.retry_after = Millis(refused.never ? 0 : wait);
  return refused;
}

bool sensible(const Refused& refused) {
  return static_cast<std::size_t>(refused.limit) < quota::kLimitKinds;
}

// The next word of `text`, up to a blank or the end.
std::string_view next_word(std::string_view& text, char separator = ' ') {
  const auto end = text.find(separator);
  const auto word = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return word;
}

template <class Number>
bool read(std::string_view word, Number& number) {
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), number);
  return problem == std::errc() && end == word.data() + word.size();
}

bool read_scopes(std::string_view text, std::vector<ScopeName>& scopes) {
  while (!text.empty()) {
    std::string_view word = next_word(text, ',');
    unsigned kind = 0;
    std::uint32_t id = 0;
    if (!read(next_word(word, ':'), kind) || kind < 1 || kind > 5 || !read(word, id)) return false;
    scopes.push_back({static_cast<ScopeKind>(kind), ScopeId{id}});
  }
  return true;
}

}  // namespace

Result<ReserveAnswer> read_reserve(const Value& reply, std::span<const LimitedScope> scopes) {
  Numbers numbers(reply);
  const std::int64_t answer = numbers.next();
  if (!numbers.ok()) return not_ours(reply);
  if (answer == 2) return EndedBefore{};
  if (answer == 0) {
    const Refused refused = refused_of(numbers);
    if (!numbers.ended() || !sensible(refused) || refused.scope >= scopes.size()) return not_ours(reply);
    return refused;
  }
  Admitted admitted;
  admitted.at = WallTime(numbers.next_millis());
  admitted.counted_until = WallTime(numbers.next_millis());
  admitted.fresh = numbers.next() == 1;
  for (const LimitedScope& scope : scopes) {
    Told& told = admitted.scopes.emplace_back();
    for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind) {
      if (scope.limits.amount[kind] < 0) continue;
      told.used[kind] = numbers.next();
      told.reset[kind] = numbers.next_millis();
    }
  }
  if (!numbers.ended()) return not_ours(reply);
  return admitted;
}

Result<std::optional<Refused>> read_check(const Value& reply) {
  Numbers numbers(reply);
  if (numbers.next() == 1) return std::nullopt;
  const Refused refused = refused_of(numbers);
  if (!numbers.ended() || !sensible(refused)) return not_ours(reply);
  return refused;
}

Result<EndAnswer> read_end(const Value& reply) {
  Numbers numbers(reply);
  const std::int64_t answer = numbers.next();
  numbers.next();
  if (!numbers.ended() || answer < -1 || answer > 2) return not_ours(reply);
  return static_cast<EndAnswer>(answer);
}

Result<Spent> read_spent(const Value& reply) {
  Numbers numbers(reply);
  Spent spent;
  spent.lease_known = numbers.next() == 1;
  numbers.next();
  while (numbers.ok() && !numbers.ended()) spent.unknown.push_back(static_cast<std::size_t>(numbers.next()));
  if (!numbers.ended()) return not_ours(reply);
  return spent;
}

Result<std::vector<quota::Standing>> read_standing(const Value& reply, std::span<const LimitedScope> scopes) {
  Numbers numbers(reply);
  numbers.next();
  std::vector<quota::Standing> result;
  for (const LimitedScope& scope : scopes) {
    quota::Standing& standing = result.emplace_back();
    for (std::size_t kind = 0; kind < quota::kLimitKinds; ++kind) {
      const std::int64_t limit = scope.limits.amount[kind] < 0 ? quota::kUnlimited : scope.limits.amount[kind];
      const std::int64_t used = numbers.next();
      standing.window[kind] = {limit, used, std::max(std::int64_t{0}, limit - used), numbers.next_millis()};
    }
  }
  if (!numbers.ended()) return not_ours(reply);
  return result;
}

Result<std::vector<OpenCharge>> read_open_charges(const Value& reply) {
  if (reply.kind != Kind::array || reply.items.size() % 2 != 0) return not_ours(reply);
  std::vector<OpenCharge> result;
  for (std::size_t i = 0; i < reply.items.size(); i += 2) {
    std::string_view record = reply.items[i + 1].text;
    if (next_word(record) != "o") return not_ours(reply);
    OpenCharge& charge = result.emplace_back();
    charge.charge = reply.items[i].text;
    charge.gateway = next_word(record);
    std::int64_t at = 0;
    bool ok = read(next_word(record), at);
    next_word(record);  // counted at
    ok &= read(next_word(record), charge.tokens);
    next_word(record);  // requests
    next_word(record);  // places
    charge.admitted_at = WallTime(Millis(at));
    charge.booked = next_word(record) == "1";
    if (!ok || !read_scopes(record, charge.noted)) return not_ours(reply);
  }
  return result;
}

Result<RolledUp> read_roll_up(const Value& reply) {
  Numbers numbers(reply);
  RolledUp result;
  result.lines = numbers.next();
  result.kept = numbers.next();
  if (!numbers.ended()) return not_ours(reply);
  return result;
}

Result<std::vector<std::array<std::int64_t, 3>>> read_totals(const Value& reply) {
  Numbers numbers(reply);
  std::vector<std::array<std::int64_t, 3>> result;
  while (numbers.ok() && !numbers.ended())
    for (auto& number : result.emplace_back()) number = numbers.next();
  if (!numbers.ended()) return not_ours(reply);
  return result;
}

Result<Pulse> read_heartbeat(const Value& reply) {
  Numbers numbers(reply);
  Pulse pulse;
  pulse.now = WallTime(numbers.next_millis());
  pulse.gateways = numbers.next();
  pulse.version = numbers.next();
  if (!numbers.ended()) return not_ours(reply);
  return pulse;
}

Result<std::vector<std::string>> read_names(const Value& reply) {
  if (reply.kind != Kind::array) return not_ours(reply);
  std::vector<std::string> names;
  for (const Value& item : reply.items) names.push_back(item.text);
  return names;
}

Result<std::int64_t> read_number(const Value& reply) {
  if (reply.kind != Kind::integer) return not_ours(reply);
  return reply.integer;
}

Result<Written> read_put(const Value& reply) {
  if (reply.kind != Kind::array || reply.items.size() < 2) return not_ours(reply);
  Written written{reply.items[0].integer == 1, reply.items[1].integer, std::nullopt};
  if (!written.done && reply.items.size() > 2 && reply.items[2].kind == Kind::text) written.value = reply.items[2].text;
  return written;
}

Result<Changes> read_changes(const Value& reply) {
  if (reply.kind != Kind::array || reply.items.size() % 3 != 1) return not_ours(reply);
  Changes changes;
  changes.version = reply.items[0].integer;
  for (std::size_t i = 1; i < reply.items.size(); i += 3) {
    Change& change = changes.list.emplace_back();
    change.name = reply.items[i].text;
    change.version = reply.items[i + 1].integer;
    if (reply.items[i + 2].kind == Kind::text) change.value = reply.items[i + 2].text;
  }
  return changes;
}

Result<Written> read_change(const Value& reply) {
  if (reply.kind != Kind::array || reply.items.size() != 2) return not_ours(reply);
  return Written{reply.items[0].integer == 1, reply.items[1].integer, std::nullopt};
}

Result<std::vector<std::pair<std::string, std::string>>> read_notes(const Value& reply) {
  if (reply.kind != Kind::array) return not_ours(reply);
  std::vector<std::pair<std::string, std::string>> notes;
  for (const Value& entry : reply.items) {
    if (entry.items.size() != 2 || entry.items[1].items.size() != 2) return not_ours(reply);
    notes.emplace_back(entry.items[0].text, entry.items[1].items[1].text);
  }
  return notes;
}

Result<bool> read_about(const Value& reply) {
  if (reply.is_error())
    return reply.text.find("Function not found") != std::string::npos ? Result<bool>(false)
                                                                      : Result<bool>(not_ours(reply));
  Numbers numbers(reply);
  const std::int64_t abi = numbers.next();
  const std::int64_t revision = numbers.next();
  if (!numbers.ended()) return not_ours(reply);
  return abi == kAbi && revision >= kRevision;
}

}  // namespace ktl::storage::redis
