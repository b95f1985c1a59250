#include "prompt/piecewise_count.h"

#include <algorithm>
#include <cstring>

namespace ktl::prompt {
namespace {

using tokenizer::Scheme;

bool is_json(const Part& part) {
  return part.kind != Part::Kind::literal && part.kind != Part::Kind::content;
}

// True only if the text begins with a character that no tokenizer takes for a blank. The blanks beyond ASCII begin
// with C2, E1, E2 or E3; Hangul syllables with EA to ED.
bool begins_unblank(std::string_view text) {
  const auto first = static_cast<unsigned char>(text.front());
  if (first < 0x80) return first > 0x20 && first != 0x7F;
  return first != 0xC2 && first != 0xE1 && first != 0xE2 && first != 0xE3;
}

// Whether a text may be cut at this blank, which is then dropped: see the header. 0x81 ends a typed "▁".
bool may_cut_at(std::string_view text, std::size_t at) {
  if (at == 0 || at + 1 >= text.size() || text[at] != ' ') return false;
  const char before = text[at - 1];
  return before != ' ' && before != '>' && static_cast<unsigned char>(before) != 0x81 && text[at + 1] != '<';
}

std::size_t first_cut(std::string_view text) {
  for (std::size_t at = text.find(' '); at != std::string_view::npos; at = text.find(' ', at + 1)) {
    if (may_cut_at(text, at)) return at;
  }
  return std::string_view::npos;
}

std::size_t last_cut(std::string_view whole) {
  std::string_view text = whole;
  while (const void* const blank = text.empty() ? nullptr : memrchr(text.data(), ' ', text.size())) {
    const auto at = static_cast<std::size_t>(static_cast<const char*>(blank) - text.data());
    if (may_cut_at(whole, at)) return at;
    text.remove_suffix(text.size() - at);
  }
  return std::string_view::npos;
}

}  // namespace

// Gathers the parts between isolators and counts each such run.
class PiecewiseCount::Tally final : public PromptSink {
 public:
  Tally(const PiecewiseCount& counter, const Showing& showing, std::size_t messages)
      : counter_(counter), showing_(showing) {
    run_.reserve(counter.isolated_ ? kPartsOfMessage : kPartsOfMessage * (messages + 1));
  }

  void isolator(std::string_view token) override {
    if (!counter_.isolated_) return part(Part::Kind::literal, token);
    separate();
    ++tokens_;
  }

  void part(Part::Kind kind, std::string_view text) override {
    if (text.empty()) return;
    Part& part = run_.emplace_back();
    part.kind = kind;
    part.text = text;
  }

  void separate() override {
    if (run_.empty()) return;
    tokens_ += counter_.scheme_ == Scheme::byte_level ? counter_.byte_level(run_, showing_)
                                                      : counter_.sentencepiece(run_, showing_);
    run_.clear();
  }

  std::int64_t finish() {
    separate();
    return tokens_;
  }

 private:
  static constexpr std::size_t kPartsOfMessage = 8;  // more are rare

  const PiecewiseCount& counter_;
  Showing showing_;
  std::vector<Part> run_;
  std::int64_t tokens_ = 0;
};

PiecewiseCount::PiecewiseCount(std::shared_ptr<const tokenizer::Encoder> encoder, Scheme scheme, TemplateFamily family,
                               std::shared_ptr<MessageCache> cache)
    : encoder_(std::move(encoder)), scheme_(scheme), family_(family), cache_(std::move(cache)) {
  switch (family_) {
    case TemplateFamily::chatml:
    case TemplateFamily::qwen2_5:
    case TemplateFamily::qwen3:
      isolated_ = isolates("<|im_start|>") && isolates("<|im_end|>");
      break;
    case TemplateFamily::llama3:
      isolated_ = isolates("<|begin_of_text|>") && isolates("<|start_header_id|>") && isolates("<|end_header_id|>") &&
                  isolates("<|eot_id|>");
      break;
    case TemplateFamily::solar:
    case TemplateFamily::unknown:
      break;
  }
  for (const std::string_view text : {"\n", "\n\n", "user\n", "assistant\n", "system\n", "user", "assistant", "system"})
    literals_.push_back({std::string(text), encoder_->count(text)});
}

// Blanks and letters on both sides, so that a token that swallows blanks, or is no added token, does not pass.
bool PiecewiseCount::isolates(std::string_view token) const {
  for (const std::string_view side : {"a", " a ", "\n", "가 \n"}) {
    std::string text(side);
    text.append(token).append(side);
    if (encoder_->count(text) != 2 * encoder_->count(side) + 1) return false;
  }
  return true;
}

std::int64_t PiecewiseCount::chat(const tokenizer::ChatPrompt& prompt, EngineDialect dialect) const {
  Tally tally(*this, {prompt.tool_choice, dialect}, prompt.messages.size());
  lay_out({family_, dialect}, prompt, tally);
  return tally.finish();
}

std::int64_t PiecewiseCount::text(std::string_view text) const {
  const Part part{Part::Kind::content, text};
  return text.empty() ? 0 : stretch({&part, 1}, {{}, EngineDialect::as_sent});
}

std::int64_t PiecewiseCount::literal(std::string_view text) const {
  for (const Known& known : literals_) {
    if (known.text == text) return known.tokens;
  }
  return encoder_->count(text);
}

std::int64_t PiecewiseCount::stretch(std::span<const Part> parts, const Showing& showing) const {
  std::size_t size = 0;
  for (const Part& part : parts) size += part.text.size();
  if (parts.size() == 1 && size < 16) return literal(parts.front().text);

  const bool cached = cache_ && size >= kWorthCaching;
  Digest digest;
  if (cached) {
    const DigestKey& key = cache_->key();
    digest = key.digest(parts.front().text);
    if (parts.size() > 1 || is_json(parts.front())) {
      digest = key.extend({}, static_cast<std::uint64_t>(parts.front().kind), digest);
      for (const Part& part : parts.subspan(1))
        digest = key.extend(digest, static_cast<std::uint64_t>(part.kind), key.digest(part.text));
      // How tools are shown is part of what was counted.
      const auto how = 16 + static_cast<std::uint64_t>(showing.choice.kind) * 16;
      digest = key.extend(digest, how + static_cast<std::uint64_t>(showing.dialect), key.digest(showing.choice.name));
    }
  }
  const auto count = [&] {
    if (parts.size() == 1 && !is_json(parts.front())) return encoder_->count(parts.front().text);
    std::string together;
    together.reserve(size + size / 8);
    for (const Part& part : parts) append_text(part, showing.choice, showing.dialect, together);
    return encoder_->count(together);
  };
  return cached ? remembered(digest, count) : count();
}

// Requires a cache.
template <class Counting>
std::int64_t PiecewiseCount::remembered(const Digest& digest, const Counting& count) const {
  if (const auto known = cache_->find(digest)) return *known;
  const std::int64_t tokens = count();
  cache_->insert(digest, tokens);
  return tokens;
}

std::int64_t PiecewiseCount::byte_level(std::span<const Part> parts, const Showing& showing) const {
  std::int64_t tokens = 0;
  const bool apart = parts.size() > 1 && parts[0].kind == Part::Kind::literal && parts[0].text.back() == '\n' &&
                     !is_json(parts[1]) && begins_unblank(parts[1].text);
  if (apart) {
    tokens += literal(parts.front().text);
    parts = parts.subspan(1);
  }
  return tokens + stretch(parts, showing);
}

std::int64_t PiecewiseCount::sentencepiece(std::span<const Part> parts, const Showing& showing) const {
  if (std::any_of(parts.begin(), parts.end(), is_json)) return stretch(parts, showing);
  std::int64_t tokens = 0;
  std::string pending;
  for (const Part& part : parts) {
    const std::size_t last = part.text.size() >= kWorthCaching ? last_cut(part.text) : std::string_view::npos;
    if (last == std::string_view::npos) {
      pending += part.text;
      continue;
    }
    if (part.text.size() < kWorthApart) {
      tokens += joint(pending, part.text.substr(0, last));
    } else {
      const std::size_t first = first_cut(part.text);
      tokens += joint(pending, part.text.substr(0, first));
      if (last > first) tokens += text(part.text.substr(first + 1, last - first - 1));
    }
    pending.assign(part.text.substr(last + 1));
  }
  return tokens + joint(pending, {});
}

std::int64_t PiecewiseCount::joint(std::string_view before, std::string_view text) const {
  const auto count = [&] { return encoder_->count(std::string(before).append(text)); };
  return cache_ ? remembered(cache_->key().digest(before, text), count) : count();
}

}  // namespace ktl::prompt
