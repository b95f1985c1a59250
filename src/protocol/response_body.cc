#include "protocol/response_body.h"

#include "protocol/answer_reader.h"
#include "protocol/json_cursor.h"
#include "protocol/rewriting.h"

namespace ktl::protocol {
namespace {

constexpr int kMaxDepth = 512;

// The first finish_reason among the choices.
void read_choices(JsonCursor& in, ResponseFacts& facts) {
  if (in.peek() != JsonKind::array) {
    in.skip();
    return;
  }
  in.enter_array();
  while (in.next_element()) {
    if (in.peek() != JsonKind::object) {
      in.skip();
      continue;
    }
    in.enter_object();
    for (JsonString key; in.next_member(key);) {
      if (key.is("finish_reason") && facts.finish_reason.empty()) {
        facts.finish_reason = read_raw_string(in);
      } else {
        in.skip();
      }
    }
  }
}

ResponseFacts inspect_object(Endpoint endpoint, std::string_view body) {
  ResponseFacts facts;
  JsonCursor in(body, kMaxDepth);
  bool may_be_error = false;
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (key.is("usage")) {
      facts.usage = read_usage(in);
    } else if (key.is("model")) {
      read_raw_string(in, &facts.model);
    } else if (key.is("id")) {
      read_raw_string(in, &facts.id);
    } else if (key.is("choices")) {
      read_choices(in, facts);
    } else if (key.is("input_tokens") && endpoint == Endpoint::messages_count_tokens) {
      facts.usage = TokenUsage{.prompt = read_count(in)};
    } else {
      may_be_error = may_be_error || key.is("error") || key.is("detail") || key.is("message");
      in.skip();
    }
  }
  if (!in.ok() || !in.at_end()) return {};
  facts.is_json = true;
  if (may_be_error) facts.error = read_engine_error(body);
  return facts;
}

// SGLang's rerank: a bare list whose elements tell their own tokens.
std::int64_t read_rank(JsonCursor& in) {
  std::int64_t tokens = 0;
  if (in.peek() != JsonKind::object) {
    in.skip();
    return 0;
  }
  in.enter_object();
  for (JsonString key; in.next_member(key);) {
    if (!key.is("meta_info")) {
      in.skip();
      continue;
    }
    if (const auto usage = read_usage(in)) tokens = usage->prompt;
  }
  return tokens;
}

ResponseFacts inspect_list(std::string_view body) {
  ResponseFacts facts;
  JsonCursor in(body, kMaxDepth);
  TokenUsage usage;
  in.enter_array();
  while (in.next_element()) usage.prompt += read_rank(in);
  if (!in.ok() || !in.at_end()) return {};
  facts.is_json = true;
  if (usage.prompt > 0) facts.usage = usage;
  return facts;
}

}  // namespace

ResponseFacts inspect_response(Endpoint endpoint, std::string_view body) {
  switch (JsonCursor(body, 1).peek()) {
    case JsonKind::object:
      return inspect_object(endpoint, body);
    case JsonKind::array:
      return inspect_list(body);
    default:
      return {};
  }
}

void rewrite_response(std::string_view body, const ResponseFacts& facts, std::string_view model,
                      std::string_view id_prefix, std::string& out) {
  Rewriting rewriting(body);
  if (!model.empty()) rewriting.set_string(facts.model, model);
  if (!id_prefix.empty()) rewriting.prefix_string(facts.id, id_prefix);
  rewriting.append_to(out);
}

}  // namespace ktl::protocol
