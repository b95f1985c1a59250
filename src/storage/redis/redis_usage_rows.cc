#include "storage/redis/redis_usage_rows.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <unordered_map>

#include "base/ids.h"

namespace ktl::storage::redis {
namespace {

constexpr const char* kEntriesAPage = "200";
constexpr const char* kNamesAPage = "1000";
constexpr Millis kEndsWithin = std::chrono::hours(24 * 31);
constexpr std::int64_t kTellEvery = 4096;  // rows

Error not_understood(std::string_view what) {
  return {ErrorCode::io, ErrorSource::storage, Retry::no, "redis: an entry of another shape: " + std::string(what)};
}

bool read_number(std::string_view text, std::int64_t& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  return problem == std::errc() && end == text.data() + text.size();
}

// Calls `take` with each part between the separators.
template <class Take>
void each_part(std::string_view text, char separator, const Take& take) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(separator), text.size());
    take(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

struct Owner {
  ScopeKind kind = ScopeKind::user;
  std::string name;
};
using Owners = std::unordered_map<std::int64_t, Owner>;  // by scope number

// Everybody who has a number.
Result<Owners> read_owners(Session& session, const std::string& key) {
  Owners owners;
  std::string cursor = "0";
  do {
    const auto page = unless_error(session.call({{"HSCAN", key, cursor, "COUNT", kNamesAPage}, key}));
    if (!page) return tl::unexpected(page.error());
    if (page->items.size() != 2) return tl::unexpected(not_understood("names"));
    const std::vector<Value>& fields = page->items[1].items;
    for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
      const std::string_view word = fields[i].text;
      const std::size_t colon = std::min(word.find(':'), word.size());
      const auto kind = scope_kind_named(word.substr(0, colon));
      std::int64_t number = 0;
      if (!kind || colon == word.size() || !read_number(fields[i + 1].text, number)) continue;
      owners[number] = {*kind, std::string(word.substr(colon + 1))};
    }
    cursor = page->items[0].text;
  } while (cursor != "0");
  return owners;
}

// The entries of one group of tenants that have been read and not yet given.
struct Stream {
  std::string key;
  std::string from;  // where the next page begins; empty: there is none
  std::deque<std::pair<std::int64_t, std::string>> entries;  // when it was written, its lines
};

class Reader {
 public:
  Reader(Session& session, const Keyspace& keys, const ledger::UsageRowsQuery& query, const ledger::TakeUsageRow& take,
         const ledger::Progress& progress)
      : session_(session), keys_(keys), take_(take), progress_(progress), from_(query.from), to_(query.to) {}

  Result<void> run(const ledger::UsageRowsQuery& query);

 private:
  Result<std::int64_t> number_of(ScopeKind kind, const std::string& name) const;
  Command page_of(const Stream& stream) const;
  Result<void> take_page(Stream& stream, Result<Value> reply) const;
  Result<void> give_lines(std::int64_t written_at, std::string_view lines);
  Result<void> give(std::string_view line);

  Session& session_;
  const Keyspace& keys_;
  const ledger::TakeUsageRow& take_;
  const ledger::Progress& progress_;
  const WallTime from_, to_;
  Owners owners_;
  std::vector<std::int64_t> only_;  // scope numbers that a row must have
  std::int64_t rows_ = 0;
};

Result<std::int64_t> Reader::number_of(ScopeKind kind, const std::string& name) const {
  for (const auto& [number, owner] : owners_)
    if (owner.kind == kind && owner.name == name) return number;
  return fail(ErrorCode::not_found, ErrorSource::storage, "no " + std::string(name_of(kind)) + " named " + name);
}

Command Reader::page_of(const Stream& stream) const {
  const std::string until = std::to_string((to_ + kEndsWithin).time_since_epoch().count());
  return {{"XRANGE", stream.key, stream.from, until, "COUNT", kEntriesAPage}, stream.key};
}

Result<void> Reader::take_page(Stream& stream, Result<Value> reply) const {
  const auto page = unless_error(std::move(reply));
  if (!page) return tl::unexpected(page.error());
  for (const Value& entry : page->items) {
    std::int64_t written_at = 0;
    const bool whole = entry.items.size() == 2 && entry.items[1].items.size() == 2 &&
                       read_number(entry.items[0].text.substr(0, entry.items[0].text.find('-')), written_at);
    if (!whole) return tl::unexpected(not_understood(stream.key));
    stream.entries.emplace_back(written_at, entry.items[1].items[1].text);
  }
  stream.from = page->items.empty() ? std::string() : "(" + page->items.back().items[0].text;
  return {};
}

Result<void> Reader::run(const ledger::UsageRowsQuery& query) {
  auto owners = read_owners(session_, keys_.scope_numbers());
  if (!owners) return tl::unexpected(owners.error());
  owners_ = std::move(*owners);
  for (const auto& [kind, name] : {std::pair(ScopeKind::user, query.user), std::pair(ScopeKind::model, query.model)}) {
    if (name.empty()) continue;
    const auto number = number_of(kind, name);
    if (!number) return tl::unexpected(number.error());
    only_.push_back(*number);
  }

  std::vector<Stream> streams;
  std::vector<Command> first;
  for (int bucket = 0; bucket < Keyspace::kTenantTags; ++bucket) {
    streams.push_back({keys_.ledger(Keyspace::tenant_tag(bucket)), std::to_string(from_.time_since_epoch().count()), {}});
    first.push_back(page_of(streams.back()));
  }
  std::vector<Result<Value>> pages = session_.call_all(first);
  for (std::size_t i = 0; i < streams.size(); ++i)
    if (auto taken = take_page(streams[i], std::move(pages[i])); !taken) return taken;

  const auto earlier = [](const Stream& a, const Stream& b) {
    if (a.entries.empty() || b.entries.empty()) return !a.entries.empty();
    return a.entries.front().first < b.entries.front().first;
  };
  for (;;) {
    Stream& next = *std::min_element(streams.begin(), streams.end(), earlier);
    if (next.entries.empty()) return {};
    const auto [written_at, lines] = std::move(next.entries.front());
    next.entries.pop_front();
    if (auto given = give_lines(written_at, lines); !given) return given;
    if (!next.entries.empty() || next.from.empty()) continue;
    if (auto taken = take_page(next, session_.call(page_of(next))); !taken) return taken;
  }
}

Result<void> Reader::give_lines(std::int64_t written_at, std::string_view lines) {
  Result<void> given;
  each_part(lines, '\n', [&](std::string_view line) {
    if (given) given = give(line);
  });
  if (given && progress_ && ++rows_ % kTellEvery == 0) {
    const std::int64_t total = (to_ - from_).count();
    progress_(std::clamp<std::int64_t>(written_at - from_.time_since_epoch().count(), 0, total), total);
  }
  return given;
}

// functions/charge.lua says what the words of a line are.
Result<void> Reader::give(std::string_view line) {
  std::array<std::string_view, 13> words;
  std::size_t count = 0;
  each_part(line, ' ', [&](std::string_view word) {
    if (count < words.size()) words[count] = word;
    ++count;
  });
  std::int64_t admitted = 0, ended = 0;
  ledger::UsageRow row;
  TokenUsage& usage = row.usage;
  const std::pair<std::size_t, std::int64_t*> numbers[] = {
      {3, &admitted},    {4, &ended},           {6, &row.requests},  {7, &row.reserved},
      {8, &usage.prompt}, {9, &usage.completion}, {10, &usage.cached}, {11, &usage.reasoning}};
  bool whole = count == 12 || count == 13;
  for (const auto& [place, number] : numbers) whole = whole && read_number(words[place], *number);
  if (!whole) return tl::unexpected(not_understood(line));
  row.admitted = WallTime(Millis(admitted));
  row.ended = WallTime(Millis(ended));
  if (row.admitted < from_ || row.admitted >= to_) return {};

  row.entry = words[0] == "book" ? ledger::name_of(ledger::EntryKind::settle) : words[0];
  row.charge = words[1];
  row.outcome = words[5];
  std::string groups;
  std::size_t found = 0;
  each_part(words[12], ',', [&](std::string_view scope) {
    std::int64_t number = 0;
    read_number(scope.substr(std::min(scope.find(':') + 1, scope.size())), number);
    found += static_cast<std::size_t>(std::count(only_.begin(), only_.end(), number));
    const auto owner = owners_.find(number);
    if (owner == owners_.end()) return;
    const std::string& name = owner->second.name;
    switch (owner->second.kind) {
      case ScopeKind::user:
        row.user = name;
        break;
      case ScopeKind::key:
        row.key = name;
        break;
      case ScopeKind::model:
        row.model = name;
        break;
      case ScopeKind::group:
        groups.append(groups.empty() ? "" : ", ").append(name);
        break;
      case ScopeKind::global:
        break;
    }
  });
  if (found != only_.size()) return {};
  row.groups = groups;
  return take_(row);
}

}  // namespace

Result<void> read_usage_rows(Session& session, const Keyspace& keys, const ledger::UsageRowsQuery& query,
                             const ledger::TakeUsageRow& take, const ledger::Progress& progress) {
  return Reader(session, keys, query, take, progress).run(query);
}

}  // namespace ktl::storage::redis
