#pragma once
// For the tests of this module: prompts that own their texts, and encoders whose counts are any function of the pieces
// that a tokenizer of that scheme would merge, so that a cut at a wrong place shows.
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/rng.h"
#include "prompt/chat_template.h"
#include "tokenizer/encoder.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::prompt {

struct TestPrompt {
  std::string tools;
  std::string tool_name;
  tokenizer::ToolChoice::Kind choice = tokenizer::ToolChoice::Kind::any;
  bool continued = false;
  std::optional<bool> thinking;

  void add(std::string_view role, std::string_view content, std::string_view tool_calls = {}) {
    messages_.push_back({keep(role), keep(content), keep(tool_calls)});
  }
  void think(std::string_view text) { messages_.back().reasoning_content = keep(text); }
  tokenizer::ChatPrompt view() const { return {messages_, tools, {choice, tool_name}, continued, thinking}; }

 private:
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    texts_.push_back(std::make_shared<const std::string>(text));
    return *texts_.back();
  }

  std::vector<std::shared_ptr<const std::string>> texts_;
  std::vector<tokenizer::ChatMessage> messages_;
};

// A conversation of up to eight messages with awkward texts, roles, tools and calls.
TestPrompt random_prompt(Rng& rng);

// Counts pieces by a scrambled function of their bytes. ASCII is told apart as the tokenizers do; the rest are letters,
// but for the blanks.
std::shared_ptr<const tokenizer::Encoder> scrambled_encoder(tokenizer::Scheme scheme);

// A request with the prompt it renders to and the tokens that costs, by model and variant.
struct RecordedChat {
  std::string name;
  TestPrompt prompt;
  std::map<std::string, std::string> rendered;
  std::map<std::string, std::int64_t> tokens;
};
std::vector<RecordedChat> recorded_chats();

// "qwen2.5/sglang_fn": the template, and how tools are dumped.
ChatTemplate template_of(const std::string& key);

}  // namespace ktl::prompt
