// The body: read whole, inspected once, counted, and turned into what the engine will get. All of it happens without a
// pause after the last byte has come, because the inspector's view of a body lives only until the loop's next request.
#include <algorithm>

#include "base/text.h"
#include "gateway/phases.h"
#include "gateway/reply.h"
#include "protocol/messages.h"

namespace ktl::gateway {
namespace {

using protocol::Endpoint;

bool is_json(std::string_view content_type) {
  const std::string_view media = content_type.substr(0, content_type.find(';'));
  return content_type.empty() || equals_ignoring_case(media, "application/json") || media.ends_with("+json") ||
         equals_ignoring_case(media, "application/json ");
}

tokenizer::Count count_prompt(const protocol::RequestView& view, const tokenizer::PromptCounter& counter) {
  tokenizer::Count count;
  if (!view.messages.empty()) {
    std::vector<tokenizer::ChatMessage> messages;
    messages.reserve(view.messages.size());
    for (const auto& message : view.messages)
      messages.push_back({message.role, message.content, message.tool_calls_json});
    count = counter.count_chat({.messages = messages, .tools_json = view.tools_json});
  }
  for (const std::string_view text : view.texts) {
    const tokenizer::Count one = counter.count_text(text);
    count.tokens += one.tokens;
    count.method = one.method;
  }
  count.tokens += view.token_ids;
  if (view.has_media) count.method = tokenizer::CountMethod::estimate;
  return count;
}

bool may_use(const identity::Principal& principal, const Model& model) {
  const auto& allowed = principal.allowed_models;
  return allowed.empty() || std::find(allowed.begin(), allowed.end(), model.alias) != allowed.end();
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

  const protocol::Inspection inspection = x.on.inspector.inspect(x.endpoint, *body);
  if (!inspection) {
    co_await reply_error(x, protocol::describe(inspection.error(), x.language));
    co_return false;
  }
  const protocol::RequestView& view = *inspection;

  // Route: the model, by the name the client knows.
  x.asked_model = view.model;
  const Model* model = x.catalogue->model(view.model);
  if (model == nullptr || !may_use(*x.principal, *model)) {
    co_await reply_error(x, protocol::model_not_found(x.language, x.asked_model));
    co_return false;
  }
  if (x.asked_model.empty()) x.asked_model = model->alias;
  x.model = model;
  x.add_scope(model->scope);
  x.stream = view.stream;
  x.include_usage = view.include_usage;
  x.continuous_usage = view.continuous_usage;

  // Estimate: what this will cost at most.
  const bool generates = protocol::generates_text(x.endpoint);
  const bool free_of_tokens = x.endpoint == Endpoint::tokenize || x.endpoint == Endpoint::messages_count_tokens;
  const tokenizer::Count count = count_prompt(view, *model->counter);
  x.count_method = count.method;
  x.prompt_tokens = free_of_tokens ? 0 : count.tokens;
  const std::int64_t bound = generates ? bound_of(view, *model, x.prompt_tokens) : 0;
  x.output_bound = bound * view.n * view.prompts;
  std::int64_t output = x.output_bound;
  if (!services.options.strict_mode && generates)
    output = services.expected_output.expect(x.principal->user, model->scope, x.output_bound);
  x.reserve_tokens = x.prompt_tokens + output;

  // Edit: the engine's copy of the request.
  x.rid.assign(protocol::id_prefix_of(x.endpoint)).append(x.id.view());
  protocol::EditPlan plan;
  if (view.model != model->served_name && (view.has_model || x.endpoint != Endpoint::rerank)) plan.model = model->served_name;
  if (generates && !view.max_tokens) plan.inject_max_tokens = bound;
  plan.rid = x.rid;
  plan.force_usage = view.stream && (x.endpoint == Endpoint::chat_completions || x.endpoint == Endpoint::completions);
  plan.continuous = plan.force_usage;
  protocol::edit(view, *body, plan, x.body);
  co_return true;
}

}  // namespace ktl::gateway
