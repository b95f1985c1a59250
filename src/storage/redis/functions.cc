#include "storage/redis/functions.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/check.h"

namespace ktl::storage::redis {

namespace {

using Words = std::vector<std::string>;

Command command(std::string_view function, Words keys, Words arguments, bool writes = true) {
  Command result;
  result.slot_key = keys.empty() ? std::string() : keys.front();
  Words& words = result.words;
  words.reserve(3 + keys.size() + arguments.size());
  words.emplace_back(writes ? "FCALL" : "FCALL_RO");
  words.push_back("ktl" + std::to_string(kAbi) + "_" + std::string(function));
  words.push_back(std::to_string(keys.size()));
  for (auto& key : keys) words.push_back(std::move(key));
  for (auto& argument : arguments) words.push_back(std::move(argument));
  return result;
}

std::string word_of(Now now) {
  return now ? std::to_string(now->time_since_epoch().count()) : std::string();
}

std::string word_of(std::span<const ScopeName> scopes) {
  std::string text;
  for (const ScopeName& scope : scopes) {
    if (!text.empty()) text += ',';
    text += scope_word(scope.kind, scope.id);
  }
  return text;
}

// What the functions take for a limit: above it there is none.
constexpr std::int64_t kHighestLimit = (std::int64_t{1} << 52) - 1;

std::string limit_word(std::int64_t amount) {
  return std::to_string(std::min(amount, kHighestLimit));
}

void say_limits(Words& words, const quota::Limits& limits) {
  for (const std::int64_t amount : limits.amount) words.push_back(limit_word(amount));
}

void say_used(Words& words, const Used& used) {
  words.push_back(std::to_string(used.requests));
  for (const std::int64_t tokens :
       {used.tokens.prompt, used.tokens.completion, used.tokens.cached, used.tokens.reasoning})
    words.push_back(std::to_string(tokens));
  words.emplace_back(ledger::name_of(used.outcome));
}

// Where it is remembered that a charge has ended: charges of one gateway whose numbers are near share a bitmap.
struct EndedBit {
  std::string chunk;
  std::string bit;
};
// The number at the end of a charge's name, and where it stands.
struct NumberInName {
  std::size_t from = 0;
  std::size_t to = 0;
  std::optional<std::uint64_t> number;
};
NumberInName number_in(std::string_view charge) {
  NumberInName found;
  found.from = charge.rfind('-') + 1;
  found.to = std::min(charge.find_first_not_of("0123456789abcdef", found.from), charge.size());
  std::uint64_t number = 0;
  if (found.from == 0 ||
      std::from_chars(charge.data() + found.from, charge.data() + found.to, number, 16).ec != std::errc())
    return found;
  found.number = number;
  return found;
}

// Of charges with this beginning and number.
std::string chunk_of(std::string_view before, std::uint64_t number) {
  return std::string(before).append(std::to_string(number >> 16));
}

EndedBit ended_bit(std::string_view charge) {
  const NumberInName in = number_in(charge);
  if (!in.number) return {std::string(charge), "0"};
  return {chunk_of(charge.substr(0, in.from), *in.number).append(charge.substr(in.to)),
          std::to_string(*in.number & 0xffff)};
}

// The words of a lease's charges, which are many: put together in place.
class ChargeWords {
 public:
  void add(const LeasedCharge& charge) {
    at_ = line_.data();
    say(charge.number, 16);
    say(charge.number & 0xffff, 10);
    say(ledger::name_of(charge.kind));
    say(static_cast<std::uint64_t>(charge.admitted_at.time_since_epoch().count()), 10);
    say(ledger::name_of(charge.used.outcome));
    const TokenUsage& tokens = charge.used.tokens;
    for (const std::int64_t amount : {charge.used.requests, charge.reserved, tokens.prompt, tokens.completion,
                                      tokens.cached, tokens.reasoning})
      say(static_cast<std::uint64_t>(amount), 10);
    at_[-1] = ';';
    text_.append(line_.data(), at_);
  }
  void reserve(std::size_t charges) { text_.reserve(charges * 64); }
  std::string take() { return std::move(text_); }

 private:
  void say(std::uint64_t number, int base) {
    at_ = std::to_chars(at_, line_.data() + line_.size(), number, base).ptr;
    *at_++ = ' ';
  }
  void say(std::string_view name) {
    at_ = std::copy(name.begin(), name.end(), at_);
    *at_++ = ' ';
  }

  std::array<char, 256> line_;  // nine numbers of at most 20 digits, and two short names
  char* at_ = line_.data();
  std::string text_;
};

}  // namespace

std::string Functions::day_word() const {
  return day_.rolling_day ? "r" : std::to_string(day_.day_offset.count());
}

Words Functions::scope_keys(const ChargePlace& place, Words first) const {
  for (const LimitedScope& scope : place.scopes)
    first.push_back(keys_.scope(Keyspace::home(place.tag, scope.kind, scope.id), scope.kind, scope.id));
  return first;
}

Command Functions::reserve(const ChargePlace& place, const Ask& ask, Now now) const {
  Words words;
  words.reserve(10 + place.scopes.size() * quota::kLimitKinds);
  words.push_back(word_of(now));
  words.push_back(day_word());
  words.push_back(place.charge);
  words.push_back(ask.gateway);
  for (const std::int64_t amount : {ask.tokens, ask.requests, ask.places}) words.push_back(std::to_string(amount));
  words.push_back(ask.lease ? std::to_string(ask.lease->count()) : std::string());
  words.emplace_back(ask.booked ? "1" : "0");
  words.push_back(word_of(ask.noted));
  for (const LimitedScope& scope : place.scopes) say_limits(words, scope.limits);
  auto keys = scope_keys(place, {keys_.charge(place.tag, place.charge), keys_.open(place.tag)});
  return command("reserve", std::move(keys), std::move(words));
}

Command Functions::check(const ChargePlace& place, const Ask& ask, Now now) const {
  Words words{word_of(now), day_word(), std::to_string(ask.tokens), std::to_string(ask.requests),
              std::to_string(ask.places)};
  for (const LimitedScope& scope : place.scopes) say_limits(words, scope.limits);
  return command("check", scope_keys(place, {}), std::move(words), false);
}

Command Functions::standing(const ChargePlace& place, Now now) const {
  Words words{word_of(now), day_word()};
  for (const LimitedScope& scope : place.scopes) say_limits(words, scope.limits);
  return command("standing", scope_keys(place, {}), std::move(words), false);
}

Command Functions::end(std::string_view function, const ChargePlace& place, Now now) const {
  EndedBit ended = ended_bit(place.charge);
  Words keys;
  keys.reserve(4 + place.scopes.size());
  keys.push_back(keys_.charge(place.tag, place.charge));
  keys.push_back(keys_.open(place.tag));
  keys.push_back(keys_.ledger(place.tag));
  keys.push_back(keys_.ended(place.tag, ended.chunk));
  Words words;
  words.reserve(4);
  words.push_back(word_of(now));
  words.push_back(day_word());
  words.push_back(place.charge);
  words.push_back(std::move(ended.bit));
  return command(function, scope_keys(place, std::move(keys)), std::move(words));
}

Command Functions::settle(const ChargePlace& place, const Used& used, Now now) const {
  Command result = end("settle", place, now);
  result.words.reserve(result.words.size() + 6 + 3 * place.scopes.size());
  say_used(result.words, used);
  for (const LimitedScope& scope : place.scopes)
    for (const auto kind : {quota::LimitKind::tpm, quota::LimitKind::tph, quota::LimitKind::daily})
      result.words.push_back(limit_word(scope.limits[kind]));
  return result;
}

Command Functions::spend(const ChargePlace& lease, std::span<const LeasedCharge> charges,
                         std::optional<LeaseAmount> keep, Now now) const {
  EndedBit of_lease = ended_bit(lease.charge);
  std::string chunk = of_lease.chunk;
  const LeaseAmount kept = keep.value_or(LeaseAmount{-1, -1, -1});
  Words words{word_of(now),
              day_word(),
              lease.charge,
              std::move(of_lease.bit),
              std::to_string(kept.requests),
              std::to_string(kept.tokens),
              std::to_string(kept.places)};
  for (const LimitedScope& scope : lease.scopes)
    for (const auto kind : {quota::LimitKind::tpm, quota::LimitKind::tph, quota::LimitKind::daily})
      words.push_back(limit_word(scope.limits[kind]));
  KTL_CHECK(charges.size() <= kMostLeasedCharges, "a call tells so many charges at most");
  ChargeWords ended;
  ended.reserve(charges.size());
  for (const LeasedCharge& charge : charges) {
    KTL_CHECK(charge.number >> 16 == charges.front().number >> 16,
              "charges that are told together have numbers that are near");
    ended.add(charge);
  }
  if (!charges.empty())
    chunk = chunk_of(std::string_view(lease.charge).substr(0, number_in(lease.charge).from), charges.front().number);
  words.push_back(ended.take());
  auto keys = scope_keys(lease, {keys_.charge(lease.tag, lease.charge), keys_.open(lease.tag), keys_.ledger(lease.tag),
                                 keys_.ended(lease.tag, of_lease.chunk), keys_.ended(lease.tag, chunk)});
  return command("spend", std::move(keys), std::move(words));
}

Command Functions::release(const ChargePlace& place, Now now) const {
  return end("release", place, now);
}
Command Functions::expire(const ChargePlace& place, Now now) const {
  return end("expire", place, now);
}
Command Functions::undo(const ChargePlace& place, Now now) const {
  return end("undo", place, now);
}

Command Functions::book(const ChargePlace& place, const PastWork& work, Now now) const {
  EndedBit ended = ended_bit(place.charge);
  Words words{word_of(now),
              day_word(),
              place.charge,
              std::move(ended.bit),
              work.gateway,
              word_of(Now(work.admitted_at)),
              std::to_string(work.reserved)};
  say_used(words, work.used);
  words.emplace_back(work.booked ? "1" : "0");
  words.push_back(word_of(work.noted));
  auto keys = scope_keys(
      place, {keys_.charge(place.tag, place.charge), keys_.ledger(place.tag), keys_.ended(place.tag, ended.chunk)});
  return command("book", std::move(keys), std::move(words));
}

Command Functions::open_charges(std::string_view tag, bool of_these, std::span<const std::string> gateways,
                                int most) const {
  Words words{of_these ? "of" : "not_of", std::to_string(most)};
  words.insert(words.end(), gateways.begin(), gateways.end());
  return command("open_charges", {keys_.open(tag), keys_.charge(tag, "")}, std::move(words), false);
}

Command Functions::roll_up(std::string_view tag, int most, Millis keep, Millis keep_days, Now now) const {
  return command("roll_up", {keys_.ledger(tag), keys_.totals(tag)},
                 {word_of(now), std::to_string(day_.day_offset.count()), std::to_string(most),
                  std::to_string(keep.count()), std::to_string(keep_days.count())});
}

Command Functions::totals(std::string_view tag, std::optional<std::int64_t> day,
                          std::span<const ScopeName> scopes) const {
  Words words;
  for (const ScopeName& scope : scopes) words.push_back(scope_word(scope.kind, scope.id));
  return command("totals", {day ? keys_.totals(tag, *day) : keys_.totals(tag)}, std::move(words), false);
}

Command Functions::totals_of_days(std::string_view tag, std::int64_t from, std::int64_t to, ScopeName scope) const {
  Words keys;
  for (std::int64_t day = from; day <= to; ++day) keys.push_back(keys_.totals(tag, day));
  return command("totals", std::move(keys), {scope_word(scope.kind, scope.id)}, false);
}

Command Functions::totals_of_hours(std::string_view tag, std::int64_t from, std::int64_t to, ScopeName scope) const {
  Words keys;
  for (std::int64_t hour = from; hour <= to; ++hour) keys.push_back(keys_.totals_of_hour(tag, hour));
  return command("totals", std::move(keys), {scope_word(scope.kind, scope.id)}, false);
}

Command Functions::heartbeat(std::string_view gateway, Millis alive_for, Now now) const {
  return command("heartbeat", {keys_.gateways(), keys_.versions()},
                 {word_of(now), std::string(gateway), std::to_string(alive_for.count())});
}

Command Functions::alive(Millis alive_for, Now now) const {
  return command("alive", {keys_.gateways()}, {word_of(now), std::to_string(alive_for.count())}, false);
}

Command Functions::leave(std::string_view gateway) const {
  return command("leave", {keys_.gateways()}, {std::string(gateway)});
}

Command Functions::scope_number(ScopeKind kind, std::string_view name) const {
  std::string word(name_of(kind));
  word.append(":").append(name);
  return command("scope_number", {keys_.scope_numbers()}, {std::move(word)});
}

Command Functions::put(std::string_view name, std::optional<std::int64_t> seen,
                       std::optional<std::string_view> value) const {
  return command("put", {keys_.records(), keys_.versions()},
                 {std::string(name), std::to_string(seen.value_or(-1)), value ? "set" : "remove",
                  std::string(value.value_or(""))});
}

Command Functions::changes(std::int64_t after, int most) const {
  return command("changes", {keys_.records(), keys_.versions()}, {std::to_string(after), std::to_string(most)}, false);
}

Command Functions::change(std::int64_t seen, std::span<const RecordEdit> edits, std::string_view note,
                          int notes_kept) const {
  Words words{std::to_string(seen), std::string(note), std::to_string(notes_kept)};
  for (const RecordEdit& edit : edits) {
    words.push_back(edit.name);
    words.emplace_back(edit.value ? "set" : "remove");
    words.push_back(edit.value.value_or(""));
  }
  return command("change", {keys_.records(), keys_.versions(), keys_.notes()}, std::move(words));
}

Command Functions::notes(const std::string& before, std::size_t most) const {
  const std::string key = keys_.notes();
  return {{"XREVRANGE", key, before.empty() ? "+" : "(" + before, "-", "COUNT", std::to_string(most)}, key};
}

Command Functions::load() {
  return {{"FUNCTION", "LOAD", "REPLACE", std::string(functions_source())}, {}};
}

Command Functions::about() {
  return command("about", {}, {}, false);
}

}  // namespace ktl::storage::redis
