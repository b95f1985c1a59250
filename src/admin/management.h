#pragma once
// Changing who there is and what they may: what the pages ask of the store (a port; app/management.h implements it).
//
// A change is decided on the people as the store has them at that moment, written together with its entry in the log of
// changes, or not at all, and then taken over: the next request on every loop is judged by it.
//
// Thread-safe. Everything here waits for the store: never on an event loop's thread.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "admin/answer.h"
#include "base/result.h"
#include "gateway/roster.h"
#include "quota/bans.h"

namespace ktl::admin {

// What is put into the place of what had that name. Of a user, its groups and keys are not looked at; of a key or a
// group, its limits are not.
struct SetLimits {
  ScopeKind kind = ScopeKind::user;
  std::string name;  // of a key its hex digits
  quota::LimitChoices limits;
};
struct RemoveUser {
  std::string name;  // and its keys
};
struct ResetUser {
  std::string name;  // of the configuration: what an admin changed is given up; the keys stay
};
struct RemoveGroup {
  std::string name;
};
struct SetBan {
  ScopeId scope = ScopeId::none;
  std::optional<quota::Ban> ban;  // nothing: lifted
};
using Edit = std::variant<gateway::RosterUser, gateway::RosterKey, gateway::RosterGroup, SetLimits, RemoveUser,
                          ResetUser, RemoveGroup, SetBan>;

// One entry of the log of changes. `before` and `after` are JSON; empty: there was, or is, nothing.
struct AuditEntry {
  std::string id{};
  WallTime at{};
  std::string who;
  std::string action;
  std::string target;
  std::string before{};
  std::string after{};
};

struct Change {
  std::vector<Edit> edits;
  std::string action;
  std::string target;
  std::string before{};
  std::string after{};
};

// What was used in a span of time: by one in a bucket of it, or by one of many.
struct UsageRow {
  std::string name;  // of a key its hex digits
  WallTime at{};     // when the bucket began
  std::int64_t requests = 0;
  std::int64_t tokens = 0;
  std::optional<std::int64_t> prompt_tokens;  // nothing: only the sum is kept
  std::optional<std::int64_t> completion_tokens;
};

struct UsageQuestion {
  ScopeKind kind = ScopeKind::user;
  gateway::RosterLimits of;  // whose, in buckets; of no scope: the most of all, `most` of them
  std::size_t most = 0;
  bool hourly = false;  // else by days of the books' zone
  WallTime from{}, to{};
};

// One value of the configuration in force.
struct Setting {
  std::string path;                            // "server.port"
  std::string value{};                         // of a secret a mask
  std::string source = "default";              // default, config, environment, admin
  std::string file{};                          // config, environment: that says it
  int line = 0;                                // in that file
  std::string variables{};                     // environment: their names
  std::optional<std::string> after_restart{};  // the files say something else by now, which needs a restart
};

class Management {
 public:
  virtual ~Management() = default;

  // The people as they are in force.
  virtual std::shared_ptr<const gateway::Roster> roster() = 0;
  virtual std::vector<quota::Ban> bans() = 0;

  // `decide` gives the change, or the answer that refuses it; it may be asked more than once, if others change
  // something at the same time. Nothing to write: nothing is noted.
  using Decision = std::variant<Change, Answer>;
  using Decide = std::function<Decision(const gateway::Roster& people)>;
  // Gives the people with the change, or `decide`'s refusal. Error: the store's; invalid (source client): the change
  // would leave people that cannot be (its message says why).
  using Changed = std::variant<std::shared_ptr<const gateway::Roster>, Answer>;
  virtual Result<Changed> change(const std::string& who, const Decide& decide) = 0;

  // Notes what changed nothing here.
  virtual Result<void> note(AuditEntry entry) = 0;
  // Latest first; before the entry of that id.
  virtual Result<std::vector<AuditEntry>> audit(const std::string& before, std::size_t most) = 0;

  // Of one: each bucket from `from` to `to`, oldest first, without gaps. Of many: most tokens first. Errors: too_large
  // (so much was used in that time that it cannot be gone through), the store's.
  virtual Result<std::vector<UsageRow>> usage(const UsageQuestion& question) = 0;
  virtual Millis day_offset() = 0;  // of the books' days from UTC
  // The configuration in force as YAML, secrets masked.
  virtual std::string configuration() = 0;
  // The same one by one, with where each value comes from; without users, keys and groups.
  virtual std::vector<Setting> settings() = 0;
};

}  // namespace ktl::admin
