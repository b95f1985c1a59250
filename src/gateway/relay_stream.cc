// A stream on its way: events come from the engine, are looked at, lose what the client did not ask for, and go on. The
// head of our answer is held back until the first event is known to be good, because SGLang reports a full queue as
// "200 OK" with an error inside. The books are settled before the client gets the last event.
#include <algorithm>

#include "gateway/departure.h"
#include "gateway/phases.h"
#include "gateway/reply.h"
#include "protocol/engine_error.h"
#include "protocol/messages.h"
#include "protocol/sse.h"
#include "protocol/stream_event.h"

namespace ktl::gateway {
namespace {

constexpr std::size_t kMaxEventBytes = 8 * 1024 * 1024;

Task<void> read_to_end(upstream::Link& link, std::unique_ptr<net::ClientConnection> connection) {
  while (!connection->all_received()) {
    connection->consume(connection->body().size());
    auto more = co_await connection->receive(Millis(1'000));
    if (!more) co_return;
  }
  connection->consume(connection->body().size());
  link.pool().give_back(std::move(connection));
}

class StreamRelay {
 public:
  StreamRelay(Exchange& x, Departure& departure) : x_(x), departure_(departure) {
    rewrite_.model = x.asked_model;
    rewrite_.id_prefix = protocol::id_prefix_of(x.endpoint);
  }

  // Takes all whole events that have come; what the client shall see is appended to `out`.
  void take_events(net::ClientConnection& connection, std::string& out) {
    std::size_t consumed = 0;
    while (!done_ && !error_) {
      const auto event = splitter_.next(connection.body(), consumed);
      if (!event) break;
      take(*event, out);
      connection.consume(consumed);
    }
    measure_tokens();
  }

  bool done() const { return done_; }
  const std::optional<protocol::EngineError>& error() const { return error_; }
  bool head_sent() const { return head_sent_; }

  // Sends what is in `out`; the first time with the head of the answer. False when the client is gone.
  net::Sending send(const std::string& out, bool last) {
    if (departure_.client_left()) return net::Sending(false);
    if (!head_sent_) {
      head_sent_ = true;
      x_.status = 200;
      std::string& headers = x_.on.headers;
      headers.assign("content-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n");
      append_account_headers(headers, x_);
      x_.http.start_stream(200, headers);
    }
    return last ? x_.http.write_last(out) : x_.http.write(out);
  }

  // What the engine used, if it did not say so itself: the prompt as counted, and at least what came out.
  void fill_in_usage() {
    if (!x_.usage_known) x_.usage = {.prompt = x_.prompt_tokens, .completion = 0, .cached = 0, .reasoning = 0};
    x_.usage.completion = std::max(x_.usage.completion, seen_tokens_);
  }
  bool anything_generated() const { return seen_tokens_ > 0 || x_.usage_known; }

 private:
  // Events that came together were generated one after the other: the time since those before them is theirs alike.
  void measure_tokens() {
    if (content_events_ == 0) return;
    const std::int64_t told = x_.usage.completion - measured_tokens_;
    const std::int64_t tokens = std::max(content_events_, x_.usage_known ? told : 0);
    const MonoTime now = x_.on.loop.now();
    if (last_token_) {
      const auto gap = std::chrono::duration_cast<std::chrono::microseconds>(now - *last_token_);
      x_.model->metrics->inter_token.observe(gap.count() / tokens, static_cast<std::uint64_t>(tokens));
    }
    last_token_ = now;
    measured_tokens_ = x_.usage.completion;
    content_events_ = 0;
  }

  void take(const protocol::SseEvent& event, std::string& out) {
    if (!event.has_data) {
      out.append(event.raw);
      return;
    }
    const protocol::StreamEvent facts = protocol::inspect_event(x_.endpoint, event);
    if (facts.error) {
      error_ = facts.error;
      return;
    }
    if (facts.usage) {
      protocol::merge_usage(x_.usage, *facts.usage);
      x_.usage_known = true;
    }
    if (facts.has_content) {
      if (!x_.first_token) x_.first_token = x_.on.loop.now();
      ++content_events_;
      if (!x_.usage_known)
        seen_tokens_ += std::max<std::int64_t>(1, facts.content.empty() ? 1 : x_.model->counter->count_text(facts.content).tokens);
    }
    done_ = facts.is_done;
    if (facts.usage_only && !x_.include_usage) return;
    rewrite_.strip_usage = !x_.continuous_usage && !facts.usage_only;
    protocol::rewrite_event(event, facts, rewrite_, out);
  }

  Exchange& x_;
  Departure& departure_;
  protocol::EventSplitter splitter_;
  protocol::RewriteOptions rewrite_;
  std::optional<protocol::EngineError> error_;
  std::int64_t seen_tokens_ = 0;  // counted by us while the engine says nothing
  std::int64_t content_events_ = 0;  // that came since tokens were last measured
  std::int64_t measured_tokens_ = 0;
  std::optional<MonoTime> last_token_;
  bool done_ = false;
  bool head_sent_ = false;
};

}  // namespace

Task<void> relay_stream(Exchange& x, upstream::Link& link, upstream::Link::Call call, Departure& departure) {
  net::ClientConnection& connection = *call.connection;
  departure.connection() = &connection;
  StreamRelay relay(x, departure);
  std::optional<Error> broken;
  for (;;) {
    std::string& out = x.on.out;
    out.clear();
    relay.take_events(connection, out);
    if (relay.done() || relay.error()) break;
    if (!out.empty()) {
      const bool sent = co_await relay.send(out, false);
      // The client stopped reading for too long, or its connection broke under a write.
      if (!sent && !departure.client_left()) departure.stop_engine();
    }
    if (connection.all_received()) {
      broken = Error{ErrorCode::closed, ErrorSource::upstream, Retry::no, "the stream ended without its last event"};
      break;
    }
    if (connection.body().size() > kMaxEventBytes) {
      broken = Error{ErrorCode::too_large, ErrorSource::upstream, Retry::no, "an event of the stream never ends"};
      break;
    }
    const auto more = co_await connection.receive(x.shared().options.stream_idle_timeout);
    if (!more) {
      broken = more.error();
      break;
    }
  }
  departure.connection() = nullptr;

  if (relay.done()) {
    relay.fill_in_usage();
    const bool left = departure.client_left() || x.http.client_gone();
    x.outcome = left ? "client_left" : "ok";
    settle(x, left ? ledger::Outcome::client_left : ledger::Outcome::ok);
    x.permit.give_back();
    // x.on.out still holds the last events: nothing was awaited since they were taken.
    const bool whole = co_await relay.send(x.on.out, true);
    if (!whole) x.status = 499;
    x.on.loop.spawn(read_to_end(link, std::move(call.connection)));
    co_return;
  }

  Services& services = x.shared();
  if (departure.client_left() || x.http.client_gone()) {
    relay.fill_in_usage();
    x.status = 499;
    x.outcome = "client_left";
    settle(x, ledger::Outcome::client_left);
    co_return;
  }

  // The engine refused, failed or fell silent.
  x.count_engine_failure();
  x.outcome = "engine_failed";
  protocol::ApiError error = protocol::engine_failed(x.language);
  if (relay.error()) {
    error = protocol::to_api_error(*relay.error(), x.language);
  } else if (broken->code == ErrorCode::timeout) {
    error = protocol::engine_timeout(x.language, services.options.stream_idle_timeout);
    departure.stop_engine();
  }
  services.log.warn("a stream broke off", {{"upstream", x.upstream_name}, {"rid", x.id.view()},
                                           {"reason", relay.error() ? relay.error()->message : broken->message}});
  // What stood before an error event and is not sent yet. After a wait x.on.out belongs to somebody else.
  const std::string unsent = relay.error() ? x.on.out : std::string();
  if (relay.anything_generated()) {
    relay.fill_in_usage();
    settle(x, ledger::Outcome::engine_failed);
  } else if (error.status >= 500) {
    release(x);
  } else {
    settle(x, ledger::Outcome::engine_failed);
  }
  if (!relay.head_sent() && unsent.empty()) {
    co_await reply_error(x, error, error.status == 503 ? "retry-after: 1\r\n" : "");
    co_return;
  }
  const std::string last = unsent + protocol::render_event(error, x.dialect);
  co_await relay.send(last, true);
}

}  // namespace ktl::gateway
