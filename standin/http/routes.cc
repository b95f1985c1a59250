#include "standin/http/routes.h"

#include <array>

namespace ktl::standin {
namespace {

constexpr std::array<Route, 32> kRoutes{{
    {"POST", "/v1/chat/completions", Access::normal, chat_route},
    {"POST", "/v1/completions", Access::normal, completion_route},
    {"POST", "/v1/responses", Access::normal, responses_route},
    {"POST", "/v1/messages", Access::normal, messages_route},
    {"POST", "/v1/messages/count_tokens", Access::normal, count_tokens_route},
    {"POST PUT", "/generate", Access::normal, generate_route},
    {"POST", "/v1/tokenize", Access::normal, tokenize_route},
    {"POST", "/tokenize", Access::normal, tokenize_route},
    {"POST", "/v1/detokenize", Access::normal, detokenize_route},
    {"POST", "/detokenize", Access::normal, detokenize_route},
    {"POST", "/v1/embeddings", Access::normal, embeddings_route},
    {"POST PUT", "/v1/rerank", Access::normal, rerank_route},
    {"POST", "/v1/score", Access::normal, score_route},
    {"GET", "/v1/models", Access::normal, models_route},
    {"GET", "/v1/models/*", Access::normal, model_route},
    {"GET", "/model_info", Access::normal, model_info_route},
    {"GET", "/get_model_info", Access::normal, model_info_route},
    {"GET", "/server_info", Access::normal, server_info_route},
    {"GET", "/get_server_info", Access::normal, server_info_route},
    {"GET", "/v1/loads", Access::normal, loads_route},
    {"GET", "/get_load", Access::normal, get_load_route},
    {"GET", "/metrics", Access::open, metrics_route},
    {"GET", "/health", Access::open, health_route},
    {"GET", "/health_generate", Access::open, health_route},
    {"GET", "/ping", Access::normal, ping_route},
    {"GET HEAD", "/", Access::normal, ping_route},
    {"POST", "/abort_request", Access::admin, abort_route},
    {"POST PUT", "/set_internal_state", Access::admin, set_internal_state_route},
    {"GET POST", "/flush_cache", Access::admin, flush_cache_route},
    {"GET", "/standin/books", Access::open, books_route},
    {"POST", "/standin/reset", Access::open, reset_route},
    {"GET POST", "/standin/behave", Access::open, behave_route},
}};

bool contains_word(std::string_view words, std::string_view word) {
  while (!words.empty()) {
    const std::size_t blank = words.find(' ');
    if (words.substr(0, blank) == word) return true;
    words = blank == std::string_view::npos ? std::string_view() : words.substr(blank + 1);
  }
  return false;
}

bool matches(std::string_view pattern, std::string_view path) {
  if (!pattern.ends_with('*')) return pattern == path;
  pattern.remove_suffix(1);
  return path.size() > pattern.size() && path.starts_with(pattern);
}

}  // namespace

const Route* find_route(std::string_view path, std::string_view method, bool& method_allowed) {
  const Route* other = nullptr;
  for (const Route& route : kRoutes) {
    if (!matches(route.path, path)) continue;
    method_allowed = contains_word(route.methods, method);
    if (method_allowed) return &route;
    other = &route;
  }
  return other;
}

}  // namespace ktl::standin
