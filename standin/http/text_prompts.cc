#include "standin/http/text_prompts.h"

namespace ktl::standin {
namespace {

TextPrompt prompt_of_ids(simdjson::dom::array list) {
  TextPrompt prompt;
  for (const Json item : list) {
    std::uint64_t id = 0;
    if (item.get(id) == simdjson::SUCCESS) prompt.tokens.push_back(static_cast<TokenId>(id));
  }
  return prompt;
}

}  // namespace

std::vector<TextPrompt> read_text_prompts(Tokenizer& tokenizer, Json value) {
  std::vector<TextPrompt> prompts;
  std::string_view text;
  simdjson::dom::array list;
  if (value.get(text) == simdjson::SUCCESS) {
    prompts.push_back({tokenizer.encode(text), std::string(text)});
    return prompts;
  }
  if (value.get(list) != simdjson::SUCCESS || list.begin() == list.end()) return prompts;
  if ((*list.begin()).is_number()) {
    prompts.push_back(prompt_of_ids(list));
    return prompts;
  }
  for (const Json item : list) {
    simdjson::dom::array inner;
    if (item.get(text) == simdjson::SUCCESS) {
      prompts.push_back({tokenizer.encode(text), std::string(text)});
    } else if (item.get(inner) == simdjson::SUCCESS) {
      prompts.push_back(prompt_of_ids(inner));
    }
  }
  return prompts;
}

std::int64_t count_text_prompts(Tokenizer& tokenizer, Json value) {
  std::string_view text;
  if (value.get(text) == simdjson::SUCCESS) return tokenizer.count(text);
  std::int64_t tokens = 0;
  for (const TextPrompt& prompt : read_text_prompts(tokenizer, value)) {
    tokens += static_cast<std::int64_t>(prompt.tokens.size());
  }
  return tokens;
}

}  // namespace ktl::standin
