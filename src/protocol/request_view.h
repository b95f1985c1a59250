#pragma once
// What the gateway needs to know about a request body: the governed members, the texts to count, and where in the body
// edits go. A view: it owns nothing.
//
// Lifetime: valid until the next inspect() on the same RequestInspector, or until the body goes away, whichever is
// first.
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "protocol/endpoint.h"
#include "protocol/span.h"

namespace ktl::protocol {

// One message of a chat as a chat template sees it.
struct Message {
  std::string_view role;             // as sent
  std::string_view content;          // text parts joined with one blank; "" for null
  std::string_view tool_calls_json;  // raw JSON of "tool_calls", or empty
  std::optional<std::string_view> reasoning_content{};  // chat: what an earlier answer thought
};

// "tool_choice": which of the tools the model may see.
struct ToolChoice {
  enum class Kind : std::uint8_t { any, none, named };  // any: not set, or "auto", "required" and their like
  Kind kind = Kind::any;
  std::string_view name;  // of the tool, if named
};

// An engine control that a tenant may not set, and what it takes to cut it out. Offsets count from the body's
// beginning.
struct RemovedMember {
  std::size_t previous_end = 0;  // end of the value before it, or just after '{' for the first member
  std::size_t key_begin = 0;     // the opening quote of the key
  std::size_t value_end = 0;
  std::size_t next_begin = 0;  // opening quote of the next key; meaningless for the last member
  std::uint32_t index = 0;     // 0 for the first member of the object
};

// What body_edit.h works from. A Span is the place of a member's value; empty if the member is not there.
struct EditPositions {
  std::size_t inside_begin = 0;  // just after the opening brace of the body
  std::uint32_t members = 0;     // of the body's top level
  Span model;
  Span max_tokens;             // of max_tokens_key(endpoint)
  Span max_completion_tokens;  // chat only
  Span stream_options;
  bool stream_options_is_object = false;  // else null
  std::size_t stream_options_inside = 0;  // just after its opening brace
  std::uint32_t stream_options_members = 0;
  Span include_usage;
  Span continuous_usage;
  std::span<const RemovedMember> removed;  // in order of appearance
};

struct RequestView {
  Endpoint endpoint = Endpoint::chat_completions;

  std::string_view model;  // unescaped; empty if !has_model
  bool has_model = false;
  bool stream = false;
  // The bound that the engine will obey, at least 1: max_completion_tokens, else max_tokens (chat); max_tokens
  // (completions, messages); max_output_tokens (responses). nullopt: the client set none.
  std::optional<std::int64_t> max_tokens;
  std::int64_t n = 1;  // choices per prompt, 1..128
  std::int64_t prompts =
      1;  // prompts, inputs, documents or items in the batch; output bound = max_tokens * n * prompts
  bool has_stream_options = false;
  bool include_usage = false;     // the client asked for the usage event
  bool continuous_usage = false;  // the client asked for usage on every event

  std::span<const Message> messages;        // chat, responses, messages, tokenize
  std::span<const std::string_view> texts;  // prompts, inputs, query then documents or items
  std::size_t query_texts = 0;              // how many of the first texts are the query (rerank, score)
  std::int64_t token_ids = 0;               // tokens given as ids instead of text: counted already
  bool has_media = false;                   // images, audio, unknown kinds of content: texts do not tell the whole cost
  std::string_view tools_json;              // raw JSON of "tools" (an array), or empty
  ToolChoice tool_choice;
  bool continue_final_message = false;      // chat: the last message is the beginning of the answer
  std::optional<bool> enable_thinking;      // chat_template_kwargs.enable_thinking
  bool item_first = false;                  // score: the item stands before the query
  std::string_view user;                    // OpenAI's "user", unescaped, or empty

  EditPositions positions;
};

}  // namespace ktl::protocol
