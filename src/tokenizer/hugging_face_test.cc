#include "tokenizer/hugging_face.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <string>

namespace ktl::tokenizer {
namespace {

constexpr std::string_view kQwen2Split =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+)";

// The 256 byte tokens as GPT-2 spells them, as members of "vocab".
std::string spelled_bytes() {
  std::string members;
  int next = 0x100;
  for (int byte = 0; byte < 256; ++byte) {
    const bool visible = (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || byte >= 0xae;
    char member[32];
    std::snprintf(member, sizeof member, "\"\\u%04x\":%d,", static_cast<unsigned>(visible ? byte : next++), byte);
    members += member;
  }
  return members;
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
  const std::size_t at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), with);
}

std::string byte_level_json() {
  return R"({"version":"1.0","added_tokens":[{"id":259,"content":"<|im_start|>","single_word":false,"lstrip":false,)"
         R"("rstrip":false,"normalized":false,"special":true}],"normalizer":{"type":"NFC"},"pre_tokenizer":{"type":)"
         R"("Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":")" +
         std::string(kQwen2Split) +
         R"("},"behavior":"Isolated","invert":false},{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":false,)"
         R"("use_regex":false}]},"post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":)"
         R"("<|im_start|>","type_id":0}},{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"<|im_start|>":{"id":)"
         R"("<|im_start|>","ids":[259],"tokens":["<|im_start|>"]}}},"model":{"type":"BPE","dropout":null,"vocab":{)" +
         spelled_bytes() + R"("ab":256,"abc":257,"\u0120a":258},"merges":["a b",["ab","c"],"\u0120 a"]}})";
}

std::string sentencepiece_json() {
  std::string bytes;
  for (int byte = 0; byte < 256; ++byte) {
    char member[32];
    std::snprintf(member, sizeof member, "\"<0x%02X>\":%d,", static_cast<unsigned>(byte), byte + 3);
    bytes += member;
  }
  return R"({"added_tokens":[{"id":1,"content":"<s>","normalized":false,"special":true}],"normalizer":{"type":"Sequence",)"
         R"("normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},)"
         R"("pre_tokenizer":null,"model":{"type":"BPE","unk_token":"<unk>","byte_fallback":true,"vocab":{"<unk>":0,)"
         R"("<s>":1,"</s>":2,)" +
         bytes + R"("▁":259,"가":260,"▁가":261},"merges":["▁ 가"]}})";
}

std::string error_of(const std::string& json) {
  const auto read = read_hugging_face(json);
  return read ? "accepted" : read.error();
}

TEST(ReadHuggingFace, reads_byte_level_with_merges_in_both_spellings) {
  const auto read = read_hugging_face(byte_level_json());
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->scheme, Scheme::byte_level);
  EXPECT_EQ(read->split, Split::qwen2);
  EXPECT_TRUE(read->nfc);
  EXPECT_EQ(read->tokens[10], "\n");
  EXPECT_EQ(read->tokens[0xad], "\xad");
  EXPECT_EQ(read->tokens[258], " a");
  EXPECT_EQ(read->merges, (std::vector<Merge>{{'a', 'b', 256}, {256, 'c', 257}, {' ', 'a', 258}}));
  ASSERT_EQ(read->added.size(), 1u);
  EXPECT_EQ(read->added[0], (AddedToken{"<|im_start|>", 259, true}));
  EXPECT_EQ(read->leading, std::vector<TokenId>{259});
}

TEST(ReadHuggingFace, reads_sentencepiece_style) {
  const auto read = read_hugging_face(sentencepiece_json());
  ASSERT_TRUE(read.has_value()) << read.error();
  EXPECT_EQ(read->scheme, Scheme::sentencepiece);
  EXPECT_EQ(read->split, Split::none);
  EXPECT_EQ(read->merges, (std::vector<Merge>{{259, 260, 261}}));
  EXPECT_EQ(read->unknown, TokenId{0});
  EXPECT_TRUE(read->leading.empty());
}

TEST(ReadHuggingFace, names_what_it_does_not_support) {
  const std::string byte_level = byte_level_json();
  const std::string piece = sentencepiece_json();
  EXPECT_EQ(error_of(replaced(byte_level, R"("BPE")", R"("Unigram")")), "unsupported model: Unigram");
  EXPECT_EQ(error_of(replaced(byte_level, R"("BPE")", R"("WordPiece")")), "unsupported model: WordPiece");
  EXPECT_EQ(error_of(replaced(byte_level, R"("NFC")", R"("NFKC")")), "unsupported normalizer: NFKC");
  EXPECT_EQ(error_of(replaced(byte_level, "'ve|", "")).find("unsupported pre_tokenizer pattern: (?i:'s|'t|'re|'m"), 0u);
  EXPECT_EQ(error_of(replaced(byte_level, "TemplateProcessing", "BertProcessing")),
            "unsupported post_processor: BertProcessing");
  EXPECT_EQ(error_of(replaced(byte_level, R"("dropout":null)", R"("dropout":0.1)")), "unsupported: dropout");
  EXPECT_NE(
      error_of(replaced(piece, R"("pre_tokenizer":null)", R"("pre_tokenizer":{"type":"Metaspace"})")).find("Metaspace"),
      std::string::npos);
  EXPECT_NE(error_of(replaced(piece, R"("normalized":false)", R"("normalized":true)")).find("unsupported"),
            std::string::npos);
}

TEST(ReadHuggingFace, refuses_data_that_do_not_fit_together) {
  const std::string good = byte_level_json();
  EXPECT_EQ(read_hugging_face({}).error(), "the file is empty");
  EXPECT_EQ(error_of("[]").find("not a JSON object"), 0u);
  EXPECT_EQ(error_of(replaced(good, R"("a b")", R"("a z")")).find("a merge of or into something that is no token"), 0u);
  EXPECT_EQ(error_of(replaced(good, R"("a b",)", R"("a b","a b",)")).find("a merge given twice"), 0u);
  EXPECT_EQ(error_of(replaced(good, R"("a b")", R"("a b c")")), "a merge that is not a pair");
  EXPECT_EQ(error_of(replaced(good, ":257", ":256")).find("two tokens with one id"), 0u);
  EXPECT_EQ(error_of(replaced(good, ":257", ":4294967296")).find("no usable id"), 0u);
  EXPECT_EQ(error_of(replaced(good, ":257", ":2000000")), "the ids of the tokens are scattered");
  EXPECT_EQ(error_of(replaced(good, R"("\u0021":33,)", "")), "a byte without a token");
}

}  // namespace
}  // namespace ktl::tokenizer
