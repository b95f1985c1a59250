#pragma once
// For the tests: a tokenizer.json of the Qwen kind with a handful of merges.
//   0-255 the bytes, then one id per merge in order, then <|im_start|>, <|im_end|>, <tool_call>, </tool_call>, <tool>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"
#include "standin/engine/tokenizer_file.h"

namespace ktl::standin {

// The spelling of bytes in a byte-level vocabulary, made the other way round than the reader does it.
inline std::string spelled(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    for (unsigned letter = 0x21; letter < 0x144; ++letter) {
      std::string spelling;
      if (letter >= 0x80) spelling.push_back(static_cast<char>(0xC0 | (letter >> 6)));
      spelling.push_back(static_cast<char>(letter >= 0x80 ? 0x80 | (letter & 0x3F) : letter));
      std::string back;
      if (bytes_of_token(spelling, back) && back == std::string_view(&c, 1)) out += spelling;
    }
  }
  return out;
}

using Merges = std::vector<std::pair<std::string_view, std::string_view>>;

inline const Merges& small_merges() {
  static const Merges kMerges{{"a", "b"},  {"c", "d"},   {"ab", "cd"},     {"b", "c"},
                              {" ", "ab"}, {"\n", "\n"}, {"\xED", "\x95"}, {"\xED\x95", "\x9C"}};  // 한
  return kMerges;
}

inline std::string small_tokenizer_json(const Merges& merges = small_merges()) {
  std::string vocabulary, merged, added;
  int next = 0;
  const auto add_token = [&](std::string_view bytes) {
    vocabulary += (next == 0 ? "" : ",") + json_quoted(spelled(bytes)) + ":" + std::to_string(next);
    ++next;
  };
  for (int byte = 0; byte < 256; ++byte) add_token(std::string(1, static_cast<char>(byte)));
  for (const auto& [left, right] : merges) {
    add_token(std::string(left).append(right));
    merged += (merged.empty() ? "" : ",") + json_quoted(spelled(left) + " " + spelled(right));
  }
  for (const std::string_view text : {"<|im_start|>", "<|im_end|>", "<tool_call>", "</tool_call>", "<tool>"}) {
    added += (added.empty() ? "" : ",") + std::string(R"({"id":)") + std::to_string(next++) + R"(,"content":)" +
             json_quoted(text) + R"(,"lstrip":false,"special":)" + (text[1] == '|' ? "true" : "false") + "}";
  }
  return R"({"added_tokens":[)" + added +
         R"(],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":)" +
         json_quoted(kQwenPieces) +
         R"(},"behavior":"Isolated"},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]},"model":{"type":"BPE","vocab":{)" +
         vocabulary + R"(},"merges":[)" + merged + "]}}";
}

inline std::unique_ptr<VocabularyTokenizer> small_tokenizer() {
  return std::move(read_tokenizer(small_tokenizer_json()).value());
}

}  // namespace ktl::standin
