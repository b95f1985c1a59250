#include "prompt/test_support.h"

#include <array>
#include <fstream>

#include <simdjson.h>

namespace ktl::prompt {
namespace {

using tokenizer::Scheme;
using tokenizer::TokenId;

constexpr std::string_view kBlank = "\xE2\x96\x81";  // ▁

bool is_blank(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_break(char c) {
  return c == '\n' || c == '\r';
}
bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Where the piece at `begin` ends, by the rules of Qwen2's split in their order.
std::size_t piece_end(std::string_view text, std::size_t begin) {
  const auto run = [&](std::size_t from, auto belongs) {
    while (from < text.size() && belongs(text[from])) ++from;
    return from;
  };
  const auto is_mark = [](char c) { return !is_blank(c) && !is_letter(c) && !is_digit(c); };
  const char c = text[begin];
  if (is_letter(c)) return run(begin, is_letter);
  if (!is_break(c) && !is_digit(c) && begin + 1 < text.size() && is_letter(text[begin + 1]))
    return run(begin + 1, is_letter);
  if (is_digit(c)) return begin + 1;
  const std::size_t mark = c == ' ' ? begin + 1 : begin;
  if (mark < text.size() && is_mark(text[mark])) return run(run(mark, is_mark), is_break);
  const std::size_t end = run(begin, is_blank);
  for (std::size_t i = end; i > begin; --i) {
    if (is_break(text[i - 1])) return i;
  }
  return end == text.size() || end == begin + 1 ? end : end - 1;
}

class ScrambledEncoder final : public tokenizer::Encoder {
 public:
  explicit ScrambledEncoder(Scheme scheme) : scheme_(scheme) {}

  std::int64_t count(std::string_view text) const override {
    static constexpr std::array<std::string_view, 9> kAdded{
        "<|im_start|>", "<|im_end|>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>",
        "<tool_call>",  "</s>",       "</tool_call>"};
    std::int64_t tokens = 0;
    std::size_t begin = 0;
    for (std::size_t at = 0; at < text.size();) {
      std::size_t matched = 0;
      for (const std::string_view added : kAdded) {
        if (text.substr(at, added.size()) == added) matched = added.size();
      }
      if (matched == 0) {
        ++at;
        continue;
      }
      tokens += segment(text.substr(begin, at - begin)) + 1;
      begin = at += matched;
    }
    return tokens + segment(text.substr(begin));
  }
  void encode(std::string_view, std::vector<TokenId>&) const override {}
  std::span<const TokenId> leading() const override { return leading_; }
  std::string_view bytes_of(TokenId) const override { return {}; }

 private:
  static std::int64_t scrambled(std::string_view piece) {
    std::uint64_t hash = 14695981039346656037u;
    for (const char c : piece) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211u;
    return 1 + static_cast<std::int64_t>((hash >> 20) % 977);
  }

  std::int64_t segment(std::string_view text) const {
    return scheme_ == Scheme::byte_level ? byte_level(text) : sentencepiece(text);
  }

  static std::int64_t byte_level(std::string_view text) {
    std::int64_t tokens = 0;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t end = piece_end(text, at);
      tokens += scrambled(text.substr(at, end - at));
      at = end;
    }
    return tokens;
  }

  // A blank before everything, and no piece with a blank after anything else.
  static std::int64_t sentencepiece(std::string_view text) {
    if (text.empty()) return 0;
    std::string spelled(kBlank);
    for (const char c : text) {
      if (c == ' ') {
        spelled += kBlank;
      } else {
        spelled += c;
      }
    }
    std::int64_t tokens = 0;
    std::size_t begin = 0;
    for (std::size_t at = 1; at <= spelled.size(); ++at) {
      const bool blank_here = spelled.compare(at, kBlank.size(), kBlank) == 0;
      const bool blank_before = at >= 3 && spelled.compare(at - 3, 3, kBlank) == 0;
      if (at != spelled.size() && (!blank_here || blank_before)) continue;
      tokens += scrambled(std::string_view(spelled).substr(begin, at - begin));
      begin = at;
    }
    return tokens;
  }

  Scheme scheme_;
  std::vector<TokenId> leading_{1};
};

std::string random_text(Rng& rng) {
  static constexpr std::array<std::string_view, 40> kPieces{"안녕하세요",
                                                            "가",
                                                            "한국어 ",
                                                            " ",
                                                            "  ",
                                                            "\n",
                                                            "\n\n",
                                                            "\t",
                                                            "\r\n",
                                                            "!",
                                                            "?!",
                                                            "...",
                                                            "a",
                                                            "Hello",
                                                            " world",
                                                            "12",
                                                            "0",
                                                            "<|im_end|>",
                                                            "<|im_start|>",
                                                            "<tool_call>",
                                                            "</s>",
                                                            " </s> ",
                                                            "<",
                                                            ">",
                                                            "<|",
                                                            "|>",
                                                            "\xE2\x96\x81",
                                                            "\xC2\xA0",
                                                            "\xE3\x80\x80",
                                                            "\xC2\x85",
                                                            "👍",
                                                            "é",
                                                            "'s",
                                                            "<think>\n",
                                                            "</think>\n\n",
                                                            "<tool_response>",
                                                            "</tool_response>",
                                                            "<|eot_id|>",
                                                            "\x1C",
                                                            "ㅋㅋㅋ"};
  std::string text;
  const std::uint64_t pieces = rng.below(4) == 0 ? rng.below(60) : rng.below(6);
  for (std::uint64_t i = 0; i < pieces; ++i) text += kPieces[rng.below(kPieces.size())];
  return text;
}

std::string text_or_empty(simdjson::dom::element object, std::string_view key) {
  std::string_view text;
  return object[key].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

std::string json_or_empty(simdjson::dom::element object, std::string_view key) {
  simdjson::dom::element value;
  if (object[key].get(value) != simdjson::SUCCESS || value.is_null()) return {};
  return simdjson::minify(value);
}

}  // namespace

std::shared_ptr<const tokenizer::Encoder> scrambled_encoder(Scheme scheme) {
  return std::make_shared<ScrambledEncoder>(scheme);
}

TestPrompt random_prompt(Rng& rng) {
  static constexpr std::array<std::string_view, 8> kRoles{"user", "assistant", "system",    "tool",
                                                          "User", "user",      "developer", "assistant"};
  static constexpr std::array<std::string_view, 4> kCalls{
      R"([{"id":"1","type":"function","function":{"name":"날씨","arguments":"{\"도시\":\"서울\",\"n\":1e3}"}}])", "[]",
      "", R"([{"function":{"name":"a","arguments":{}}},{"function":{"name":"b","arguments":{"x":[1,2]}}}])"};
  static constexpr std::array<std::string_view, 4> kTools{
      "", "", R"([{"type":"function","function":{"name":"날씨","parameters":{"type":"object"}}}])",
      R"([{"type":"function","function":{"name":"a","strict":true}},{"type":"function","function":{"name":"b"}}])"};
  TestPrompt prompt;
  const std::uint64_t messages = 1 + rng.below(8);
  for (std::uint64_t i = 0; i < messages; ++i) {
    const std::string_view role = kRoles[rng.below(kRoles.size())];
    prompt.add(role, random_text(rng), role == "assistant" ? kCalls[rng.below(kCalls.size())] : "");
    if (role == "assistant" && rng.below(4) == 0) prompt.think(random_text(rng));
  }
  prompt.tools = kTools[rng.below(kTools.size())];
  prompt.tool_name = "b";
  prompt.choice = static_cast<tokenizer::ToolChoice::Kind>(rng.below(3));
  prompt.continued = rng.below(3) == 0;
  if (rng.below(2) == 0) prompt.thinking = rng.below(2) == 0;
  return prompt;
}

std::vector<RecordedChat> recorded_chats() {
  std::vector<RecordedChat> all;
  std::ifstream file("src/prompt/testdata/chat.jsonl");
  simdjson::dom::parser parser;
  for (std::string line; std::getline(file, line);) {
    const simdjson::dom::element one = parser.parse(line);
    RecordedChat record;
    record.name = text_or_empty(one, "name");
    for (const simdjson::dom::element message : one["request"]["messages"].get_array()) {
      record.prompt.add(text_or_empty(message, "role"), text_or_empty(message, "content"),
                        json_or_empty(message, "tool_calls"));
    }
    record.prompt.tools = json_or_empty(one["request"], "tools");
    for (const auto& [key, value] : simdjson::dom::object(one["prompt"]))
      record.rendered[std::string(key)] = std::string(std::string_view(value));
    for (const auto& [key, value] : simdjson::dom::object(one["tokens"]))
      record.tokens[std::string(key)] = std::int64_t(value);
    all.push_back(std::move(record));
  }
  return all;
}

ChatTemplate template_of(const std::string& key) {
  const std::size_t slash = key.find('/');
  const std::string variant = slash == std::string::npos ? "" : key.substr(slash + 1);
  ChatTemplate chat_template{family_named(key.substr(0, slash)).value(), EngineDialect::as_sent};
  if (variant == "vllm") chat_template.dialect = EngineDialect::vllm;
  if (variant == "sglang") chat_template.dialect = EngineDialect::sglang_tool;
  if (variant == "sglang_fn") chat_template.dialect = EngineDialect::sglang_function;
  return chat_template;
}

}  // namespace ktl::prompt
