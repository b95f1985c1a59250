// Journeys where limits are shared: what a client gets while the store answers, refuses, or is lost, and what is told
// to the store. The store is a script.
#include <deque>

#include "gateway/journey_fixture.h"

namespace ktl::gateway {
namespace {

constexpr char kChat[] = R"({"model":"korean-qwen","messages":[{"role":"user","content":"안녕"}]})";

// Answers as it was told to; remembers what it was asked.
class ScriptedLimits final : public quota::SharedLimits {
 public:
  explicit ScriptedLimits(net::EventLoop& loop) : loop_(loop) {}

  bool reachable() const override { return reaches; }
  std::int64_t gateways() const override { return alive; }
  std::optional<quota::SharedAdmission> take(const quota::SharedAsk& ask) override {
    if (lease == ChargeId::none) return std::nullopt;
    taken.push_back(ask.charge);
    std::vector<quota::Standing> standing(ask.scopes.size());
    for (auto& scope : standing) scope.window[0] = {.limit = 7, .used = 2, .reset = Millis(60'000)};  // rpm
    return quota::SharedAdmission{WallTime(std::chrono::hours(1)), std::move(standing), lease};
  }
  void reserve(const quota::SharedAsk& ask, std::function<void(Result<quota::SharedAnswer>)> done) override {
    asked.push_back(ask.charge);
    for (const auto& scope : ask.scopes) kinds.push_back(scope.kind);
    Result<quota::SharedAnswer> answer =
        quota::SharedAnswer(quota::SharedAdmission{.at = WallTime(Millis(77)), .standing = {}});
    if (!answers.empty()) {
      answer = answers.front();
      answers.pop_front();
    } else {
      std::get<quota::SharedAdmission>(*answer).standing.resize(ask.scopes.size());
    }
    loop_.post([answer, done = std::move(done)] { done(answer); });
  }
  void ended(ChargeId charge) override { ends.push_back(charge); }
  void abandon(const quota::SharedAsk& ask, ChargeId of) override {
    abandoned.push_back(ask.charge);
    abandoned_lease = of;
  }
  void on_leases(std::function<void(int more)>) override {}
  void look(std::span<const quota::LimitedScope> scopes,
            std::function<void(Result<std::vector<quota::SharedUsage>>)> done) override {
    std::vector<quota::SharedUsage> usage;
    for (const auto& scope : scopes) usage.push_back({.scope = scope.id, .standing = {}, .requests = 7});
    loop_.post([usage, done = std::move(done)] { done(usage); });
  }

  bool reaches = true;
  std::int64_t alive = 1;
  std::deque<Result<quota::SharedAnswer>> answers;
  std::vector<ChargeId> asked, taken, ends, abandoned;
  ChargeId lease = ChargeId::none;  // everything is taken from it
  ChargeId abandoned_lease = ChargeId::none;
  std::vector<ScopeKind> kinds;

 private:
  net::EventLoop& loop_;
};

net::Task<void> answer_whole(net::HttpExchange& x, const std::string&) {
  co_await x.reply(200, "content-type: application/json\r\n",
                   R"({"id":"a","choices":[{"index":0,"message":{"role":"assistant","content":"네"},)"
                   R"("finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}})");
}

class SharedJourney : public JourneyFixture {
 public:
  void begin(Loss loss) {
    start(answer_whole);
    accounting =
        std::make_unique<Accounting>(Accounting::Options{.engine = {}, .bans = {}, .shared = loss}, store, clock);
    accounting->set_limits(key, ScopeKind::key, {});
    accounting->set_limits(user, ScopeKind::user, limits);
    services = std::make_unique<Services>(
        Services{options, clock, *accounting, catalogue, expected_output, *metrics, log, nullptr, draining, offload});
    loop_services = std::make_unique<LoopServices>(*services, loop, Rng(1));
    auto scripted = std::make_unique<ScriptedLimits>(loop);
    shared = scripted.get();
    loop_services->shared_limits = std::move(scripted);
  }
  std::size_t written(ledger::EntryKind kind) const {
    std::size_t count = 0;
    for (const auto& entry : store.entries()) count += entry.kind == kind ? 1U : 0U;
    return count;
  }
  ScriptedLimits* shared = nullptr;
};

#define SHARED_JOURNEY(name)    \
  struct name : SharedJourney { \
    net::Task<void> body();     \
  };                            \
  TEST_F(name, Holds) {         \
    run(body());                \
  }                             \
  net::Task<void> name::body()

SHARED_JOURNEY(AnAdmittedRequestIsWrittenDownAtTheStoresInstantAndItsEndIsTold) {
  begin(Loss::closed);
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(shared->asked, shared->ends);
  CO_ASSERT(store.entries().size() == 2);
  EXPECT_EQ(store.entries()[0].at, WallTime(Millis(77)));
  EXPECT_EQ(store.entries()[1].usage.prompt, 5);
  // As the ledger wants them, so that a journal entry need not name their kinds.
  EXPECT_EQ(shared->kinds[0], ScopeKind::key);
  EXPECT_EQ(shared->kinds[1], ScopeKind::user);
}

SHARED_JOURNEY(ARefusalOfTheStoreIsA429AndTheNextOneNeedsNoQuestion) {
  begin(Loss::local_share);
  shared->answers.emplace_back(quota::SharedAnswer(quota::Denied{.scope = user,
                                                                 .limit = quota::LimitKind::rpm,
                                                                 .allowed = 5,
                                                                 .used = 5,
                                                                 .requested = 1,
                                                                 .retry_after = Millis(9'000)}));
  const Got first = co_await ask(kChat);
  EXPECT_EQ(first.status, 429);
  EXPECT_EQ(first.header("retry-after"), "9");
  const Got second = co_await ask(kChat);
  EXPECT_EQ(second.status, 429);
  EXPECT_EQ(shared->asked.size(), 1U);
  EXPECT_TRUE(store.entries().empty());
}

SHARED_JOURNEY(ClosedALostStoreIsA503) {
  begin(Loss::closed);
  shared->reaches = false;
  const Got lost = co_await ask(kChat);
  EXPECT_EQ(lost.status, 503);
  EXPECT_EQ(lost.header("retry-after"), "2");
  shared->reaches = true;
  shared->answers.emplace_back(fail(ErrorCode::timeout, ErrorSource::storage, "no answer"));
  const Got silent = co_await ask(kChat);
  EXPECT_EQ(silent.status, 503);
  EXPECT_TRUE(requests.empty());
}

SHARED_JOURNEY(LocalShareAdmitsTheLimitByTheGatewaysAndCountsWhatItAdmittedBefore) {
  limits[quota::LimitKind::rpm] = 7;
  begin(Loss::local_share);
  shared->alive = 3;
  const Got before = co_await ask(kChat);
  EXPECT_EQ(before.header("x-token-limiter-store"), "");
  shared->reaches = false;
  const Got during = co_await ask(kChat);  // the second of two: 7 / 3
  EXPECT_EQ(during.status, 200);
  EXPECT_EQ(during.header("x-token-limiter-store"), "local_share");
  EXPECT_EQ(during.header("x-ratelimit-limit-requests"), "2");
  const Got over = co_await ask(kChat);
  EXPECT_EQ(over.status, 429);
  CO_ASSERT(shared->ends.size() == 2);
  EXPECT_FALSE(quota::is_unshared(shared->ends[0]));
  EXPECT_TRUE(quota::is_unshared(shared->ends[1]));
}

SHARED_JOURNEY(WhatIsTooBigForTheShareAloneMayComeAgain) {
  limits[quota::LimitKind::tpm] = 150;
  begin(Loss::local_share);
  shared->alive = 2;
  shared->reaches = false;
  const Got got = co_await ask(kChat);  // about 100 tokens
  EXPECT_EQ(got.status, 429);
  EXPECT_EQ(got.header("x-should-retry"), "");
  EXPECT_EQ(got.header("retry-after"), "5");
}

SHARED_JOURNEY(OpenAdmitsEverything) {
  limits[quota::LimitKind::rpm] = 1;
  begin(Loss::open);
  shared->reaches = false;
  for (int i = 0; i < 3; ++i) {
    const Got got = co_await ask(kChat);
    EXPECT_EQ(got.status, 200);
    EXPECT_EQ(got.header("x-token-limiter-store"), "open");
  }
}

SHARED_JOURNEY(WhatComesFromALeaseIsNotAskedForAndNamesItInTheJournal) {
  limits[quota::LimitKind::rpm] = 7;
  begin(Loss::closed);
  shared->lease = ChargeId{99};
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 200);
  EXPECT_EQ(got.header("x-ratelimit-remaining-requests"), "4") << "two that were told, and this one";
  EXPECT_TRUE(shared->asked.empty());
  EXPECT_EQ(shared->taken, shared->ends);
  EXPECT_EQ(metrics->leased.value(), 1U);
  CO_ASSERT(store.entries().size() == 2);
  EXPECT_EQ(store.entries()[0].lease, ChargeId{99});
  EXPECT_EQ(store.entries()[0].at, WallTime(std::chrono::hours(1)));
  EXPECT_EQ(store.entries()[1].usage.prompt, 5);
}

SHARED_JOURNEY(WhatCannotBeWrittenDownGoesBackToItsLease) {
  begin(Loss::closed);
  shared->lease = ChargeId{99};
  store.refuse_opens("full");
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 503);
  EXPECT_EQ(shared->abandoned, shared->taken);
  EXPECT_EQ(shared->abandoned_lease, ChargeId{99});
}

SHARED_JOURNEY(AnAdmissionThatCannotBeWrittenDownIsAbandoned) {
  begin(Loss::local_share);
  store.refuse_opens("full");
  const Got got = co_await ask(kChat);
  EXPECT_EQ(got.status, 503);
  EXPECT_EQ(shared->abandoned, shared->asked);
  EXPECT_TRUE(shared->ends.empty());
  EXPECT_EQ(written(ledger::EntryKind::open), 0U);
}

SHARED_JOURNEY(ALookBringsWhatAllGatewaysBooked) {
  begin(Loss::closed);
  const ScopeId scopes[] = {user, key};
  co_await accounting->look(*shared, scopes);
  EXPECT_EQ(accounting->totals_of(user).requests, 7);
}

}  // namespace
}  // namespace ktl::gateway
