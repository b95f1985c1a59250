#pragma once
// What the simulated model will say to one prompt, fixed before the first step: the text of every token and how it
// ends.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "standin/engine/tokens.h"

namespace ktl::standin {

struct ToolCall {
  std::string name;
  std::string arguments;  // a JSON object as the model writes it: {"city": "Oslo"}
};

struct Answer {
  std::vector<std::string> pieces;  // one per token, the end-of-turn token left out; never empty
  std::vector<TokenId> ids;         // beside pieces
  std::string matched_stop;         // the stop string that ends it; empty: the end-of-turn token does
  std::optional<ToolCall> tool_call;

  // Tokens until it ends by itself.
  std::int64_t natural_tokens() const {
    return static_cast<std::int64_t>(pieces.size()) + (matched_stop.empty() ? 1 : 0);
  }
  // The text of the k-th token. Behind the end (ignore_eos) the answer begins again.
  std::string_view piece(std::int64_t k, bool ignore_eos) const;
  TokenId id(std::int64_t k, bool ignore_eos) const;
};

struct AnswerOptions {
  std::uint64_t seed = 0;
  std::int64_t min_tokens = 16;  // the natural length is drawn between these, small ones more often
  std::int64_t max_tokens = 256;
  std::optional<std::int64_t> exact_tokens;  // the natural length, end-of-turn included, instead of drawing
  std::vector<std::string> stop;
};

// The answer to a prompt whose last user text is `prompt`. Same input, same answer.
//   "Hello" is answered by "Hello! How can I assist you today?"; a text of numbers is counted on;
//   everything else gets Korean prose.
Answer make_answer(std::string_view prompt, const AnswerOptions& options);

// An answer that calls a tool.
Answer make_tool_answer(ToolCall call);

// A seed out of text, to be mixed into others.
std::uint64_t seed_of(std::string_view text);

}  // namespace ktl::standin
