#include "storage/redis/session.h"

#include <future>

#include "base/check.h"
#include "base/named_thread.h"
#include "net/latch.h"

namespace ktl::storage::redis {
namespace {

net::Task<void> answer(Client& client, const Command& command, Result<Value>& into, net::Latch& answered) {
  Result<Value> reply = co_await call_function(client, command);
  into = std::move(reply);
  answered.count_down();
}

net::Task<void> answer_all(net::EventLoop& loop, Client& client, std::span<const Command> commands,
                           std::promise<std::vector<Result<Value>>>& promise) {
  std::vector<Result<Value>> replies(commands.size());
  net::Latch answered(commands.size());
  for (std::size_t i = 0; i < commands.size(); ++i) loop.spawn(answer(client, commands[i], replies[i], answered));
  co_await answered;
  promise.set_value(std::move(replies));
}

net::Task<void> wait_for_connection(net::EventLoop& loop, Client& client, MonoTime until, std::promise<bool>& promise) {
  while (!client.connected() && loop.now() < until) co_await loop.sleep(Millis(5));
  promise.set_value(client.connected());
}

}  // namespace

net::Task<Result<Value>> call_function(Client& client, const Command& command) {
  const auto words = command.views();
  Result<Value> reply = co_await client.execute(command.slot_key, words);
  const bool missing = reply && reply->is_error() && reply->text.find("Function not found") != std::string::npos;
  if (!missing) co_return reply;
  // A server that was emptied, or a replica that has become a master.
  const Command load = Functions::load();
  const auto load_words = load.views();
  const Result<Value> loaded = co_await client.execute(command.slot_key, load_words);
  if (!loaded) co_return tl::unexpected(loaded.error());
  if (loaded->is_error()) co_return *loaded;
  Result<Value> second = co_await client.execute(command.slot_key, words);
  co_return second;
}

Result<Value> unless_error(Result<Value> reply) {
  if (!reply || !reply->is_error()) return reply;
  return fail(ErrorCode::io, ErrorSource::storage, "redis: " + reply->text);
}

Result<std::unique_ptr<Session>> Session::open(const Options& options) {
  std::unique_ptr<Session> session(new Session);
  session->cluster_ = options.url.cluster;
  auto client = open_client(session->loop_, options.url, options.client, Rng::from_system());
  if (!client) return tl::unexpected(client.error());
  session->client_ = std::move(*client);
  session->thread_ = named_thread("redis", [raw = session.get()] { raw->loop_.run(); });
  if (auto ready = session->wait_for_server(options.patience); !ready) return tl::unexpected(ready.error());
  return session;
}

Result<void> Session::wait_for_server(Millis patience) {
  std::promise<bool> connected;
  loop_.post([this, patience, &connected] {
    loop_.spawn(wait_for_connection(loop_, *client_, loop_.now() + patience, connected));
  });
  if (!connected.get_future().get()) {
    std::promise<std::string> problem;
    loop_.post([this, &problem] { problem.set_value(client_->problem()); });
    return fail(ErrorCode::unavailable, ErrorSource::storage, "no connection to Redis: " + problem.get_future().get(),
                Retry::yes);
  }
  const Result<Value> about = call(Functions::about());
  if (!about) return tl::unexpected(about.error());
  const Result<bool> current = read_about(*about);
  if (!current) return tl::unexpected(current.error());
  if (*current) return {};
  const Result<Value> loaded = call(Functions::load());
  if (!loaded) return tl::unexpected(loaded.error());
  if (loaded->is_error())
    return fail(ErrorCode::invalid, ErrorSource::storage, "Redis does not take our functions: " + loaded->text);
  return {};
}

Session::~Session() {
  if (!thread_.joinable()) return;
  loop_.post([this] {
    client_.reset();
    loop_.stop();
  });
  thread_.join();
}

Result<Value> Session::call(const Command& command) {
  return std::move(call_all({&command, 1}).front());
}

std::vector<Result<Value>> Session::call_all(std::span<const Command> commands) {
  KTL_CHECK(std::this_thread::get_id() != thread_.get_id(), "the session's own thread does not wait for itself");
  std::promise<std::vector<Result<Value>>> promise;
  auto future = promise.get_future();
  loop_.post([this, commands, &promise] { loop_.spawn(answer_all(loop_, *client_, commands, promise)); });
  return future.get();
}

}  // namespace ktl::storage::redis
