#include "standin/engine/engine.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/rng.h"

namespace ktl::standin {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr SimTime kStart = std::chrono::hours(24 * 365);

struct Heard : TokenSink {
  std::int64_t tokens = 0;
  std::optional<Outcome> outcome;
  void on_progress(std::size_t, const Progress& progress) override {
    EXPECT_EQ(progress.generated_tokens, tokens + 1);
    tokens = progress.generated_tokens;
  }
  void on_end(std::size_t, const Outcome& end) override {
    EXPECT_FALSE(outcome.has_value());
    outcome = end;
  }
};

struct Bench {
  explicit Bench(EngineOptions options) : engine(std::move(options)) {}

  std::shared_ptr<Heard> submit(std::string rid, std::vector<TokenId> prompt, std::int64_t natural,
                                std::int64_t most = 1000) {
    AnswerOptions answer;
    answer.exact_tokens = natural;
    Job job;
    job.rid = std::move(rid);
    job.prompt = std::move(prompt);
    job.answer = std::make_shared<Answer>(make_answer("질문", answer));
    job.max_new_tokens = most;
    auto heard = std::make_shared<Heard>();
    job.sink = heard;
    last = engine.submit(std::move(job), now);
    return heard;
  }
  void run_to(SimTime until) {
    while (engine.next_event() && *engine.next_event() <= until) {
      now = *engine.next_event();
      engine.advance(now);
    }
    now = until;
  }
  void run_out() {
    while (engine.next_event()) run_to(*engine.next_event());
  }

  Engine engine;
  SimTime now = kStart;
  Submitted last = Submitted::accepted;
};

std::vector<TokenId> prompt_of(TokenId first, std::size_t length) {
  std::vector<TokenId> prompt(length);
  for (std::size_t i = 0; i < length; ++i) prompt[i] = first * 10'000 + static_cast<TokenId>(i);
  return prompt;
}

TEST(Engine, EndsByItselfOrByLengthWhicheverComesFirst) {
  Bench bench({});
  const auto stops = bench.submit("a", prompt_of(1, 30), 10);
  const auto cut = bench.submit("b", prompt_of(2, 30), 10, 4);
  bench.run_out();
  EXPECT_EQ(stops->outcome->reason, FinishReason::stop);
  EXPECT_EQ(stops->tokens, 10);
  EXPECT_EQ(cut->outcome->reason, FinishReason::length);
  EXPECT_EQ(cut->tokens, 4);
}

TEST(Engine, ARepeatedPromptHitsAllButItsLastToken) {
  Bench bench({});
  bench.submit("a", prompt_of(1, 30), 5);
  bench.run_out();
  const auto again = bench.submit("b", prompt_of(1, 30), 5);
  bench.run_out();
  EXPECT_EQ(again->outcome->usage.cached_tokens, 29);
  ASSERT_TRUE(bench.engine.flush_cache());
  const auto cold = bench.submit("c", prompt_of(1, 30), 5);
  bench.run_out();
  EXPECT_EQ(cold->outcome->usage.cached_tokens, 0);
}

TEST(Engine, RefusesWhenTheQueueIsFullAndBooksTheRefusal) {
  EngineOptions options;
  options.max_running_requests = 1;
  options.max_queued_requests = 2;
  Bench bench(options);
  bench.submit("running", prompt_of(1, 10), 50);
  bench.submit("w1", prompt_of(2, 10), 50);
  bench.submit("w2", prompt_of(3, 10), 50);
  EXPECT_EQ(bench.last, Submitted::accepted);
  bench.submit("w3", prompt_of(4, 10), 50);
  EXPECT_EQ(bench.last, Submitted::queue_full);
  EXPECT_EQ(bench.engine.books().totals().refused, 1);
  bench.submit("w1", prompt_of(5, 10), 50);
  EXPECT_EQ(bench.last, Submitted::duplicate_rid);
}

TEST(Engine, AbortMatchesByPrefixWaitingAtOnceRunningAfterOneMoreStep) {
  EngineOptions options;
  options.max_running_requests = 1;
  Bench bench(options);
  const auto running = bench.submit("abc1", prompt_of(1, 10), 500);
  const auto waiting = bench.submit("abc2", prompt_of(2, 10), 500);
  const auto other = bench.submit("xyz", prompt_of(3, 10), 5);
  bench.run_to(kStart + milliseconds(100));
  const std::int64_t before = running->tokens;
  ASSERT_GT(before, 0);
  EXPECT_EQ(bench.engine.abort("abc", false, bench.now), 2u);
  ASSERT_TRUE(waiting->outcome);
  EXPECT_EQ(waiting->outcome->usage.prompt_tokens, 0);
  EXPECT_FALSE(running->outcome);
  bench.run_out();
  EXPECT_EQ(running->outcome->reason, FinishReason::abort);
  EXPECT_EQ(running->tokens, before + 1);
  EXPECT_EQ(running->outcome->usage.prompt_tokens, 10);
  EXPECT_EQ(other->outcome->reason, FinishReason::stop);
  EXPECT_EQ(bench.engine.abort("", false, bench.now), 0u);
}

TEST(Engine, TheLiveBatchCapHolds) {
  Bench bench({});
  EXPECT_FALSE(bench.engine.set_batch_cap(64));
  EXPECT_FALSE(bench.engine.set_batch_cap(0));
  ASSERT_TRUE(bench.engine.set_batch_cap(3));
  for (TokenId i = 0; i < 10; ++i) bench.submit("r" + std::to_string(i), prompt_of(i, 20), 30);
  while (bench.engine.next_event()) {
    bench.run_to(*bench.engine.next_event());
    ASSERT_LE(bench.engine.running(), 3);
  }
  EXPECT_EQ(bench.engine.books().totals().finished, 10);
}

TEST(Engine, ALongPromptIsPrefilledInChunks) {
  EngineOptions options;
  options.chunked_prefill_size = 100;
  options.costs = {0, 1000, 1000, 0, 0};
  Bench bench(options);
  const auto heard = bench.submit("a", prompt_of(1, 250), 1000, 1);
  bench.run_to(kStart + milliseconds(249));
  EXPECT_EQ(heard->tokens, 0);
  EXPECT_EQ(bench.engine.next_event(), kStart + milliseconds(250));
  bench.run_out();
  EXPECT_EQ(heard->outcome->latency, milliseconds(250));
}

TEST(Engine, SpeedDividesTimeAndZeroAnswersAtOnce) {
  const auto latency = [](double speed) {
    EngineOptions options;
    options.speed = speed;
    Bench bench(options);
    const auto heard = bench.submit("a", prompt_of(1, 100), 100);
    bench.engine.advance(bench.now);
    bench.run_out();
    return heard->outcome->latency;
  };
  EXPECT_GT(latency(1), seconds(1));
  EXPECT_NEAR(static_cast<double>(latency(20).count()) * 20, static_cast<double>(latency(1).count()), 5'000);
  EXPECT_EQ(latency(0), SimTime{0});
}

// Random work in a small pool: every bound of the engine holds after every step, and its books are what was heard.
TEST(Engine, KeepsItsBoundsAndItsBooksUnderAnyLoad) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    EngineOptions options;
    options.max_running_requests = 1 + static_cast<std::int64_t>(rng.below(12));
    options.max_total_num_tokens = 300 + static_cast<std::int64_t>(rng.below(600));
    options.context_length = 280;
    options.chunked_prefill_size = rng.below(4) == 0 ? -1 : 20 + static_cast<std::int64_t>(rng.below(100));
    options.radix_cache = rng.below(5) != 0;
    if (rng.below(2) == 0) options.max_queued_requests = static_cast<std::int64_t>(1 + rng.below(6));
    Bench bench(options);
    std::vector<std::shared_ptr<Heard>> accepted;
    for (int i = 0; i < 120; ++i) {
      const std::size_t length = 1 + rng.below(200);
      auto prompt = prompt_of(static_cast<TokenId>(rng.below(4)), length);
      if (rng.below(2) == 0) prompt.back() = static_cast<TokenId>(i + 1'000'000);
      const auto natural = static_cast<std::int64_t>(2 + rng.below(120));
      const auto most = bench.engine.clamp_new_tokens(static_cast<std::int64_t>(1 + rng.below(300)),
                                                      static_cast<std::int64_t>(length));
      auto heard = bench.submit("r" + std::to_string(i), std::move(prompt), natural, most);
      if (bench.last == Submitted::accepted) accepted.push_back(std::move(heard));
      if (rng.below(6) == 0)
        bench.engine.abort("r" + std::to_string(rng.below(static_cast<std::uint64_t>(i) + 1)), false, bench.now);
      for (std::uint64_t steps = rng.below(12); steps > 0 && bench.engine.next_event(); --steps) {
        bench.run_to(*bench.engine.next_event());
        ASSERT_LE(bench.engine.running(), options.max_running_requests);
        ASSERT_GE(bench.engine.used_tokens(), 0);
        ASSERT_LE(bench.engine.used_tokens(), options.max_total_num_tokens);
        if (options.max_queued_requests) {
          ASSERT_LE(bench.engine.waiting(), *options.max_queued_requests + options.max_running_requests);
        }
      }
    }
    bench.run_out();
    std::int64_t heard_tokens = 0, heard_prompts = 0;
    for (const auto& heard : accepted) {
      ASSERT_TRUE(heard->outcome);
      EXPECT_EQ(heard->outcome->usage.generated_tokens, heard->tokens);
      heard_tokens += heard->tokens;
      heard_prompts += heard->outcome->usage.prompt_tokens;
    }
    const Books& books = bench.engine.books();
    EXPECT_EQ(books.totals().requests, static_cast<std::int64_t>(accepted.size()));
    EXPECT_EQ(books.totals().generated_tokens, heard_tokens);
    EXPECT_EQ(books.totals().prompt_tokens, heard_prompts);
    std::int64_t in_records = 0, in_minutes = 0;
    for (const auto& [number, record] : books.records()) in_records += record.generated_tokens;
    for (const auto& [minute, totals] : books.minutes()) in_minutes += totals.generated_tokens;
    EXPECT_EQ(in_records, heard_tokens);
    EXPECT_EQ(in_minutes, heard_tokens);
    EXPECT_EQ(bench.engine.used_tokens(), 0);
    EXPECT_EQ(bench.engine.unfinished(), 0);
  }
}

TEST(Engine, RetractsWhenThePoolIsFullAndStillFinishesEverybody) {
  EngineOptions options;
  options.max_total_num_tokens = 1600;
  options.context_length = 1000;
  Bench bench(options);
  std::vector<std::shared_ptr<Heard>> all{bench.submit("first", prompt_of(0, 20), 800)};
  // 600 steps without trouble make admission bold: it expects little of those that run.
  while (all[0]->tokens < 620) bench.run_to(*bench.engine.next_event());
  for (TokenId i = 1; i <= 6; ++i) {
    all.push_back(bench.submit("r" + std::to_string(i), prompt_of(i, 20), 400));
    bench.run_to(bench.now + milliseconds(100));
  }
  bench.run_out();
  EXPECT_EQ(all[0]->tokens, 800);
  for (std::size_t i = 1; i < all.size(); ++i) EXPECT_EQ(all[i]->tokens, 400);
  for (const auto& heard : all) EXPECT_EQ(heard->outcome->reason, FinishReason::stop);
  EXPECT_GT(bench.engine.stats().retractions, 0u);
  EXPECT_EQ(bench.engine.shown_load(bench.now).retracted, 0);
}

TEST(Books, AResetForgetsWhatEndedAndKeepsCountingWhatRuns) {
  Bench bench({});
  bench.submit("done", prompt_of(1, 10), 3);
  bench.run_out();
  const auto runs = bench.submit("runs", prompt_of(2, 10), 100);
  bench.run_to(bench.now + milliseconds(200));
  const std::int64_t before = runs->tokens;
  ASSERT_GT(before, 0);
  bench.engine.books().reset();
  bench.run_out();
  ASSERT_EQ(bench.engine.books().records().size(), 1u);
  EXPECT_EQ(bench.engine.books().totals().generated_tokens, 100 - before);
  EXPECT_EQ(bench.engine.books().totals().finished, 1);
}

}  // namespace
}  // namespace ktl::standin
