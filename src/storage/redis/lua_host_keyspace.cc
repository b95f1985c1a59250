#include "storage/redis/lua_host_keyspace.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/check.h"

namespace ktl::storage::redis {

namespace {

Value text(std::string bytes) {
  return {Kind::text, 0, std::move(bytes), {}};
}
Value integer(std::int64_t number) {
  return {Kind::integer, number, {}, {}};
}
Value array() {
  return {Kind::array, 0, {}, {}};
}
Value error(std::string words) {
  return {Kind::error, 0, std::move(words), {}};
}

std::int64_t number(std::string_view word) {
  std::int64_t result = 0;
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), result);
  KTL_CHECK(problem == std::errc() && end == word.data() + word.size(), "our functions send whole numbers");
  return result;
}

// "5", "(5", "+inf": the least score that is meant.
std::int64_t least_score(std::string_view word) {
  return word.starts_with('(') ? number(word.substr(1)) + 1 : number(word);
}

}  // namespace

const std::unordered_map<std::string_view, LuaHostKeyspace::Command>& LuaHostKeyspace::commands() {
  using K = LuaHostKeyspace;
  static const std::unordered_map<std::string_view, Command> table{
      {"TIME", {&K::time, 1, false}},
      {"GET", {&K::get, 2, false}},
      {"SET", {&K::set, 3, true}},
      {"PEXPIRE", {&K::pexpire, 3, true}},
      {"HGET", {&K::hget, 3, false}},
      {"HMGET", {&K::hmget, 3, false}},
      {"HSET", {&K::hset, 4, true}},
      {"HDEL", {&K::hdel, 3, true}},
      {"HINCRBY", {&K::hincrby, 4, true}},
      {"SADD", {&K::sadd, 3, true}},
      {"SREM", {&K::srem, 3, true}},
      {"SMEMBERS", {&K::smembers, 2, false}},
      {"ZADD", {&K::zadd, 4, true}},
      {"ZREM", {&K::zrem, 3, true}},
      {"ZSCORE", {&K::zscore, 3, false}},
      {"ZCOUNT", {&K::zcount, 4, false}},
      {"ZRANGE", {&K::zrange, 5, false}},
      {"ZRANGEBYSCORE", {&K::zrangebyscore, 4, false}},
      {"XADD", {&K::xadd, 5, true}},
      {"XRANGE", {&K::xrange, 6, false}},
      {"XREVRANGE", {&K::xrevrange, 6, false}},
      {"XTRIM", {&K::xtrim, 4, true}},
      {"XLEN", {&K::xlen, 2, false}},
      {"GETBIT", {&K::getbit, 3, false}},
      {"SETBIT", {&K::setbit, 4, true}},
      {"BITFIELD", {&K::bitfield, 6, true}},
  };
  return table;
}

Value LuaHostKeyspace::execute(Words words, bool may_write) {
  const auto known = words.empty() ? commands().end() : commands().find(words[0]);
  if (known == commands().end()) return error("ERR unknown command");
  if (words.size() < known->second.least_words) return error("ERR wrong number of arguments");
  if (known->second.writes && !may_write) return error("ERR Write commands are not allowed from read-only scripts.");
  return (this->*known->second.run)(words);
}

std::size_t LuaHostKeyspace::size() {
  return static_cast<std::size_t>(std::count_if(keys_.begin(), keys_.end(), [this](const auto& entry) {
    return entry.second.expires_at < 0 || entry.second.expires_at > now_;
  }));
}

LuaHostKeyspace::Entry* LuaHostKeyspace::find(std::string_view key) {
  const auto found = keys_.find(std::string(key));
  if (found == keys_.end()) return nullptr;
  if (found->second.expires_at < 0 || found->second.expires_at > now_) return &found->second;
  keys_.erase(found);
  return nullptr;
}

template <class Type>
Type* LuaHostKeyspace::find_as(std::string_view key) {
  Entry* entry = find(key);
  if (entry == nullptr) return nullptr;
  Type* value = std::get_if<Type>(&entry->value);
  KTL_CHECK(value != nullptr, "a key of ours keeps its type");
  return value;
}

template <class Type>
Type& LuaHostKeyspace::get_as(std::string_view key) {
  if (Type* value = find_as<Type>(key)) return *value;
  return std::get<Type>(keys_.emplace(std::string(key), Entry{Type{}}).first->second.value);
}

void LuaHostKeyspace::drop_if_empty(std::string_view key, bool empty) {
  if (empty) keys_.erase(std::string(key));
}

Value LuaHostKeyspace::time(Words) {
  Value result = array();
  result.items = {text(std::to_string(now_ / 1000)), text(std::to_string(now_ % 1000 * 1000))};
  return result;
}

Value LuaHostKeyspace::get(Words words) {
  const auto* value = find_as<std::string>(words[1]);
  return value != nullptr ? text(*value) : Value{};
}

Value LuaHostKeyspace::set(Words words) {
  Entry fresh{std::string(words[2])};
  for (std::size_t i = 3; i < words.size(); ++i) {
    if (words[i] == "NX" && find(words[1]) != nullptr) return {};
    if (words[i] == "PX") fresh.expires_at = now_ + number(words[++i]);
  }
  keys_.insert_or_assign(std::string(words[1]), std::move(fresh));
  return {Kind::status, 0, "OK", {}};
}

Value LuaHostKeyspace::pexpire(Words words) {
  Entry* entry = find(words[1]);
  if (entry == nullptr) return integer(0);
  entry->expires_at = now_ + number(words[2]);
  return integer(1);
}

Value LuaHostKeyspace::getbit(Words words) {
  const auto* bits = find_as<std::string>(words[1]);
  const auto offset = static_cast<std::size_t>(number(words[2]));
  if (bits == nullptr || offset / 8 >= bits->size()) return integer(0);
  return integer(static_cast<unsigned char>((*bits)[offset / 8]) >> (7 - offset % 8) & 1);
}

Value LuaHostKeyspace::setbit(Words words) {
  KTL_CHECK(words[3] == "1", "our functions only set bits");
  Value before = getbit(words);
  auto& bits = get_as<std::string>(words[1]);
  const auto offset = static_cast<std::size_t>(number(words[2]));
  if (bits.size() <= offset / 8) bits.resize(offset / 8 + 1);
  bits[offset / 8] = static_cast<char>(bits[offset / 8] | 0x80 >> offset % 8);
  return before;
}

Value LuaHostKeyspace::bitfield(Words words) {
  Value result = array();
  for (std::size_t i = 2; i + 3 < words.size(); i += 4) {
    KTL_CHECK(words[i] == "SET" && words[i + 1] == "u1", "our functions only set single bits");
    const std::string_view one[] = {words[0], words[1], words[i + 2], words[i + 3]};
    result.items.push_back(setbit(one));
  }
  return result;
}

Value LuaHostKeyspace::hget(Words words) {
  return std::move(hmget(words).items[0]);
}

Value LuaHostKeyspace::hmget(Words words) {
  Value result = array();
  result.items.resize(words.size() - 2);
  const auto* hash = find_as<Hash>(words[1]);
  if (hash == nullptr) return result;
  std::string name;
  for (std::size_t i = 2; i < words.size(); ++i) {
    name.assign(words[i]);
    if (const auto field = hash->find(name); field != hash->end()) result.items[i - 2] = text(field->second);
  }
  return result;
}

Value LuaHostKeyspace::hset(Words words) {
  if (words.size() % 2 != 0) return error("ERR wrong number of arguments");
  Hash& hash = get_as<Hash>(words[1]);
  std::int64_t fresh = 0;
  for (std::size_t i = 2; i < words.size(); i += 2)
    fresh += hash.insert_or_assign(std::string(words[i]), std::string(words[i + 1])).second;
  return integer(fresh);
}

Value LuaHostKeyspace::hdel(Words words) {
  auto* hash = find_as<Hash>(words[1]);
  if (hash == nullptr) return integer(0);
  std::int64_t gone = 0;
  for (const auto& name : words.subspan(2)) gone += static_cast<std::int64_t>(hash->erase(std::string(name)));
  drop_if_empty(words[1], hash->empty());
  return integer(gone);
}

Value LuaHostKeyspace::hincrby(Words words) {
  std::string& field = get_as<Hash>(words[1])[std::string(words[2])];
  const std::int64_t sum = (field.empty() ? 0 : number(field)) + number(words[3]);
  field = std::to_string(sum);
  return integer(sum);
}

Value LuaHostKeyspace::sadd(Words words) {
  Set& set = get_as<Set>(words[1]);
  std::int64_t fresh = 0;
  for (const auto& member : words.subspan(2)) fresh += set.emplace(member).second;
  return integer(fresh);
}

Value LuaHostKeyspace::srem(Words words) {
  auto* set = find_as<Set>(words[1]);
  if (set == nullptr) return integer(0);
  std::int64_t gone = 0;
  for (const auto& member : words.subspan(2)) gone += static_cast<std::int64_t>(set->erase(std::string(member)));
  drop_if_empty(words[1], set->empty());
  return integer(gone);
}

Value LuaHostKeyspace::smembers(Words words) {
  Value result = array();
  if (const auto* set = find_as<Set>(words[1]))
    for (const auto& member : *set) result.items.push_back(text(member));
  return result;
}

Value LuaHostKeyspace::zadd(Words words) {
  Sorted& sorted = get_as<Sorted>(words[1]);
  const std::string member(words[3]);
  const auto [place, fresh] = sorted.score.try_emplace(member, 0);
  if (!fresh) sorted.order.erase({place->second, member});
  place->second = number(words[2]);
  sorted.order.emplace(place->second, member);
  return integer(fresh);
}

Value LuaHostKeyspace::zrem(Words words) {
  auto* sorted = find_as<Sorted>(words[1]);
  if (sorted == nullptr) return integer(0);
  const auto place = sorted->score.find(words[2]);
  if (place == sorted->score.end()) return integer(0);
  sorted->order.erase({place->second, place->first});
  sorted->score.erase(place);
  drop_if_empty(words[1], sorted->score.empty());
  return integer(1);
}

Value LuaHostKeyspace::zscore(Words words) {
  const auto* sorted = find_as<Sorted>(words[1]);
  if (sorted == nullptr) return {};
  const auto place = sorted->score.find(words[2]);
  return place != sorted->score.end() ? text(std::to_string(place->second)) : Value{};
}

Value LuaHostKeyspace::zcount(Words words) {
  const auto* sorted = find_as<Sorted>(words[1]);
  if (sorted == nullptr) return integer(0);
  return integer(std::distance(sorted->order.lower_bound({least_score(words[2]), ""}), sorted->order.end()));
}

Value LuaHostKeyspace::zrange(Words words) {
  KTL_CHECK(words[2] == "-1" && words[3] == "-1" && words[4] == "WITHSCORES", "our functions ask for the last alone");
  Value result = array();
  if (const auto* sorted = find_as<Sorted>(words[1])) {
    const auto& [score, member] = *sorted->order.rbegin();
    result.items = {text(member), text(std::to_string(score))};
  }
  return result;
}

Value LuaHostKeyspace::zrangebyscore(Words words) {
  Value result = array();
  bool scores = false;
  std::int64_t most = std::numeric_limits<std::int64_t>::max();
  for (std::size_t i = 4; i < words.size(); ++i) {
    scores |= words[i] == "WITHSCORES";
    if (words[i] == "LIMIT") most = number(words[i + 2]);
  }
  const auto* sorted = find_as<Sorted>(words[1]);
  if (sorted == nullptr) return result;
  for (auto at = sorted->order.lower_bound({least_score(words[2]), ""}); at != sorted->order.end() && most > 0;
       ++at, --most) {
    result.items.push_back(text(at->second));
    if (scores) result.items.push_back(text(std::to_string(at->first)));
  }
  return result;
}

LuaHostKeyspace::StreamId LuaHostKeyspace::stream_id(std::string_view word, std::uint64_t missing_number) {
  const auto dash = word.find('-');
  StreamId id{static_cast<std::uint64_t>(number(word.substr(0, dash))), missing_number};
  if (dash != std::string_view::npos) id.number = static_cast<std::uint64_t>(number(word.substr(dash + 1)));
  return id;
}

Value LuaHostKeyspace::told(const StreamId& id, const std::pair<std::string, std::string>& entry) {
  Value fields = array();
  fields.items = {text(entry.first), text(entry.second)};
  Value result = array();
  result.items = {text(std::to_string(id.millis) + "-" + std::to_string(id.number)), std::move(fields)};
  return result;
}

Value LuaHostKeyspace::xadd(Words words) {
  KTL_CHECK(words[2].ends_with("-*"), "our functions say the instant and leave the number to the server");
  Stream& stream = get_as<Stream>(words[1]);
  StreamId id{static_cast<std::uint64_t>(number(words[2].substr(0, words[2].size() - 2))), 0};
  if (id.millis < stream.last.millis)
    return error("ERR The ID specified in XADD is equal or smaller than the target stream top item");
  if (id.millis == stream.last.millis) id.number = stream.last.number + 1;
  stream.last = id;
  stream.entries.emplace(id, std::pair(std::string(words[3]), std::string(words[4])));
  return text(std::to_string(id.millis) + "-" + std::to_string(id.number));
}

Value LuaHostKeyspace::xrange(Words words) {
  KTL_CHECK(words[3] == "+" && words[4] == "COUNT", "our functions read to the end, so many");
  Value result = array();
  const auto* stream = find_as<Stream>(words[1]);
  if (stream == nullptr) return result;
  auto at = stream->entries.begin();
  if (words[2] != "-") at = stream->entries.upper_bound(stream_id(words[2].substr(1), 0));
  for (std::int64_t most = number(words[5]); at != stream->entries.end() && most > 0; ++at, --most)
    result.items.push_back(told(at->first, at->second));
  return result;
}

Value LuaHostKeyspace::xrevrange(Words words) {
  KTL_CHECK(words[2] == "+" && words[3] == "-" && words[5] == "1", "our functions ask for the last entry alone");
  Value result = array();
  const auto* stream = find_as<Stream>(words[1]);
  if (stream != nullptr && !stream->entries.empty()) {
    const auto& [id, entry] = *stream->entries.rbegin();
    result.items.push_back(told(id, entry));
  }
  return result;
}

Value LuaHostKeyspace::xtrim(Words words) {
  KTL_CHECK(words[2] == "MINID", "our functions trim by instant");
  auto* stream = find_as<Stream>(words[1]);
  if (stream == nullptr) return integer(0);
  const auto before = stream->entries.size();
  stream->entries.erase(stream->entries.begin(), stream->entries.lower_bound(stream_id(words[3], 0)));
  return integer(static_cast<std::int64_t>(before - stream->entries.size()));
}

Value LuaHostKeyspace::xlen(Words words) {
  const auto* stream = find_as<Stream>(words[1]);
  return integer(stream != nullptr ? static_cast<std::int64_t>(stream->entries.size()) : 0);
}

}  // namespace ktl::storage::redis
