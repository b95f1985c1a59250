#include "storage/redis/records.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/text.h"
#include "identity/api_key.h"

namespace ktl::storage::redis {
namespace {

constexpr std::string_view kUser = "user:";
constexpr std::string_view kKey = "key:";
constexpr std::string_view kBan = "ban:";
constexpr std::string_view kGroup = "group:";
constexpr std::string_view kLimits = "limits:";

class Writer {
 public:
  Writer& text(std::string_view text) {
    if (!record_.empty() || begun_) record_ += '\t';
    begun_ = true;
    for (const char c : text) {
      switch (c) {
        case '\t':
          record_ += "\\t";
          break;
        case '\n':
          record_ += "\\n";
          break;
        case '\\':
          record_ += "\\\\";
          break;
        default:
          record_ += c;
      }
    }
    return *this;
  }
  Writer& number(std::int64_t value) { return text(std::to_string(value)); }
  Writer& instant(WallTime at) { return number(at.time_since_epoch().count()); }
  std::string take() { return std::move(record_); }

 private:
  std::string record_;
  bool begun_ = false;
};

class Reader {
 public:
  explicit Reader(std::string_view record) : rest_(record) {}

  std::string text() {
    std::string value;
    if (ended_) {
      ok_ = false;
      return value;
    }
    std::size_t i = 0;
    for (; i < rest_.size() && rest_[i] != '\t'; ++i) {
      if (rest_[i] != '\\' || i + 1 == rest_.size()) {
        value += rest_[i];
        continue;
      }
      const char escaped = rest_[++i];
      value += escaped == 't' ? '\t' : escaped == 'n' ? '\n' : escaped;
    }
    ended_ = i >= rest_.size();
    rest_.remove_prefix(ended_ ? rest_.size() : i + 1);
    return value;
  }
  std::int64_t number() {
    const std::string word = text();
    std::int64_t value = 0;
    const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
    ok_ &= problem == std::errc() && end == word.data() + word.size();
    return value;
  }
  std::optional<std::int64_t> number_or_nothing() {
    if (rest_.empty() || rest_.front() == '\t') {
      text();
      return std::nullopt;
    }
    return number();
  }
  bool flag() { return number() != 0; }
  WallTime instant() { return WallTime(Millis(number())); }
  ScopeId scope() { return static_cast<ScopeId>(number()); }
  bool ok() const { return ok_; }
  bool more() const { return !ended_; }  // written by a program that knew more fields

 private:
  std::string_view rest_;
  bool ended_ = false;
  bool ok_ = true;
};

std::int64_t number_of(ScopeId scope) {
  return static_cast<std::int64_t>(scope);
}

std::string lines_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text.append(text.empty() ? "" : "\n").append(name);
  return text;
}

std::vector<std::string> names_of(std::string_view lines) {
  std::vector<std::string> names;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    names.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return names;
}

}  // namespace

std::string name_of_user(std::string_view user) {
  return std::string(kUser).append(user);
}
std::string name_of_key(const identity::KeyDigest& digest) {
  return std::string(kKey) + identity::hex_of(digest);
}
std::string name_of_ban(ScopeId scope) {
  return std::string(kBan) + std::to_string(number_of(scope));
}

std::string name_of_group(std::string_view group) {
  return std::string(kGroup).append(group);
}
std::string name_of_limits(ScopeKind kind, std::string_view name) {
  return std::string(kLimits).append(ktl::name_of(kind)).append(":").append(name);
}

std::string record_of(const UserRow& user) {
  Writer writer;
  writer.number(number_of(user.scope)).text(user.description);
  for (const std::int64_t amount : user.limits.amount) writer.number(amount);
  writer.instant(user.created_at).number(user.disabled ? 1 : 0);
  return writer.text(lines_of(user.allowed_models)).number(user.edited ? 1 : 0).take();
}

std::string record_of(const KeyRow& key) {
  Writer writer;
  writer.number(number_of(key.scope)).number(number_of(key.user_scope)).text(key.user_name).text(key.label);
  writer.text(lines_of(key.allowed_models)).number(key.admin ? 1 : 0).instant(key.created_at);
  writer.number(key.disabled ? 1 : 0).number(key.revoked ? 1 : 0).text(key.mask);
  writer.text(key.expires_at ? std::to_string(key.expires_at->time_since_epoch().count()) : "").text(key.replaced_by);
  return writer.take();
}

std::string record_of(const GroupRow& group) {
  return Writer().text(group.description).text(lines_of(group.users)).instant(group.created_at).take();
}

std::string record_of(const LimitsRow& limits) {
  Writer writer;
  for (const auto& amount : limits.limits.amount) writer.text(amount ? std::to_string(*amount) : "");
  return writer.take();
}

std::string record_of(const AuditRow& note) {
  Writer writer;
  writer.instant(note.at).text(note.who).text(note.action).text(note.target).text(note.before).text(note.after);
  return writer.take();
}

std::string record_of(const BanRow& ban) {
  return Writer().instant(ban.until).number(ban.manual ? 1 : 0).text(ban.reason).take();
}

std::optional<UserRow> user_of(std::string_view name, std::string_view record) {
  if (!name.starts_with(kUser)) return std::nullopt;
  Reader reader(record);
  UserRow user;
  user.name = name.substr(kUser.size());
  user.scope = reader.scope();
  user.description = reader.text();
  for (std::int64_t& amount : user.limits.amount) amount = reader.number();
  user.created_at = reader.instant();
  user.disabled = reader.flag();
  if (reader.more()) {
    user.allowed_models = names_of(reader.text());
    user.edited = reader.flag();
  }
  return reader.ok() ? std::optional(std::move(user)) : std::nullopt;
}

std::optional<KeyRow> key_of(std::string_view name, std::string_view record) {
  if (!name.starts_with(kKey)) return std::nullopt;
  KeyRow key;
  const auto digest = from_hex(name.substr(kKey.size()));
  if (!digest || digest->size() != key.digest.size()) return std::nullopt;
  std::transform(digest->begin(), digest->end(), key.digest.begin(),
                 [](char c) { return static_cast<identity::KeyDigest::value_type>(c); });
  Reader reader(record);
  key.scope = reader.scope();
  key.user_scope = reader.scope();
  key.user_name = reader.text();
  key.label = reader.text();
  key.allowed_models = names_of(reader.text());
  key.admin = reader.flag();
  key.created_at = reader.instant();
  key.disabled = reader.flag();
  if (reader.more()) {
    key.revoked = reader.flag();
    key.mask = reader.text();
    const std::optional<std::int64_t> end = reader.number_or_nothing();
    if (end) key.expires_at = WallTime(Millis(*end));
    key.replaced_by = reader.text();
  }
  return reader.ok() ? std::optional(std::move(key)) : std::nullopt;
}

std::optional<GroupRow> group_of(std::string_view name, std::string_view record) {
  if (!name.starts_with(kGroup)) return std::nullopt;
  Reader reader(record);
  GroupRow group;
  group.name = name.substr(kGroup.size());
  group.description = reader.text();
  group.users = names_of(reader.text());
  group.created_at = reader.instant();
  return reader.ok() ? std::optional(std::move(group)) : std::nullopt;
}

std::optional<LimitsRow> limits_of(std::string_view name, std::string_view record) {
  if (!name.starts_with(kLimits)) return std::nullopt;
  name.remove_prefix(kLimits.size());
  const std::string_view word = name.substr(0, name.find(':'));
  if (word.size() == name.size()) return std::nullopt;
  LimitsRow limits;
  if (const auto kind = scope_kind_named(word)) limits.kind = *kind;
  limits.name = name.substr(word.size() + 1);
  Reader reader(record);
  for (auto& amount : limits.limits.amount) amount = reader.number_or_nothing();
  return reader.ok() && ktl::name_of(limits.kind) == word ? std::optional(std::move(limits)) : std::nullopt;
}

std::optional<AuditRow> audit_of(std::string_view id, std::string_view record) {
  Reader reader(record);
  AuditRow row;
  row.id = id;
  row.at = reader.instant();
  row.who = reader.text();
  row.action = reader.text();
  row.target = reader.text();
  row.before = reader.text();
  row.after = reader.text();
  return reader.ok() ? std::optional(std::move(row)) : std::nullopt;
}

std::optional<ScopeId> banned_scope(std::string_view name) {
  if (!name.starts_with(kBan)) return std::nullopt;
  name.remove_prefix(kBan.size());
  std::uint32_t number = 0;
  const auto [end, problem] = std::from_chars(name.data(), name.data() + name.size(), number);
  if (problem != std::errc() || end != name.data() + name.size()) return std::nullopt;
  return ScopeId{number};
}

std::optional<BanRow> ban_of(std::string_view name, std::string_view record) {
  const auto scope = banned_scope(name);
  if (!scope) return std::nullopt;
  Reader reader(record);
  BanRow ban;
  ban.scope = *scope;
  ban.until = reader.instant();
  ban.manual = reader.flag();
  ban.reason = reader.text();
  return reader.ok() ? std::optional(std::move(ban)) : std::nullopt;
}

}  // namespace ktl::storage::redis
