#include "tokenizer/hugging_face.h"

#include <simdjson.h>

#include <set>
#include <unordered_map>
#include <utility>

#include "tokenizer/byte_alphabet.h"
#include "tokenizer/vocabulary_check.h"

namespace ktl::tokenizer {
namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

using Outcome = tl::expected<void, std::string>;
using Ids = std::unordered_map<std::string_view, TokenId>;  // by the token as the file spells it

constexpr std::string_view kQwen2Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kLlama3Pattern =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
constexpr std::string_view kBlankMark = "\u2581";  // ▁

tl::unexpected<std::string> refuse(std::string_view what, std::string_view which = {}) {
  constexpr std::size_t kShown = 200;
  std::string message(what);
  if (!which.empty()) message.append(": ").append(which.substr(0, kShown));
  return tl::unexpected<std::string>(std::move(message));
}

bool is_absent(const object& parent, std::string_view key) {
  element value;
  return parent[key].get(value) != simdjson::SUCCESS || value.is_null();
}

std::string_view text_of(const object& parent, std::string_view key) {
  std::string_view text;
  return parent[key].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

bool flag_of(const object& parent, std::string_view key, bool otherwise = false) {
  bool flag = false;
  return parent[key].get(flag) == simdjson::SUCCESS ? flag : otherwise;
}

// A member that is absent, null or an empty string.
bool is_blank(const object& parent, std::string_view key) {
  std::string_view text;
  return is_absent(parent, key) || (parent[key].get(text) == simdjson::SUCCESS && text.empty());
}

// The steps of a stage of the pipeline: none for null, the members of a Sequence, or the stage itself.
tl::expected<std::vector<object>, std::string> steps_of(const object& root, const char* stage, const char* member) {
  std::vector<object> steps;
  if (is_absent(root, stage)) return steps;
  object step;
  if (root[stage].get(step) != simdjson::SUCCESS) return refuse("not an object", stage);
  if (text_of(step, "type") != "Sequence") return std::vector<object>{step};
  array members;
  if (step[member].get(members) != simdjson::SUCCESS) return refuse("a Sequence without its list", stage);
  for (const element each : members) {
    if (each.get(step) != simdjson::SUCCESS) return refuse("not a list of objects", stage);
    steps.push_back(step);
  }
  return steps;
}

class Reader {
 public:
  explicit Reader(const object& root) : root_(root) {}

  tl::expected<Vocabulary, std::string> read() {
    Outcome done = read_model_settings();
    if (done) done = read_tokens();
    if (done) done = read_merges();
    if (done) done = read_added_tokens();
    if (done) done = out_.scheme == Scheme::byte_level ? read_byte_level_steps() : read_sentencepiece_steps();
    if (done) done = read_leading();
    if (!done) return tl::unexpected(std::move(done).error());
    if (auto flaw = flaw_in(out_)) return tl::unexpected(std::move(*flaw));
    return std::move(out_);
  }

 private:
  Outcome read_model_settings() {
    if (root_["model"].get(model_) != simdjson::SUCCESS) return refuse("no model in the file");
    const std::string_view type = text_of(model_, "type");
    if (!type.empty() && type != "BPE") return refuse("unsupported model", type);
    double dropout = 0;
    if (!is_absent(model_, "dropout") && (model_["dropout"].get(dropout) != simdjson::SUCCESS || dropout != 0)) {
      return refuse("unsupported: dropout");
    }
    for (const char* affix : {"continuing_subword_prefix", "end_of_word_suffix"}) {
      if (!is_blank(model_, affix)) return refuse("unsupported", affix);
    }
    out_.scheme = flag_of(model_, "byte_fallback") ? Scheme::sentencepiece : Scheme::byte_level;
    out_.ignore_merges = flag_of(model_, "ignore_merges");
    return {};
  }

  Outcome read_tokens() {
    object vocab;
    if (model_["vocab"].get(vocab) != simdjson::SUCCESS) return refuse("the model has no vocab");
    std::vector<std::string_view> by_id;
    for (const auto [token, value] : vocab) {
      std::uint64_t id = 0;
      if (value.get(id) != simdjson::SUCCESS || id > kMaxTokenId) return refuse("no usable id for the token", token);
      if (token.empty()) return refuse("an empty token");
      if (id >= by_id.size()) by_id.resize(id + 1);
      if (!by_id[id].empty()) return refuse("two tokens with one id", token);
      by_id[id] = token;
      if (!ids_.emplace(token, static_cast<TokenId>(id)).second) return refuse("a token given twice", token);
    }
    if (by_id.size() > 2 * ids_.size() + 65536) return refuse("the ids of the tokens are scattered");
    if (const Outcome done = find_added_spellings(); !done) return done;
    for (const std::string_view token : by_id) {
      if (out_.scheme == Scheme::sentencepiece) {
        out_.tokens.push_back(token);
      } else if (const auto bytes = bytes_of_spelling(token)) {
        out_.tokens.push_back(*bytes);
      } else if (added_spellings_.contains(token)) {
        out_.tokens.push_back({});  // never the result of merges; matched in the text as an added token
      } else {
        return refuse("a token that is not of the byte alphabet", token);
      }
    }
    return {};
  }

  Outcome find_added_spellings() {
    if (is_absent(root_, "added_tokens")) return {};
    array added;
    if (root_["added_tokens"].get(added) != simdjson::SUCCESS) return refuse("added_tokens is not a list");
    for (const element each : added) {
      object token;
      if (each.get(token) != simdjson::SUCCESS) return refuse("an added token that is not an object");
      added_spellings_.insert(text_of(token, "content"));
    }
    return {};
  }

  Outcome read_merges() {
    array merges;
    if (model_["merges"].get(merges) != simdjson::SUCCESS) return refuse("the model has no merges");
    std::unordered_map<std::uint64_t, bool> seen;
    std::string joined;
    for (const element each : merges) {
      std::string_view left;
      std::string_view right;
      if (!read_pair(each, left, right)) return refuse("a merge that is not a pair");
      joined.assign(left).append(right);
      const auto left_id = ids_.find(left);
      const auto right_id = ids_.find(right);
      const auto result = ids_.find(joined);
      if (left_id == ids_.end() || right_id == ids_.end() || result == ids_.end()) {
        return refuse("a merge of or into something that is no token", joined);
      }
      if (!seen.emplace((std::uint64_t{left_id->second} << 32) | right_id->second, true).second) {
        return refuse("a merge given twice", joined);
      }
      out_.merges.push_back({left_id->second, right_id->second, result->second});
    }
    return {};
  }

  // "a b", or ["a", "b"] as newer files have it.
  static bool read_pair(const element& value, std::string_view& left, std::string_view& right) {
    std::string_view both;
    if (value.get(both) == simdjson::SUCCESS) {
      const std::size_t blank = both.find(' ');
      if (blank == std::string_view::npos) return false;
      left = both.substr(0, blank);
      right = both.substr(blank + 1);
      return right.find(' ') == std::string_view::npos;
    }
    array pair;
    return value.get(pair) == simdjson::SUCCESS && pair.size() == 2 && pair.at(0).get(left) == simdjson::SUCCESS &&
           pair.at(1).get(right) == simdjson::SUCCESS;
  }

  Outcome read_added_tokens() {
    array added;
    if (root_["added_tokens"].get(added) != simdjson::SUCCESS) return {};  // absent; wrong types are refused above
    for (const element each : added) {
      object token;
      std::uint64_t id = 0;
      AddedToken next;
      next.content = each.get(token) == simdjson::SUCCESS ? text_of(token, "content") : std::string_view();
      if (next.content.empty()) return refuse("an added token without content");
      if (token["id"].get(id) != simdjson::SUCCESS || id > kMaxTokenId) {
        return refuse("no usable id for the added token", next.content);
      }
      next.id = static_cast<TokenId>(id);
      const auto same = ids_.find(next.content);
      if (same != ids_.end() && same->second != next.id) return refuse("an added token with two ids", next.content);
      next.special = flag_of(token, "special");
      next.normalized = flag_of(token, "normalized", !next.special);
      next.lstrip = flag_of(token, "lstrip");
      next.rstrip = flag_of(token, "rstrip");
      next.single_word = flag_of(token, "single_word");
      out_.added.push_back(std::move(next));
    }
    return {};
  }

  Outcome read_byte_level_steps() {
    const auto normalizers = steps_of(root_, "normalizer", "normalizers");
    if (!normalizers) return tl::unexpected(normalizers.error());
    for (const object& step : *normalizers) {
      if (text_of(step, "type") != "NFC") return refuse("unsupported normalizer", text_of(step, "type"));
      out_.nfc = true;
    }
    const auto splitters = steps_of(root_, "pre_tokenizer", "pretokenizers");
    if (!splitters) return tl::unexpected(splitters.error());
    if (splitters->size() != 2 || text_of((*splitters)[0], "type") != "Split" ||
        text_of((*splitters)[1], "type") != "ByteLevel") {
      return refuse("unsupported pre_tokenizer (expected Split and ByteLevel)",
                    splitters->empty() ? "none" : text_of((*splitters)[0], "type"));
    }
    if (const Outcome done = read_split((*splitters)[0]); !done) return done;
    if (flag_of((*splitters)[1], "add_prefix_space", true) || flag_of((*splitters)[1], "use_regex", true)) {
      return refuse("unsupported pre_tokenizer: ByteLevel with add_prefix_space or use_regex");
    }
    return {};
  }

  Outcome read_split(const object& split) {
    object pattern;
    if (split["pattern"].get(pattern) != simdjson::SUCCESS) return refuse("a Split without a pattern");
    const std::string_view regex = text_of(pattern, "Regex");
    if (regex == kQwen2Pattern) {
      out_.split = Split::qwen2;
    } else if (regex == kLlama3Pattern) {
      out_.split = Split::llama3;
    } else {
      return refuse("unsupported pre_tokenizer pattern", regex);
    }
    if (text_of(split, "behavior") != "Isolated" || flag_of(split, "invert")) {
      return refuse("unsupported pre_tokenizer: Split that is not Isolated");
    }
    return {};
  }

  Outcome read_sentencepiece_steps() {
    if (!is_absent(root_, "pre_tokenizer")) {
      object step;
      const bool readable = root_["pre_tokenizer"].get(step) == simdjson::SUCCESS;
      return refuse("unsupported pre_tokenizer together with byte_fallback", readable ? text_of(step, "type") : "");
    }
    const auto steps = steps_of(root_, "normalizer", "normalizers");
    if (!steps) return tl::unexpected(steps.error());
    const bool known = steps->size() == 2 && text_of((*steps)[0], "type") == "Prepend" &&
                       text_of((*steps)[0], "prepend") == kBlankMark && text_of((*steps)[1], "type") == "Replace" &&
                       text_of((*steps)[1], "content") == kBlankMark && replaces_blank((*steps)[1]);
    if (!known) return refuse("unsupported normalizer (expected Prepend and Replace of the blank)");
    const auto unknown = ids_.find(text_of(model_, "unk_token"));
    if (unknown != ids_.end()) out_.unknown = unknown->second;
    return {};
  }

  static bool replaces_blank(const object& step) {
    object pattern;
    return step["pattern"].get(pattern) == simdjson::SUCCESS && text_of(pattern, "String") == " ";
  }

  Outcome read_leading() {
    const auto steps = steps_of(root_, "post_processor", "processors");
    if (!steps) return tl::unexpected(steps.error());
    for (const object& step : *steps) {
      const std::string_view type = text_of(step, "type");
      if (type == "ByteLevel") continue;  // about offsets only
      if (type != "TemplateProcessing") return refuse("unsupported post_processor", type);
      if (const Outcome done = read_template(step); !done) return done;
    }
    return {};
  }

  Outcome read_template(const object& step) {
    array single;
    object specials;
    if (step["single"].get(single) != simdjson::SUCCESS) return refuse("TemplateProcessing without single");
    bool text_seen = false;
    for (const element each : single) {
      object part;
      object inner;
      if (each.get(part) != simdjson::SUCCESS) return refuse("TemplateProcessing: a part that is not an object");
      if (part["Sequence"].get(inner) == simdjson::SUCCESS) {
        if (text_seen || text_of(inner, "id") != "A") return refuse("unsupported TemplateProcessing: another text");
        text_seen = true;
        continue;
      }
      array ids;
      if (part["SpecialToken"].get(inner) != simdjson::SUCCESS ||
          step["special_tokens"].get(specials) != simdjson::SUCCESS ||
          specials[text_of(inner, "id")]["ids"].get(ids) != simdjson::SUCCESS) {
        return refuse("TemplateProcessing: a part that is not defined");
      }
      if (text_seen) return refuse("unsupported TemplateProcessing: tokens after the text", text_of(inner, "id"));
      for (const element each_id : ids) {
        std::uint64_t id = 0;
        if (each_id.get(id) != simdjson::SUCCESS || id > kMaxTokenId) return refuse("TemplateProcessing: a bad id");
        out_.leading.push_back(static_cast<TokenId>(id));
      }
    }
    return text_seen ? Outcome() : refuse("TemplateProcessing without the text");
  }

  object root_;
  object model_;
  Ids ids_;
  std::set<std::string_view> added_spellings_;
  Vocabulary out_;
};

}  // namespace

tl::expected<Vocabulary, std::string> read_hugging_face(std::string_view json) {
  if (json.empty()) return refuse("the file is empty");
  if (json.size() > kMaxTokenizerFileBytes) return refuse("the file is too large");
  simdjson::dom::parser parser;
  object root;
  if (const auto error = parser.parse(json.data(), json.size()).get(root); error != simdjson::SUCCESS) {
    return refuse("not a JSON object", simdjson::error_message(error));
  }
  return Reader(root).read();
}

}  // namespace ktl::tokenizer
