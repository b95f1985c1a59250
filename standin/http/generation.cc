#include "standin/http/generation.h"

#include <algorithm>

namespace ktl::standin {
namespace {

constexpr Millis kStreamAbortDelay{2'000};
constexpr Millis kDisconnectPoll{4'000};
constexpr std::string_view kGarbage = "data: {\"id\":\"\xFF\xFE\",\n\n";  // neither JSON nor UTF-8

// One call on its way: what the coroutines below share.
struct Call {
  Standin& standin;
  net::HttpExchange& exchange;
  Generation generation;
  std::unique_ptr<Dialect> dialect;
  std::shared_ptr<Inbox> inbox;
  SimTime arrived;

  const Behaviour& behaviour() const { return generation.behaviour; }
  Answer const& answer(std::size_t i) const { return *generation.choices[i].answer; }

  Progress reported(Progress progress) const {
    progress.generated_tokens += behaviour().wrong_usage.value_or(0);
    return progress;
  }

  Progress total() const {
    Progress sum;
    for (std::size_t i = 0; i < inbox->slots().size(); ++i) {
      const Inbox::Slot& slot = inbox->slots()[i];
      const Progress& usage = slot.end ? slot.end->usage : slot.progress;
      sum.prompt_tokens += usage.prompt_tokens;
      sum.generated_tokens += usage.generated_tokens;
      if (generation.choices[i].reported_prompt_tokens > 0) sum.cached_tokens += usage.cached_tokens;
    }
    return reported(sum);
  }

  std::string text(std::size_t i, std::int64_t from, std::int64_t to) const {
    std::string out;
    for (std::int64_t k = from; k < to; ++k) out += answer(i).piece(k, generation.ignore_eos);
    return out;
  }

  ChoiceResult result(std::size_t i) const {
    ChoiceResult done;
    done.answer = generation.choices[i].answer;
    done.outcome = *inbox->slots()[i].end;
    done.outcome.usage = reported(done.outcome.usage);
    done.text = text(i, 0, inbox->slots()[i].end->usage.generated_tokens);
    return done;
  }

  void abort() const {
    for (const std::string& rid : dialect->facts.ids) standin.abort(rid, false);
  }
};

void watch_client(Call& call) {
  // Called at most once while the exchange lives, so what it refers to is there.
  call.exchange.on_client_gone([&call] {
    call.inbox->client_left();
    if (call.inbox->all_ended()) return;
    Standin& standin = call.standin;
    Millis delay{0};
    if (call.generation.stream && call.exchange.response_started()) {
      if (standin.options().zombie) return;
      delay = standin.scaled(kStreamAbortDelay);
    } else if (const Millis poll = standin.scaled(kDisconnectPoll); poll.count() > 0) {
      delay = poll - std::chrono::duration_cast<Millis>(standin.now() - call.arrived) % poll;
    }
    standin.abort_later(call.inbox, call.dialect->facts.ids, delay);
  });
}

std::optional<ApiError> check_lengths(const Standin& standin, const Engine& engine, const Generation& generation) {
  const std::int64_t context = standin.options().engine.context_length;
  for (const Generation::Choice& choice : generation.choices) {
    const auto prompt = static_cast<std::int64_t>(choice.prompt.size());
    std::string message;
    if (prompt >= context) {
      add(message, "The input (", prompt, " tokens) is longer than the model's context length (", context, " tokens).");
      return ApiError{400, message};
    }
    const std::int64_t wanted = generation.max_tokens.value_or(0);
    if (prompt + wanted > context) {
      add(message, "Requested token count exceeds the model's maximum context length of ", context,
          " tokens. You requested a total of ", prompt + wanted, " tokens: ", prompt,
          " tokens from the input messages and ", wanted,
          " tokens for the completion. Please reduce the number of tokens in the input messages or the completion to "
          "fit "
          "within the limit.");
      return ApiError{400, message};
    }
    if (prompt >= engine.max_request_input()) {
      add(message, "Input length (", prompt, " tokens) exceeds the maximum allowed length (",
          engine.max_request_input(), " tokens). Use a shorter input or enable --allow-auto-truncate.");
      return ApiError{400, message, ApiError::By::scheduler};
    }
  }
  return std::nullopt;
}

// Names the choices, and gives them to the engine: all or none.
std::optional<ApiError> submit(Call& call) {
  Standin& standin = call.standin;
  Engine& engine = standin.engine();
  Generation& generation = call.generation;
  std::vector<std::string>& ids = call.dialect->facts.ids;
  const bool batch = generation.choices.size() > 1;
  for (std::size_t i = 0; i < generation.choices.size(); ++i) {
    if (!batch && !generation.rid.empty()) {
      ids.push_back(generation.rid);
    } else if (!generation.rid.empty() && !generation.copies) {
      ids.push_back(generation.rid + "_" + std::to_string(i));
    } else {
      ids.push_back(standin.new_rid());
    }
    if (engine.is_live(ids.back())) return ApiError{400, "Duplicate request ID detected: " + ids.back()};
  }
  standin.pump();
  for (std::size_t i = 0; i < generation.choices.size(); ++i) {
    Generation::Choice& choice = generation.choices[i];
    Job job;
    job.rid = ids[i];
    job.parent = batch ? generation.rid : std::string();
    job.model = generation.model;
    job.reported_prompt_tokens = choice.reported_prompt_tokens;
    job.max_new_tokens =
        engine.clamp_new_tokens(generation.max_tokens, static_cast<std::int64_t>(choice.prompt.size()));
    job.prompt = std::move(choice.prompt);
    job.answer = choice.answer;
    job.ignore_eos = generation.ignore_eos;
    job.streaming = generation.stream;
    job.sink = call.inbox;
    job.slot = i;
    if (engine.submit(std::move(job), call.arrived) == Submitted::accepted) continue;
    for (std::size_t earlier = 0; earlier < i; ++earlier) engine.abort(ids[earlier], false, call.arrived);
    return queue_full_error();
  }
  standin.pump();
  return std::nullopt;
}

net::Task<void> answer_whole(Call& call) {
  while (!call.inbox->all_ended()) {
    co_await call.inbox->news();
    if (call.inbox->left()) co_return;
  }
  if (call.behaviour().first_token_ms) co_await nap(call.standin, Millis{*call.behaviour().first_token_ms});
  if (call.inbox->left()) co_return;
  if (call.behaviour().die_after_chunks) {  // begun and never written: the connection just ends
    call.exchange.start_stream(200, kJsonHeaders);
    co_return;
  }
  std::vector<ChoiceResult> choices;
  for (std::size_t i = 0; i < call.generation.choices.size(); ++i) choices.push_back(call.result(i));
  std::string body = call.dialect->whole(choices, call.total());
  if (call.behaviour().garbage) body.resize(body.size() / 2);
  co_await call.exchange.reply(200, kJsonHeaders, body);
}

// What one turn of the stream loop has to say: events in order, one write each.
struct Event {
  std::string bytes;
  bool content = false;
};

class StreamWriter {
 public:
  explicit StreamWriter(Call& call)
      : call_(call), opened_(call.generation.choices.size()), closed_(call.generation.choices.size()) {}

  // Turns everything that the engine has said since the last time into events.
  std::vector<Event> collect() {
    std::vector<Event> events;
    Dialect& dialect = *call_.dialect;
    dialect.facts.created = call_.standin.now_seconds();
    const std::int64_t group =
        std::max<std::int64_t>(1, call_.behaviour().merge.value_or(call_.standin.options().stream_interval));
    for (std::size_t i = 0; i < closed_.size(); ++i) {
      Inbox::Slot& slot = call_.inbox->slots()[i];
      const std::int64_t there = slot.progress.generated_tokens;
      while (!closed_[i] && (slot.taken < there || slot.end)) {
        const bool whole_group = slot.taken + group <= there;
        if (!whole_group && !slot.end) break;
        const std::int64_t to = whole_group ? slot.taken + group : there;
        const bool last = slot.end && to == there;
        if (!begun_) begin(events, slot.progress);
        if (!opened_[i]) emit(events, false, [&](std::string& out) { dialect.open(out, i); });
        opened_[i] = true;
        Progress progress = slot.progress;
        progress.generated_tokens = to;
        const std::string text = call_.answer(i).tool_call ? std::string() : call_.text(i, slot.taken, to);
        const Outcome* end = last ? &*slot.end : nullptr;
        emit(events, true, [&](std::string& out) { dialect.piece(out, i, text, call_.reported(progress), end); });
        slot.taken = to;
        if (!last) continue;
        const ChoiceResult result = call_.result(i);
        emit(events, false, [&](std::string& out) { dialect.close(out, i, result); });
        closed_[i] = true;
      }
    }
    return events;
  }

  bool all_closed() const {
    return std::all_of(closed_.begin(), closed_.end(), [](bool closed) { return closed; });
  }

 private:
  template <class Say>
  static void emit(std::vector<Event>& events, bool content, Say say) {
    Event event;
    say(event.bytes);
    event.content = content;
    if (!event.bytes.empty()) events.push_back(std::move(event));
  }
  void begin(std::vector<Event>& events, const Progress& first) {
    begun_ = true;
    emit(events, false, [&](std::string& out) { call_.dialect->begin(out, first); });
  }

  Call& call_;
  std::vector<bool> opened_;
  std::vector<bool> closed_;
  bool begun_ = false;
};

net::Task<void> answer_as_stream(Call& call) {
  const Behaviour& behaviour = call.behaviour();
  net::HttpExchange& exchange = call.exchange;
  StreamWriter writer(call);
  bool started = false;
  std::int64_t content_events = 0;
  while (!writer.all_closed()) {
    co_await call.inbox->news();
    if (call.inbox->left()) co_return;
    const std::vector<Event> events = writer.collect();
    for (const Event& event : events) {
      if (!started) {
        if (behaviour.first_token_ms) co_await nap(call.standin, Millis{*behaviour.first_token_ms});
        exchange.start_stream(200, kStreamHeaders);
        started = true;
      }
      if (behaviour.die_after_chunks && (event.content || *behaviour.die_after_chunks == 0) &&
          content_events >= *behaviour.die_after_chunks) {
        call.abort();
        co_return;  // an unfinished stream: the server cuts the connection
      }
      if (event.content && behaviour.error_mid_stream && content_events >= *behaviour.error_mid_stream) {
        call.abort();
        std::string out;
        const ApiError error{500, "Internal server error: told to fail", ApiError::By::scheduler};
        call.dialect->failed(out, error, call.total());
        co_await exchange.write_last(out);
        co_return;
      }
      if (event.content && behaviour.slow_chunk_ms) co_await nap(call.standin, Millis{*behaviour.slow_chunk_ms});
      if (event.content) ++content_events;
      const bool broken = behaviour.garbage && event.content && content_events % 3 == 0;
      const bool sent = co_await exchange.write(broken ? kGarbage : std::string_view(event.bytes));
      if (!sent || call.inbox->left()) co_return;
    }
  }
  std::string out;
  call.dialect->facts.created = call.standin.now_seconds();
  call.dialect->finish(out, call.total());
  co_await exchange.write_last(out);
}

net::Task<void> run(Call& call) {
  const Behaviour& behaviour = call.behaviour();
  Standin& standin = call.standin;
  const bool stream = call.generation.stream;
  if (behaviour.hang) {
    watch_client(call);
    standin.add_hanging(call.inbox);
    while (!call.inbox->left() && !standin.shutting_down()) co_await call.inbox->news();
    co_return;
  }
  if (behaviour.status) {
    const ApiError error{static_cast<int>(*behaviour.status), "Internal server error: told to fail"};
    co_await call.exchange.reply(error.status, kJsonHeaders, call.dialect->refusal(error));
    co_return;
  }
  std::optional<ApiError> error;
  if (behaviour.queue_full) error = queue_full_error();
  if (!error) error = check_lengths(standin, standin.engine(), call.generation);
  if (!error) error = submit(call);
  if (error) {
    if (call.dialect->facts.ids.empty()) {
      const std::string& rid = call.generation.rid;
      call.dialect->facts.ids.push_back(rid.empty() ? standin.new_rid() : rid);
    }
    co_await refuse(standin, call.exchange, stream, *call.dialect, *error);
    co_return;
  }
  watch_client(call);
  if (stream) {
    co_await answer_as_stream(call);
  } else {
    co_await answer_whole(call);
  }
}

}  // namespace

net::Task<void> refuse(Standin& standin, net::HttpExchange& exchange, bool stream, Dialect& dialect, ApiError error) {
  const bool in_band = stream && (error.by == ApiError::By::scheduler ||
                                  (standin.options().shape_0_5_9 && error.by == ApiError::By::tokenizer));
  if (!in_band) {
    co_await exchange.reply(error.status, kJsonHeaders, dialect.refusal(error));
    co_return;
  }
  std::string out;
  dialect.facts.created = standin.now_seconds();
  dialect.failed(out, error, {});
  exchange.start_stream(200, kStreamHeaders);
  co_await exchange.write_last(out);
}

net::Task<void> run_generation(Standin& standin, net::HttpExchange& exchange, Generation generation,
                               std::unique_ptr<Dialect> dialect) {
  const StandinOptions& options = standin.options();
  CallFacts& facts = dialect->facts;
  facts.model = generation.model;
  facts.created = facts.began = standin.now_seconds();
  facts.no_usage = generation.behaviour.no_usage;
  facts.include_usage = generation.include_usage && !facts.no_usage;
  facts.continuous_usage = generation.continuous_usage && generation.include_usage && !facts.no_usage;
  facts.cache_report = options.enable_cache_report;
  facts.shape_0_5_9 = options.shape_0_5_9;
  for (const auto& choice : generation.choices) dialect->answers.push_back(choice.answer);
  auto inbox = std::make_shared<Inbox>(standin.loop(), generation.choices.size());
  Call call{standin, exchange, std::move(generation), std::move(dialect), std::move(inbox), standin.now()};
  co_await run(call);
  exchange.on_client_gone(nullptr);
}

}  // namespace ktl::standin
