#include "protocol/endpoint.h"

#include <array>

namespace ktl::protocol {
namespace {

struct Names {
  std::string_view path;
  std::string_view name;
  std::string_view id_prefix;
  std::string_view max_tokens;
  std::string_view rid;
};

// In the order of Endpoint.
constexpr std::array<Names, kEndpoints> kNames{{
    {"/v1/chat/completions", "chat_completions", "chatcmpl-", "max_tokens", "rid"},
    {"/v1/completions", "completions", "cmpl-", "max_tokens", "rid"},
    {"/v1/embeddings", "embeddings", "", "", "rid"},
    {"/v1/rerank", "rerank", "", "", "rid"},
    {"/v1/score", "score", "", "", "rid"},
    {"/v1/responses", "responses", "resp_", "max_output_tokens", "request_id"},
    {"/v1/messages", "messages", "msg_", "max_tokens", "rid"},
    {"/v1/messages/count_tokens", "messages_count_tokens", "", "", "rid"},
    {"/v1/tokenize", "tokenize", "", "", "rid"},
}};

constexpr const Names& names_of(Endpoint endpoint) {
  return kNames[static_cast<std::size_t>(endpoint)];
}

}  // namespace

std::string_view path_of(Endpoint endpoint) {
  return names_of(endpoint).path;
}
std::string_view name_of(Endpoint endpoint) {
  return names_of(endpoint).name;
}
std::string_view id_prefix_of(Endpoint endpoint) {
  return names_of(endpoint).id_prefix;
}
std::string_view max_tokens_key(Endpoint endpoint) {
  return names_of(endpoint).max_tokens;
}
std::string_view rid_key(Endpoint endpoint) {
  return names_of(endpoint).rid;
}
bool generates_text(Endpoint endpoint) {
  return !names_of(endpoint).max_tokens.empty();
}

bool costs_its_prompt(Endpoint endpoint) {
  return endpoint != Endpoint::tokenize && endpoint != Endpoint::messages_count_tokens;
}

std::optional<Endpoint> endpoint_of(std::string_view path) {
  for (std::size_t i = 0; i < kNames.size(); ++i) {
    if (kNames[i].path == path) return static_cast<Endpoint>(i);
  }
  return std::nullopt;
}

}  // namespace ktl::protocol
