#include "protocol/answer_reader.h"

#include <algorithm>

namespace ktl::protocol {
namespace {

constexpr std::int64_t kMostCredible = 1'000'000'000;  // sums of such figures cannot overflow

// prompt_tokens_details, completion_tokens_details and their namesakes in Responses.
void read_details(JsonCursor& in, TokenUsage& usage) {
  if (in.peek() != JsonKind::object) {
    in.skip();
    return;
  }
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("cached_tokens")) {
      usage.cached = read_count(in);
    } else if (key.is("reasoning_tokens")) {
      usage.reasoning = read_count(in);
    } else {
      in.skip();
    }
  }
}

}  // namespace

std::int64_t read_count(JsonCursor& in) {
  if (in.peek() != JsonKind::number) {
    in.skip();
    return 0;
  }
  std::string_view number;
  if (!in.read_number(number)) return 0;
  return std::clamp<std::int64_t>(to_integer(number).value_or(0), 0, kMostCredible);
}

std::string_view read_raw_string(JsonCursor& in, Span* place) {
  if (in.peek() != JsonKind::string) {
    in.skip();
    return {};
  }
  const std::size_t begin = in.offset();
  JsonString string;
  if (!in.read_string(string)) return {};
  if (place != nullptr) *place = {begin, in.offset() - begin};
  return string.raw;
}

std::optional<TokenUsage> read_usage(JsonCursor& in) {
  if (in.peek() != JsonKind::object) {
    in.skip();
    return std::nullopt;
  }
  TokenUsage usage;
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("prompt_tokens") || key.is("input_tokens")) {
      usage.prompt = read_count(in);
    } else if (key.is("completion_tokens") || key.is("output_tokens")) {
      usage.completion = read_count(in);
    } else if (key.is("reasoning_tokens")) {
      usage.reasoning = std::max(usage.reasoning, read_count(in));
    } else if (key.is("cache_read_input_tokens")) {
      usage.cached = read_count(in);
    } else if (key.raw.ends_with("_tokens_details")) {
      read_details(in, usage);
    } else {
      in.skip();
    }
  }
  if (!in.ok()) return std::nullopt;
  // Anthropic's own figures leave the cached part out of input_tokens; those of the engines do not.
  if (usage.cached > usage.prompt) usage.prompt += usage.cached;
  return usage;
}

}  // namespace ktl::protocol
