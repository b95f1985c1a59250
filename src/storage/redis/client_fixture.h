#pragma once
// What tests of the Redis client share: a loop that runs until something is so, and calls whose ends are counted.
#include <chrono>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "net/event_loop.h"
#include "storage/redis/client.h"

namespace ktl::storage::redis {

// Runs the loop until `condition` holds; false (and a failed test) if that takes longer than `patience`.
template <class Condition>
bool run_until(net::EventLoop& loop, const Condition& condition, Millis patience = Millis(20'000)) {
  const MonoTime end = std::chrono::steady_clock::now() + patience;
  bool holds = false;
  net::Timer timer;
  std::function<void()> look = [&] {
    holds = condition();
    if (holds || std::chrono::steady_clock::now() > end) return loop.stop();
    loop.arm(timer, loop.now() + Millis(1), look);
  };
  loop.arm(timer, loop.now(), look);
  loop.run();
  EXPECT_TRUE(holds) << "waited in vain for " << patience.count() << " ms";
  return holds;
}

// What was deferred before runs, and what was called is sent.
inline void run_a_turn(net::EventLoop& loop) {
  bool turned = false;
  loop.defer([&] { turned = true; });
  run_until(loop, [&] { return turned; });
}

// A number of calls, each of which must end exactly once.
class Calls {
 public:
  struct Outcome {
    int ends = 0;
    Result<Value> result = Value();
  };

  Done next() {
    outcomes_->emplace_back();
    return [outcomes = outcomes_, order = order_, index = outcomes_->size() - 1](Result<Value> result) {
      ++(*outcomes)[index].ends;
      (*outcomes)[index].result = std::move(result);
      order->push_back(index);
    };
  }
  std::size_t size() const { return outcomes_->size(); }
  std::size_t ended() const { return order_->size(); }
  bool all_ended() const { return ended() >= size(); }
  const Result<Value>& result(std::size_t index) const { return (*outcomes_)[index].result; }
  const std::vector<std::size_t>& order() const { return *order_; }
  void expect_each_ended_once() const {
    for (std::size_t i = 0; i < size(); ++i) ASSERT_EQ((*outcomes_)[i].ends, 1) << "call " << i;
  }

 private:
  std::shared_ptr<std::vector<Outcome>> outcomes_ = std::make_shared<std::vector<Outcome>>();
  std::shared_ptr<std::vector<std::size_t>> order_ = std::make_shared<std::vector<std::size_t>>();
};

inline void call(Client& client, std::initializer_list<std::string_view> words, Done done) {
  const std::string_view key = words.size() > 1 ? words.begin()[1] : std::string_view();
  client.call(key, {words.begin(), words.size()}, std::move(done));
}

// One call from beginning to end.
inline Result<Value> ask(net::EventLoop& loop, Client& client, std::initializer_list<std::string_view> words) {
  Calls calls;
  call(client, words, calls.next());
  run_until(loop, [&] { return calls.all_ended(); });
  return calls.result(0);
}

// The same where a reply is expected; a failed test and an empty value if there is none.
inline Value answer(net::EventLoop& loop, Client& client, std::initializer_list<std::string_view> words) {
  Result<Value> result = ask(loop, client, words);
  if (result) return std::move(*result);
  ADD_FAILURE() << result.error().message;
  return {};
}

inline ClientOptions patient() {
  ClientOptions options;
  options.call_timeout = Millis(10'000);  // sanitizers and a busy machine are slow
  return options;
}

inline std::unique_ptr<Client> open(net::EventLoop& loop, const std::string& url,
                                    const ClientOptions& options = patient()) {
  auto client = open_client(loop, parse_url(url).value(), options, Rng(1));
  if (!client) throw std::runtime_error(client.error().message);
  return std::move(*client);
}

inline std::unique_ptr<Client> open_and_connect(net::EventLoop& loop, const std::string& url,
                                                const ClientOptions& options = patient()) {
  auto client = open(loop, url, options);
  const bool connected = run_until(loop, [&] { return client->connected(); });
  EXPECT_TRUE(connected) << client->problem();
  return client;
}

inline void expect_failure(const Result<Value>& result, ErrorCode code, Retry retry) {
  ASSERT_FALSE(result) << "a reply: " << result->text;
  EXPECT_EQ(result.error().code, code) << result.error().message;
  EXPECT_EQ(result.error().retry, retry) << result.error().message;
  EXPECT_EQ(result.error().source, ErrorSource::storage);
}

// Of two calls more than may wait the last two are refused, and the others answered.
inline void expect_no_more_than(std::size_t most, net::EventLoop& loop, Client& client) {
  Calls calls;
  for (std::size_t i = 0; i < most + 2; ++i) call(client, {"INCR", "n"}, calls.next());
  EXPECT_EQ(calls.ended(), 0u) << "done ran inside call()";
  run_until(loop, [&] { return calls.all_ended(); });
  calls.expect_each_ended_once();
  for (std::size_t i = 0; i < most; ++i) EXPECT_TRUE(calls.result(i));
  for (std::size_t i = most; i < most + 2; ++i) expect_failure(calls.result(i), ErrorCode::unavailable, Retry::yes);
}

}  // namespace ktl::storage::redis
