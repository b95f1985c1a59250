#include "storage/redis/cluster_client.h"

#include <algorithm>
#include <utility>

#include "storage/redis/fail_later.h"

namespace ktl::storage::redis {
namespace {

constexpr int kMaxAttempts = 10;
constexpr Millis kFirstRetry{5};  // doubles with each attempt
constexpr Millis kLongestRetry{100};
constexpr Millis kSoon{20};

Millis doubled(Millis first, std::size_t times, Millis longest) {
  return std::min(longest, Millis(first.count() << std::min<std::size_t>(times, 20)));
}

// The server did not execute the command, and may do so soon.
bool is_for_later(const Value& reply) {
  return reply.is_error("TRYAGAIN") || reply.is_error("CLUSTERDOWN") || reply.is_error("MASTERDOWN") ||
         reply.is_error("LOADING");
}

Error closed() {
  return {ErrorCode::canceled, ErrorSource::storage, Retry::no, "redis cluster: the client was closed"};
}

}  // namespace

ClusterClient::ClusterClient(net::EventLoop& loop, std::vector<Target> seeds, Login login, const ClientOptions& options,
                             std::shared_ptr<TlsContext> tls, Rng rng)
    : loop_(loop),
      seeds_(std::move(seeds)),
      login_(std::move(login)),
      options_(options),
      tls_(std::move(tls)),
      rng_(rng),
      early_(loop, options, "redis cluster") {
  login_.any_role = true;
  owners_.fill(kNobody);
  add_seeds();
  request_map(kSoon);
}

ClusterClient::~ClusterClient() {
  closing_ = true;
  for (const Parked& parked : std::exchange(parked_, {})) parked.call->done(tl::unexpected(closed()));
  for (const EarlyCalls::Call& call : early_.end()) call.done(tl::unexpected(closed()));
  masters_.clear();
  std::exchange(nodes_, {}).clear();
  std::exchange(retired_, {}).clear();
}

std::string ClusterClient::problem() const {
  if (connected_) return "";
  for (const Connection* master : masters_) {
    if (!master->open()) return describe(master->name()) + ": " + master->problem();
  }
  if (!problem_.empty()) return problem_;
  for (const Node& node : nodes_) {
    if (!node.connection->open()) return describe(node.address.endpoint) + ": " + node.connection->problem();
  }
  return "not every slot has a master";
}

void ClusterClient::call(std::string_view slot_key, std::span<const std::string_view> words, Done done) {
  if (closing_) return fail_later(loop_, std::move(done), closed());
  const std::uint16_t slot = slot_of(slot_key);
  const MonoTime deadline = loop_.now() + options_.call_timeout;
  std::string command;
  append_command(command, words);
  if (!early_.ended()) return early_.add({std::move(command), deadline, std::move(done), slot});
  attempt(std::make_shared<Call>(Call{slot, std::move(command), std::move(done), deadline}));
}

// The first map is here, or is not to be had for now: who waited for it goes the way of all calls.
void ClusterClient::release_early() {
  for (EarlyCalls::Call& early : early_.end())
    attempt(std::make_shared<Call>(Call{early.slot, std::move(early.command), std::move(early.done), early.deadline}));
}

void ClusterClient::attempt(const CallPointer& call) {
  const std::uint16_t index = call->ask ? node_at(*call->ask) : owners_[call->slot];
  if (index != kNobody && (nodes_[index].connection->open() || call->attempts == 0)) return send(call, nodes_[index]);
  if (call->attempts > 0) return park(call, "the master of the slot is not connected");
  if (connected_) request_map(Millis(0));
  fail_later(loop_, std::move(call->done),
             {ErrorCode::unavailable, ErrorSource::storage, Retry::yes, "redis cluster: " + problem()});
}

void ClusterClient::send(const CallPointer& call, Node& node) {
  ++call->attempts;
  if (std::exchange(call->ask, std::nullopt)) {
    const std::string_view asking[] = {"ASKING"};
    node.connection->send(asking, call->deadline, [](const Result<Value>&) {});
  }
  node.connection->send_encoded(call->command, call->deadline, [this, call, asked = node.address](Result<Value> reply) {
    on_reply(call, asked, std::move(reply));
  });
}

void ClusterClient::on_reply(const CallPointer& call, const NodeAddress& asked, Result<Value> reply) {
  if (!reply || !reply->is_error() || closing_) return call->done(std::move(reply));
  if (const auto where = parse_redirect(*reply, asked.endpoint.host)) return redirect(call, *where);
  if (!is_for_later(*reply)) return call->done(std::move(reply));
  if (reply->is_error("CLUSTERDOWN")) request_map(kSoon);
  park(call, reply->text.substr(0, reply->text.find(' ')));
}

void ClusterClient::redirect(const CallPointer& call, const Redirect& where) {
  std::uint16_t index = node_at(where.endpoint);
  if (index == kNobody)
    index = add_node({where.endpoint, is_numeric(where.endpoint.host) ? where.endpoint.host : "", ""});
  if (where.ask) {
    call->ask = where.endpoint;
  } else {
    owners_[where.slot] = index;
    request_map(kSoon);
  }
  if (call->attempts >= kMaxAttempts) return finish_unexecuted(call, "redirected too often");
  attempt(call);
}

// Tries again in a while, if there is time.
void ClusterClient::park(const CallPointer& call, const std::string& why) {
  const Millis pause = doubled(kFirstRetry, static_cast<std::size_t>(call->attempts), kLongestRetry);
  const auto half = static_cast<std::uint64_t>(pause.count() / 2);
  const MonoTime due = loop_.now() + pause - Millis(static_cast<std::int64_t>(rng_.below(half + 1)));
  const bool hopeless = call->attempts >= kMaxAttempts || due >= call->deadline;
  if (hopeless || parked_.size() >= options_.max_waiting_calls) return finish_unexecuted(call, why);
  parked_.push_back({due, call});
  arm_parked();
}

void ClusterClient::arm_parked() {
  if (parked_.empty()) return;
  const auto earlier = [](const Parked& a, const Parked& b) { return a.due < b.due; };
  const MonoTime due = std::min_element(parked_.begin(), parked_.end(), earlier)->due;
  loop_.arm(parked_timer_, due, [this] { retry_parked(); });
}

void ClusterClient::retry_parked() {
  const MonoTime now = loop_.now();
  std::vector<Parked> due = std::exchange(parked_, {});
  const auto later =
      std::stable_partition(due.begin(), due.end(), [now](const Parked& parked) { return parked.due <= now; });
  parked_.assign(std::make_move_iterator(later), std::make_move_iterator(due.end()));
  due.erase(later, due.end());
  arm_parked();
  for (const Parked& parked : due) {
    ++parked.call->attempts;
    attempt(parked.call);
  }
}

void ClusterClient::finish_unexecuted(const CallPointer& call, const std::string& why) {
  call->done(fail(ErrorCode::unavailable, ErrorSource::storage, "redis cluster: " + why, Retry::yes));
}

}  // namespace ktl::storage::redis
