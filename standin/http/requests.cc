#include "standin/http/requests.h"

#include <algorithm>

#include "standin/http/chat_prompt.h"
#include "standin/http/text_prompts.h"
#include "standin/http/tool_answer.h"

namespace ktl::standin {
namespace {

constexpr std::int64_t kMostCopies = 128;

// Fields that several front ends share; `sampling` is where they stand.
struct Sampling {
  std::optional<double> temperature;
  std::optional<std::int64_t> seed;
  std::vector<std::string> stop;
};

Sampling read_sampling(Json sampling) {
  Sampling out{number(sampling, "temperature"), integer(sampling, "seed"), texts(sampling, "stop")};
  if (!out.seed) out.seed = integer(sampling, "sampling_seed");
  return out;
}

std::optional<ApiError> read_model(Json body, Generation& generation) {
  if (const auto model = member(body, "model"); model && !model->is_string()) {
    return schema_error("'body', 'model'", "Input should be a valid string");
  }
  generation.model = text_or(body, "model", "default");
  const std::size_t colon = generation.model.find(':');
  if (colon == std::string::npos) return std::nullopt;
  return ApiError{400, "LoRA adapter '" + generation.model.substr(colon + 1) +
                           "' was requested, but LoRA is not enabled. Please launch the server with --enable-lora flag "
                           "and preload adapters using --lora-paths or /load_lora_adapter endpoint."};
}

std::optional<ApiError> read_stream(Json body, Generation& generation) {
  if (const auto stream = member(body, "stream"); stream && !stream->is_bool()) {
    return schema_error("'body', 'stream'", "Input should be a valid boolean");
  }
  generation.stream = flag_or(body, "stream", false);
  if (const auto options = member(body, "stream_options"); options && options->is_object()) {
    generation.include_usage = flag_or(*options, "include_usage", false);
    generation.continuous_usage = flag_or(*options, "continuous_usage_stats", false);
  }
  return std::nullopt;
}

// Reads the first of `keys` that is there, into `value`.
std::optional<ApiError> read_count(Json body, std::initializer_list<std::string_view> keys,
                                   std::optional<std::int64_t>& value) {
  for (const std::string_view key : keys) {
    if (!member(body, key)) continue;
    value = integer(body, key);
    if (!value) return schema_error("'body', '" + std::string(key) + "'", "Input should be a valid integer");
    if (*value < 0) {
      return ApiError{400, "max_new_tokens must be at least 0, got " + std::to_string(*value) + "."};
    }
    if (*value > 0) return std::nullopt;
    value.reset();  // 0 counts as absent
  }
  return std::nullopt;
}

// `copies` choices for one prompt. Only the first of them counts the prompt.
void add_choices(Standin& standin, Generation& generation, std::vector<TokenId> prompt, std::string_view user_text,
                 const Sampling& sampling, std::int64_t copies, std::optional<ToolCall> call = std::nullopt) {
  const StandinOptions& launched = standin.options();
  std::uint64_t seed = launched.seed;
  for (const TokenId id : prompt) seed = (seed ^ id) * 0x100000001b3ULL;
  const bool greedy = sampling.temperature && *sampling.temperature <= 0;
  if (sampling.seed) {
    seed ^= static_cast<std::uint64_t>(*sampling.seed) * 0x9e3779b97f4a7c15ULL;
  } else if (!greedy) {
    seed ^= standin.next_seed();
  }
  const Behaviour& behaviour = generation.behaviour;
  for (std::int64_t copy = 0; copy < copies; ++copy) {
    AnswerOptions options;
    options.seed = greedy ? seed : seed + static_cast<std::uint64_t>(copy);
    options.min_tokens = launched.answer_tokens_min;
    options.max_tokens = launched.answer_tokens_max;
    options.stop = sampling.stop;
    options.exact_tokens = behaviour.tokens;
    if (behaviour.max_chunks) {
      options.max_tokens = std::min(options.max_tokens, *behaviour.max_chunks + 1);
      options.min_tokens = std::min(options.min_tokens, options.max_tokens);
    }
    Generation::Choice choice;
    choice.answer = std::make_shared<Answer>(call ? make_tool_answer(*call) : make_answer(user_text, options));
    choice.prompt = prompt;
    if (choice.prompt.empty()) choice.prompt.push_back(kTurnEnd);
    choice.reported_prompt_tokens =
        copy > 0 ? 0 : behaviour.prompt_tokens.value_or(static_cast<std::int64_t>(choice.prompt.size()));
    generation.choices.push_back(std::move(choice));
  }
}

std::int64_t read_copies(Json body) {
  return std::clamp<std::int64_t>(integer(body, "n").value_or(1), 1, kMostCopies);
}

}  // namespace

Parsed parse_chat(Standin& standin, Json body, const Behaviour& behaviour) {
  Generation generation;
  generation.behaviour = behaviour;
  auto prompt = read_chat_prompt(standin.options(), body);
  if (!prompt) return tl::unexpected(prompt.error());
  if (auto error = read_stream(body, generation)) return tl::unexpected(*error);
  if (auto error = read_count(body, {"max_completion_tokens", "max_tokens"}, generation.max_tokens)) {
    return tl::unexpected(*error);
  }
  if (auto error = read_model(body, generation)) return tl::unexpected(*error);
  generation.rid = text_or(body, "rid", "");
  generation.ignore_eos = flag_or(body, "ignore_eos", false);
  const std::int64_t copies = read_copies(body);
  generation.copies = copies > 1;
  add_choices(standin, generation, standin.tokenizer().encode(prompt->text()), prompt->last_user_text,
              read_sampling(body), copies, wanted_tool_call(body, prompt->last_user_text));
  return generation;
}

Parsed parse_completion(Standin& standin, Json body, const Behaviour& behaviour) {
  Generation generation;
  generation.behaviour = behaviour;
  const auto value = member(body, "prompt");
  if (!value) return tl::unexpected(schema_error("'body', 'prompt'", "Field required"));
  const std::vector<TextPrompt> prompts = read_text_prompts(standin.tokenizer(), *value);
  if (prompts.empty() ||
      std::any_of(prompts.begin(), prompts.end(), [](const TextPrompt& p) { return p.tokens.empty(); })) {
    return tl::unexpected(ApiError{400, "Prompt cannot be empty"});
  }
  if (auto error = read_stream(body, generation)) return tl::unexpected(*error);
  if (auto error = read_count(body, {"max_tokens"}, generation.max_tokens)) return tl::unexpected(*error);
  if (auto error = read_model(body, generation)) return tl::unexpected(*error);
  if (!generation.max_tokens) generation.max_tokens = 16;
  generation.rid = text_or(body, "rid", "");
  generation.ignore_eos = flag_or(body, "ignore_eos", false);
  const std::int64_t copies = read_copies(body);
  generation.copies = copies > 1;
  const Sampling sampling = read_sampling(body);
  for (const TextPrompt& prompt : prompts)
    add_choices(standin, generation, prompt.tokens, prompt.text, sampling, copies);
  return generation;
}

Parsed parse_responses(Standin& standin, Json body, const Behaviour& behaviour) {
  Generation generation;
  generation.behaviour = behaviour;
  auto prompt = read_responses_prompt(body);
  if (!prompt) return tl::unexpected(prompt.error());
  if (auto error = read_stream(body, generation)) return tl::unexpected(*error);
  if (auto error = read_count(body, {"max_output_tokens"}, generation.max_tokens)) return tl::unexpected(*error);
  if (auto error = read_model(body, generation)) return tl::unexpected(*error);
  generation.rid = text_or(body, "request_id", text_or(body, "rid", ""));
  if (generation.rid.empty()) generation.rid = "resp_" + standin.new_rid();
  add_choices(standin, generation, standin.tokenizer().encode(prompt->text()), prompt->last_user_text,
              read_sampling(body), 1);
  return generation;
}

Parsed parse_messages(Standin& standin, Json body, const Behaviour& behaviour) {
  Generation generation;
  generation.behaviour = behaviour;
  auto prompt = read_messages_prompt(standin.options(), body);
  if (!prompt) return tl::unexpected(prompt.error());
  if (auto error = read_stream(body, generation)) return tl::unexpected(*error);
  if (!member(body, "max_tokens")) return tl::unexpected(schema_error("'body', 'max_tokens'", "Field required"));
  if (auto error = read_count(body, {"max_tokens"}, generation.max_tokens)) return tl::unexpected(*error);
  if (auto error = read_model(body, generation)) return tl::unexpected(*error);
  generation.rid = text_or(body, "rid", "");
  Sampling sampling = read_sampling(body);
  sampling.stop = texts(body, "stop_sequences");
  add_choices(standin, generation, standin.tokenizer().encode(prompt->text()), prompt->last_user_text, sampling, 1);
  return generation;
}

Parsed parse_generate(Standin& standin, Json body, const Behaviour& behaviour) {
  Generation generation;
  generation.behaviour = behaviour;
  auto value = member(body, "text");
  if (!value) value = member(body, "input_ids");
  const auto prompts = value ? read_text_prompts(standin.tokenizer(), *value) : std::vector<TextPrompt>();
  if (prompts.empty()) {
    return tl::unexpected(ApiError{400, "Either text, input_ids or input_embeds should be provided."});
  }
  if (auto error = read_stream(body, generation)) return tl::unexpected(*error);
  generation.model = "default";
  generation.rid = text_or(body, "rid", "");
  generation.max_tokens = 128;
  Sampling sampling;
  if (const auto params = member(body, "sampling_params"); params && params->is_object()) {
    if (auto error = read_count(*params, {"max_new_tokens"}, generation.max_tokens)) return tl::unexpected(*error);
    generation.ignore_eos = flag_or(*params, "ignore_eos", false);
    sampling = read_sampling(*params);
  }
  for (const TextPrompt& prompt : prompts) add_choices(standin, generation, prompt.tokens, prompt.text, sampling, 1);
  return generation;
}

}  // namespace ktl::standin
