// /admin/bans: who is shut out, and doing and undoing it by hand.
#include <algorithm>
#include <charconv>

#include "admin/desk_pages.h"
#include "admin/messages.h"
#include "admin/order.h"
#include "admin/scopes.h"
#include "protocol/messages.h"

namespace ktl::admin {
namespace {

constexpr std::int64_t kLongestBan = 10LL * 366 * 24 * 3600;  // seconds
constexpr std::size_t kLongestReason = 1000;

std::string ban_text(const quota::Ban& ban, const std::vector<NamedScope>& scopes) {
  JsonWriter json;
  json.begin_object().field("scope", static_cast<std::uint32_t>(ban.scope));
  const auto named =
      std::find_if(scopes.begin(), scopes.end(), [&](const NamedScope& scope) { return scope.scope == ban.scope; });
  const bool known = named != scopes.end();
  json.field("kind", known ? std::optional(ktl::name_of(named->kind)) : std::nullopt);
  json.field("name", known ? std::optional(named->name) : std::nullopt);
  json.field("until", ban.until ? std::optional(timestamp(*ban.until)) : std::nullopt);
  json.field("manual", ban.manual).field("reason", ban.reason).end_object();
  return json.take();
}

// The scope that an order names; or the reason why it cannot be told. Bans are asked for before a request's model is
// known, so models cannot be banned.
class Target {
 public:
  explicit Target(Order& order) {
    constexpr std::size_t kLongest = 200;
    for (const auto& [member, kind] : {std::pair{"user", ScopeKind::user}, std::pair{"group", ScopeKind::group},
                                       std::pair{"key_name", ScopeKind::key}, std::pair{"key", ScopeKind::key}}) {
      if (!order.has(member)) continue;
      member_ = member;
      kind_ = kind;
      name_ = order.text(member, kLongest).value_or("");
      return;
    }
    number_ = order.integer("scope", 1, std::numeric_limits<std::uint32_t>::max());
  }

  bool said() const { return !member_.empty() || number_; }

  std::variant<NamedScope, Answer> find(protocol::Language language, const gateway::Roster& people) const {
    if (member_ == "key") {
      const gateway::RosterKey* key = people.key(name_);
      if (key == nullptr) return answer_of(protocol::not_found(language, name_));
      return NamedScope{key->limits.scope, ScopeKind::key, key->shown()};
    }
    std::vector<NamedScope> fitting = named_scopes(people);
    std::erase_if(fitting, [this](const NamedScope& scope) { return !fits(scope); });
    if (fitting.size() > 1) return answer_of(ambiguous_name(language, ktl::name_of(kind_)));
    if (fitting.empty())
      return answer_of(protocol::not_found(language, number_ ? "scope " + std::to_string(*number_) : name_));
    return fitting.front();
  }

 private:
  bool fits(const NamedScope& scope) const {
    if (number_) return static_cast<std::int64_t>(scope.scope) == *number_ && scope.kind != ScopeKind::model;
    return scope.kind == kind_ && scope.name == name_;
  }

  std::string_view member_;
  ScopeKind kind_ = ScopeKind::user;
  std::string name_;
  std::optional<std::int64_t> number_;
};

}  // namespace

Answer list_bans(Desk& desk) {
  const std::vector<NamedScope> scopes = named_scopes(*desk.management.roster());
  JsonWriter json;
  json.begin_object().key("bans").begin_array();
  for (const quota::Ban& ban : desk.management.bans()) json.raw(ban_text(ban, scopes));
  json.end_array().field("timestamp", timestamp(desk.now)).end_object();
  return answer_of(json);
}

Answer add_ban(Desk& desk) {
  Order order(desk, {"user", "group", "key_name", "key", "scope", "duration_seconds", "reason"});
  const Target target(order);
  quota::Ban ban;
  ban.manual = true;
  if (const auto seconds = order.integer("duration_seconds", 1, kLongestBan))
    ban.until = desk.now + std::chrono::seconds(*seconds);
  ban.reason = order.text("reason", kLongestReason).value_or("");
  if (order.refusal()) return std::move(*order.refusal());
  if (!target.said()) return answer_of(missing_value(desk.language, "user"));

  std::string told;
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    auto found = target.find(desk.language, people);
    if (auto* refusal = std::get_if<Answer>(&found)) return std::move(*refusal);
    const NamedScope& scope = std::get<NamedScope>(found);
    ban.scope = scope.scope;
    told = ban_text(ban, {scope});
    Change change{.edits = {}, .action = "ban.set", .target = {}, .after = told};
    change.target = std::string(ktl::name_of(scope.kind)) + ":" + scope.name;
    change.edits.emplace_back(SetBan{scope.scope, ban});
    return change;
  };
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  return {.status = 201, .body = std::move(told)};
}

// {scope} is the scope's number, as the list shows it.
Answer lift_ban(Desk& desk) {
  std::uint32_t number = 0;
  const char* end = desk.name.data() + desk.name.size();
  const auto read = std::from_chars(desk.name.data(), end, number);
  const auto refuse = [&] { return answer_of(protocol::not_found(desk.language, desk.name)); };
  if (read.ec != std::errc() || read.ptr != end) return refuse();
  const auto decide = [&](const gateway::Roster& people) -> Management::Decision {
    const auto bans = desk.management.bans();
    const auto standing =
        std::find_if(bans.begin(), bans.end(), [&](const quota::Ban& ban) { return ban.scope == ScopeId{number}; });
    if (standing == bans.end()) return refuse();
    const std::vector<NamedScope> scopes = named_scopes(people);
    const auto named = std::find_if(scopes.begin(), scopes.end(),
                                    [&](const NamedScope& scope) { return scope.scope == ScopeId{number}; });
    Change change{.edits = {}, .action = "ban.lift", .target = "scope:" + desk.name};
    if (named != scopes.end()) change.target = std::string(ktl::name_of(named->kind)) + ":" + named->name;
    change.before = ban_text(*standing, scopes);
    change.edits.emplace_back(SetBan{ScopeId{number}, std::nullopt});
    return change;
  };
  auto changed = change(desk, decide);
  if (auto* refusal = std::get_if<Answer>(&changed)) return std::move(*refusal);
  JsonWriter json;
  json.begin_object().field("scope", number).field("lifted", true).end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
