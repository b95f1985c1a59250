// The body: read whole, inspected once, counted, and turned into what the engine will get. For all but long bodies this
// happens without a pause after the last byte has come: the view of a body by the loop's inspector lives only until the
// loop's next request.
#include <algorithm>

#include "base/text.h"
#include "gateway/long_body.h"
#include "gateway/phases.h"
#include "gateway/reply.h"
#include "prompt/exact_counter.h"
#include "protocol/messages.h"

namespace ktl::gateway {
namespace {

using protocol::Endpoint;

bool is_json(std::string_view content_type) {
  const std::string_view media = content_type.substr(0, content_type.find(';'));
  return content_type.empty() || equals_ignoring_case(media, "application/json") || media.ends_with("+json") ||
         equals_ignoring_case(media, "application/json ");
}

tokenizer::ToolChoice as_counted(const protocol::ToolChoice& choice) {
  using From = protocol::ToolChoice::Kind;
  using To = tokenizer::ToolChoice::Kind;
  switch (choice.kind) {
    case From::any:
      break;
    case From::none:
      return {To::none, choice.name};
    case From::named:
      return {To::named, choice.name};
  }
  return {To::any, choice.name};
}

tokenizer::Count count_chat(const protocol::RequestView& view, const tokenizer::PromptCounter& counter) {
  std::vector<tokenizer::ChatMessage> messages;
  messages.reserve(view.messages.size());
  for (const auto& message : view.messages)
    messages.push_back({message.role, message.content, message.tool_calls_json, message.reasoning_content});
  tokenizer::ChatPrompt prompt{.messages = messages, .tools_json = view.tools_json};
  prompt.tool_choice = as_counted(view.tool_choice);
  prompt.continue_final_message = view.continue_final_message;
  prompt.enable_thinking = view.enable_thinking;
  return counter.count_chat(prompt);
}

tokenizer::Count count_prompt(const protocol::RequestView& view, const tokenizer::PromptCounter& counter) {
  tokenizer::Count count;
  const auto& texts = view.texts;
  if (!view.messages.empty()) {
    count = count_chat(view, counter);
  } else if (view.query_texts == 1 && view.endpoint == Endpoint::score) {
    count = prompt::count_score(counter, texts[0], texts.subspan(1), view.item_first);
  } else if (view.query_texts == 1) {
    count = prompt::count_rerank(counter, texts[0], texts.subspan(1));
  } else {
    count = prompt::count_prompts(counter, texts);
  }
  count.tokens += view.token_ids;
  if (view.has_media) count.method = tokenizer::CountMethod::estimate;
  return count;
}

bool may_use(const identity::Principal& principal, const Model& model) {
  const auto& allowed = principal.allowed_models;
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), model.alias) != allowed.end();
}

// What a body turned out to be.
struct Study {
  protocol::Inspection inspection;
  const Model* model = nullptr;  // nullptr: not served, or not to this caller
  tokenizer::Count count;
  PromptScript script;
};

// Inspect, route, count. Of the exchange it uses only what stays as it is, so it may run on any thread.
Study study(protocol::RequestInspector& inspector, const Exchange& x, std::string_view body) {
  Study result;
  result.inspection = inspector.inspect(x.endpoint, body);
  if (!result.inspection) return result;
  const Model* model = x.catalogue->model(result.inspection->model);
  if (model == nullptr || !may_use(*x.principal, *model)) return result;
  result.model = model;
  result.count = count_prompt(*result.inspection, *model->counter);
  result.script = script_of(*result.inspection, *model, result.count);
  return result;
}

// The bound on the output of one choice: the client's, or ours if it set none. Ours leaves room for the prompt.
std::int64_t bound_of(const protocol::RequestView& view, const Model& model, std::int64_t prompt_tokens) {
  if (view.max_tokens) return *view.max_tokens;
  std::int64_t bound = std::max<std::int64_t>(1, model.default_max_tokens);
  if (model.context_length > 0) bound = std::clamp<std::int64_t>(model.context_length - prompt_tokens - 1, 1, bound);
  return bound;
}

}  // namespace

Task<bool> read_request(Exchange& x) {
  Services& services = x.shared();
  if (!is_json(x.http.head().headers.get("content-type"))) {
    co_await reply_error(x, protocol::wrong_content_type(x.language, x.http.head().headers.get("content-type")));
    co_return false;
  }
  const auto limit = static_cast<std::size_t>(services.options.max_body_bytes);
  const auto body = co_await x.http.read_body(limit);
  if (!body) {
    const Error& error = body.error();
    if (error.code == ErrorCode::closed) {
      x.status = 499;
      co_return false;
    }
    protocol::ApiError answer = protocol::bad_http(x.language, error.code == ErrorCode::timeout ? 408 : 400);
    if (error.code == ErrorCode::too_large) answer = protocol::body_too_large(x.language, limit);
    co_await reply_error(x, std::move(answer));
    co_return false;
  }

  Study studied;
  std::optional<protocol::RequestInspector> own;  // the loop's would serve other requests meanwhile
  if (body->size() < kLongBody) {
    studied = study(x.on.inspector, x, *body);
  } else {
    own.emplace();
    const auto work = [&studied, &own, &x, text = *body] { studied = study(*own, x, text); };
    co_await services.offload.run(x.on.loop, work);
  }
  if (!studied.inspection) {
    co_await reply_error(x, protocol::describe(studied.inspection.error(), x.language));
    co_return false;
  }
  const protocol::RequestView& view = *studied.inspection;

  // Route: the model, by the name the client knows.
  x.asked_model = view.model;
  const Model* model = studied.model;
  if (model == nullptr) {
    co_await reply_error(x, protocol::model_not_found(x.language, x.asked_model));
    co_return false;
  }
  if (x.asked_model.empty()) x.asked_model = model->alias;
  x.model = model;
  x.add_model_scope(model->scope);
  x.stream = view.stream;
  x.include_usage = view.include_usage;
  x.continuous_usage = view.continuous_usage;

  // Estimate: what this will cost at most.
  const bool generates = protocol::generates_text(x.endpoint);
  const bool costs_its_prompt = protocol::costs_its_prompt(x.endpoint);
  const tokenizer::Count& count = studied.count;
  x.count_method = count.method;
  x.script = studied.script;
  x.prompt_tokens = costs_its_prompt ? count.tokens : 0;
  x.comparable = costs_its_prompt && !view.has_media && view.token_ids == 0;
  if (x.comparable && model->learner && view.tools_json.empty()) {
    x.learnable = static_cast<std::int64_t>(view.messages.size());
    x.learned_around = count.around;
  }
  const std::int64_t bound = generates ? bound_of(view, *model, x.prompt_tokens) : 0;
  x.output_bound = bound * view.n * view.prompts;
  std::int64_t output = x.output_bound;
  if (!services.options.strict_mode && generates)
    output = services.expected_output.expect(x.principal->user, model->scope, x.output_bound);
  x.reserve_tokens = x.prompt_tokens + output;

  // Edit: the engine's copy of the request.
  x.rid.assign(protocol::id_prefix_of(x.endpoint)).append(x.id.view());
  protocol::EditPlan plan;
  if (view.model != model->served_name && (view.has_model || x.endpoint != Endpoint::rerank))
    plan.model = model->served_name;
  if (generates && !view.max_tokens) plan.inject_max_tokens = bound;
  plan.rid = x.rid;
  plan.force_usage = view.stream && (x.endpoint == Endpoint::chat_completions || x.endpoint == Endpoint::completions);
  plan.continuous = plan.force_usage;
  protocol::edit(view, *body, plan, x.body);
  co_return true;
}

}  // namespace ktl::gateway
