#pragma once
// The generation endpoints that the gateway passes on, and what differs between them by name alone.
#include <cstdint>
#include <optional>
#include <string_view>

namespace ktl::protocol {

enum class Endpoint : std::uint8_t {
  chat_completions,
  completions,
  embeddings,
  rerank,
  score,
  responses,
  messages,
  messages_count_tokens,
  tokenize,
};
inline constexpr std::size_t kEndpoints = 9;

// "/v1/chat/completions" <-> Endpoint::chat_completions. Exact match, no trailing slash.
std::string_view path_of(Endpoint endpoint);
std::optional<Endpoint> endpoint_of(std::string_view path);

// "chat_completions", for metrics and logs.
std::string_view name_of(Endpoint endpoint);

// What OpenAI's ids of this endpoint begin with: "chatcmpl-", "cmpl-", "resp_", "msg_"; empty where ids are not
// rewritten.
std::string_view id_prefix_of(Endpoint endpoint);

// True if the engine generates text there, so that an output bound is reserved (and injected when absent).
bool generates_text(Endpoint endpoint);

// False where a prompt is only counted, which costs no tokens.
bool costs_its_prompt(Endpoint endpoint);

// Member that bounds the output when we inject it: "max_tokens", or "max_output_tokens" for responses; empty if none.
std::string_view max_tokens_key(Endpoint endpoint);

// Member by which the engine takes our own request id: "rid", or "request_id" for responses.
std::string_view rid_key(Endpoint endpoint);

}  // namespace ktl::protocol
