#include "storage/redis/redis_limits.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/check.h"
#include "storage/redis/session.h"
#include "storage/redis/standing.h"

namespace ktl::storage::redis {
namespace {

constexpr int kRollUpAtOnce = 500;

Error server_error(const Value& reply) {
  return fail(ErrorCode::unavailable, ErrorSource::storage, "redis: " + reply.text).value();
}

Result<ReserveAnswer> answer_of(const Result<Value>& reply, std::span<const LimitedScope> scopes) {
  if (!reply) return tl::unexpected(reply.error());
  if (reply->is_error()) return tl::unexpected(server_error(*reply));
  auto answer = read_reserve(*reply, scopes);
  if (answer && std::holds_alternative<EndedBefore>(*answer))
    return fail(ErrorCode::conflict, ErrorSource::storage, "this charge had ended before it was reserved");
  return answer;
}

}  // namespace

struct RedisLimits::Asked {
  ChargeId charge = ChargeId::none;
  std::vector<LimitedScope> scopes;
  std::int64_t tokens = 0;
  std::vector<ChargeStep> steps;
  std::function<void(Result<quota::SharedAnswer>)> done;
};

RedisLimits::RedisLimits(net::EventLoop& loop, std::unique_ptr<Client> client, const Functions& functions, bool cluster,
                         SharedState& state, std::optional<LeasePolicy> leases)
    : loop_(loop), client_(std::move(client)), functions_(functions), cluster_(cluster), state_(state) {
  if (leases) leasing_.emplace(loop_, *client_, functions_, cluster_, state_, *leases);
}

// Waiting calls end with their connection; then nothing refers to the leases any more.
RedisLimits::~RedisLimits() {
  client_.reset();
}

std::optional<quota::SharedAdmission> RedisLimits::take(const quota::SharedAsk& ask) {
  if (!leasing_ || !client_->connected()) return std::nullopt;
  return leasing_->take(ask);
}

void RedisLimits::on_leases(std::function<void(int more)> changed) {
  if (leasing_) leasing_->on_held(std::move(changed));
}

void RedisLimits::reserve(const quota::SharedAsk& ask, std::function<void(Result<quota::SharedAnswer>)> done) {
  Asked asked;
  asked.charge = ask.charge;
  asked.scopes.assign(ask.scopes.begin(), ask.scopes.end());
  asked.tokens = ask.tokens;
  OutboxCharge named;
  named.run = state_.outbox().run();
  named.open.charge = ask.charge;
  const ScopeMask shared = cluster_ ? limited_shared(ask.scopes) : 0;
  asked.steps = steps_of(named.name(), ask.scopes, cluster_, shared);
  asked.done = std::move(done);
  if (cluster_) state_.outbox().admitted(ask.charge, shared);
  loop_.spawn(carry_out(std::move(asked)));
}

// Step by step, each only if the one before it had room; what was taken is undone if a later step refuses or fails.
net::Task<void> RedisLimits::carry_out(Asked asked) {
  quota::SharedAdmission admission;
  admission.standing.resize(asked.scopes.size());
  for (std::size_t i = 0; i < asked.scopes.size(); ++i) admission.standing[i] = standing_of(asked.scopes[i], {});
  std::optional<Result<quota::SharedAnswer>> ends;
  std::vector<ChargePlace> taken;
  std::vector<Told> told(asked.scopes.size());
  bool gave_back = !leasing_.has_value();
  for (std::size_t next = 0; next < asked.steps.size(); ++next) {
    const ChargeStep& step = asked.steps[next];
    Ask ask;
    ask.gateway = Outbox::gateway_name(state_.outbox().run());
    ask.tokens = asked.tokens;
    ask.booked = step.booked;
    if (step.booked) {
      for (const LimitedScope& scope : asked.scopes) ask.noted.push_back({scope.kind, scope.id});
    } else {
      for (const LimitedScope& scope : step.place.scopes) ask.noted.push_back({scope.kind, scope.id});
    }
    const Command command = functions_.reserve(step.place, ask);
    const Result<Value> reply = co_await call_function(*client_, command);
    const Result<ReserveAnswer> answer = answer_of(reply, step.place.scopes);
    if (!answer) {
      // Lost on its way there, or on its way back.
      if (answer.error().retry == Retry::no) taken.push_back(step.place);
      ends = tl::unexpected(answer.error());
      break;
    }
    if (const auto* refused = std::get_if<Refused>(&*answer)) {
      const LimitedScope& scope = step.place.scopes[refused->scope];
      // There may be room in what we have leased.
      if (!std::exchange(gave_back, true)) {
        const bool room = co_await leasing_->give_back(scope.id);
        if (room) {
          --next;
          continue;
        }
      }
      ends = quota::SharedAnswer(quota::Denied{.scope = scope.id,
                                               .scope_kind = scope.kind,
                                               .limit = refused->limit,
                                               .allowed = refused->allowed,
                                               .used = refused->used,
                                               .requested = refused->requested,
                                               .retry_after = refused->retry_after,
                                               .never = refused->never});
      break;
    }
    const auto& admitted = std::get<Admitted>(*answer);
    taken.push_back(step.place);
    admission.at = std::max(admission.at, admitted.at);
    for (std::size_t i = 0; i < step.scopes.size(); ++i) {
      told[step.scopes[i]] = admitted.scopes[i];
      admission.standing[step.scopes[i]] = standing_of(step.place.scopes[i], admitted.scopes[i]);
    }
  }
  if (!ends) {
    if (leasing_ && asked.steps.size() == 1) leasing_->told(asked.scopes, std::move(told));
    asked.done(quota::SharedAnswer(std::move(admission)));
    co_return;
  }
  if (cluster_) state_.outbox().abandoned(asked.charge);
  if (!taken.empty()) state_.undo_later(std::move(taken));
  asked.done(std::move(*ends));
}

void RedisLimits::abandon(const quota::SharedAsk& ask, ChargeId lease) {
  if (lease != ChargeId::none) return leasing_->put_back(lease, ask.tokens);
  OutboxCharge named;
  named.run = state_.outbox().run();
  named.open.charge = ask.charge;
  std::vector<ChargePlace> places;
  for (ChargeStep& step : steps_of(named.name(), ask.scopes, cluster_, cluster_ ? limited_shared(ask.scopes) : 0))
    places.push_back(std::move(step.place));
  state_.undo_later(std::move(places));
}

void RedisLimits::ended(ChargeId charge) {
  auto ended = state_.outbox().find(charge);
  if (!ended) return;
  if (ended->is_leased()) {
    if (leasing_) leasing_->ended(*ended);
  } else if (client_->connected()) {
    loop_.spawn(tell(std::move(*ended)));
  }
}

net::Task<void> RedisLimits::tell(OutboxCharge charge) {
  const LimitsOf limits = state_.limits();
  const bool understood = co_await tell_ending(*client_, functions_, charge, cluster_, limits);
  if (understood) state_.outbox().acknowledged(charge.run, charge.open.charge, loop_.now());
}

net::Task<bool> tell_ending(Client& client, const Functions& functions, const OutboxCharge& charge, bool cluster,
                            const LimitsOf& limits) {
  for (const EndingCall& call : endings_of(functions, charge, cluster, limits)) {
    const Result<Value> reply = co_await call_function(client, call.command);
    if (!reply) co_return false;
    bool unknown = false;
    if (call.of_lease) {
      const Result<Spent> spent = read_spent(*reply);
      if (!spent) co_return false;
      unknown = charge.is_lease() ? !spent->lease_known : !spent->unknown.empty();
    } else {
      const Result<EndAnswer> answer = read_end(*reply);
      if (!answer) co_return false;
      unknown = *answer == EndAnswer::unknown;
    }
    // What was admitted without Redis is booked at once: there is nothing more to say.
    if (!unknown || quota::is_unshared(charge.open.charge)) continue;
    const auto then = told_if_unknown(functions, call.step, charge);
    if (!then) continue;
    const Result<Value> second = co_await call_function(client, *then);
    if (!second || !read_end(*second)) co_return false;
  }
  co_return true;
}

void RedisLimits::look(std::span<const LimitedScope> scopes,
                       std::function<void(Result<std::vector<quota::SharedUsage>>)> done) {
  loop_.spawn(look_at({scopes.begin(), scopes.end()}, std::move(done)));
}

// Windows where the scopes live; totals from the tenants' books, once what has ended is in them.
net::Task<void> RedisLimits::look_at(std::vector<LimitedScope> scopes,
                                     std::function<void(Result<std::vector<quota::SharedUsage>>)> done) {
  std::vector<quota::SharedUsage> result;
  std::optional<Error> problem;
  const auto failed = [&problem](const Result<Value>& reply) {
    if (!reply) problem = reply.error();
    if (reply && reply->is_error()) problem = server_error(*reply);
    return problem.has_value();
  };
  std::vector<std::string> tags;  // of each scope
  std::set<std::string> books;    // the tags in whose totals they are: those that tenants share are in all
  std::string tenant = Keyspace::tenant_tag(0);
  for (const LimitedScope& scope : scopes) {
    if (scope.kind == ScopeKind::user) tenant = Keyspace::tenant_tag(scope.id);
    tags.push_back(Keyspace::home(tenant, scope.kind, scope.id));
    if (!Keyspace::is_shared(scope.kind)) books.insert(tenant);
    for (int i = 0; Keyspace::is_shared(scope.kind) && i < Keyspace::kTenantTags; ++i)
      books.insert(Keyspace::tenant_tag(i));
  }

  for (std::size_t i = 0; i < scopes.size() && !problem; ++i) {
    const ChargePlace place{tags[i], "", {scopes[i]}};
    const Command command = functions_.standing(place);
    const Result<Value> reply = co_await call_function(*client_, command);
    if (failed(reply)) break;
    const auto standing = read_standing(*reply, place.scopes);
    if (!standing) {
      problem = standing.error();
      break;
    }
    result.push_back({.scope = scopes[i].id, .standing = standing->front()});
  }
  for (const std::string& book : books) {
    if (problem) break;
    std::vector<std::size_t> counted;
    std::vector<ScopeName> names;
    for (std::size_t i = 0; i < scopes.size(); ++i) {
      if (!Keyspace::is_shared(scopes[i].kind) && tags[i] != book) continue;
      counted.push_back(i);
      names.push_back({scopes[i].kind, scopes[i].id});
    }
    if (names.empty()) continue;
    for (bool more = true; more && !problem;) {
      const Command roll_up = functions_.roll_up(book, kRollUpAtOnce, state_.ledger_kept(), state_.days_kept());
      const Result<Value> rolled = co_await call_function(*client_, roll_up);
      if (failed(rolled)) break;
      const auto added = read_roll_up(*rolled);
      more = added && added->lines >= kRollUpAtOnce;
    }
    if (problem) break;
    const Command totals = functions_.totals(book, std::nullopt, names);
    const Result<Value> reply = co_await call_function(*client_, totals);
    if (failed(reply)) break;
    const auto sums = read_totals(*reply);
    if (!sums || sums->size() != counted.size()) {
      problem = fail(ErrorCode::io, ErrorSource::storage, "redis: totals of another shape").value();
      break;
    }
    for (std::size_t k = 0; k < counted.size(); ++k) {
      result[counted[k]].requests += (*sums)[k][0];
      result[counted[k]].prompt_tokens += (*sums)[k][1];
      result[counted[k]].completion_tokens += (*sums)[k][2];
    }
  }
  if (problem) {
    done(tl::unexpected(*problem));
  } else {
    done(std::move(result));
  }
}

}  // namespace ktl::storage::redis
