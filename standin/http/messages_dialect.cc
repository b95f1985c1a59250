// POST /v1/messages: Anthropic's form, one text block.
#include "standin/http/dialect.h"
#include "standin/http/json.h"

namespace ktl::standin {
namespace {

class MessagesDialect final : public Dialect {
 public:
  void begin(std::string& out, const Progress& first) override {
    std::string body;
    add(body, R"("message":{"id":)", Quoted{id()}, R"(,"type":"message","role":"assistant","content":[],"model":)",
        Quoted{facts.model}, R"(,"stop_reason":null,"stop_sequence":null,"usage":)",
        usage({first.prompt_tokens, first.cached_tokens, 0}), "}");
    event(out, "message_start", body);
  }

  void open(std::string& out, std::size_t /*choice*/) override {
    event(out, "content_block_start", R"("index":0,"content_block":{"type":"text","text":""})");
  }

  void piece(std::string& out, std::size_t /*choice*/, std::string_view text, const Progress& /*progress*/,
             const Outcome* /*end*/) override {
    if (text.empty()) return;
    event(out, "content_block_delta", R"("index":0,"delta":{"type":"text_delta","text":)" + json_quoted(text) + "}");
  }

  void close(std::string& out, std::size_t /*choice*/, const ChoiceResult& result) override {
    event(out, "content_block_stop", R"("index":0)");
    stop_ = stop_fields(result);
  }

  void finish(std::string& out, const Progress& total) override {
    std::string body;
    add(body, R"("delta":{)", stop_, "}");
    if (!facts.no_usage) add(body, R"(,"usage":)", usage(total));
    event(out, "message_delta", body);
    add(out, "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n");
  }

  void failed(std::string& out, const ApiError& error, const Progress& /*total*/) override {
    add(out, "event: error\ndata: ", messages_error(error), "\n\n");
  }

  std::string whole(const std::vector<ChoiceResult>& choices, const Progress& total) override {
    std::string out;
    add(out, R"({"id":)", Quoted{id()}, R"(,"type":"message","role":"assistant","content":[{"type":"text","text":)",
        Quoted{choices[0].text}, R"(}],"model":)", Quoted{facts.model}, ",", stop_fields(choices[0]));
    if (!facts.no_usage) add(out, R"(,"usage":)", usage(total));
    return out + "}";
  }

  std::string refusal(const ApiError& error) override { return messages_error(error); }

 private:
  std::string id() const { return "msg_" + facts.id(0); }

  std::string usage(const Progress& usage) const {
    std::string out;
    add(out, R"({"input_tokens":)", usage.prompt_tokens, R"(,"output_tokens":)", usage.generated_tokens);
    if (facts.cache_report && usage.cached_tokens > 0) add(out, R"(,"cache_read_input_tokens":)", usage.cached_tokens);
    return out + "}";
  }

  static std::string stop_fields(const ChoiceResult& result) {
    std::string out;
    const std::string& matched = result.answer->matched_stop;
    if (result.outcome.reason == FinishReason::length) {
      add(out, R"("stop_reason":"max_tokens","stop_sequence":null)");
    } else if (result.outcome.reason == FinishReason::stop && !matched.empty()) {
      add(out, R"("stop_reason":"stop_sequence","stop_sequence":)", Quoted{matched});
    } else {
      add(out, R"("stop_reason":"end_turn","stop_sequence":null)");
    }
    return out;
  }

  static void event(std::string& out, std::string_view type, std::string_view body) {
    add(out, "event: ", type, "\ndata: {\"type\":", Quoted{type}, ",", body, "}\n\n");
  }

  std::string stop_ = R"("stop_reason":"end_turn","stop_sequence":null)";
};

}  // namespace

std::unique_ptr<Dialect> messages_dialect() {
  return std::make_unique<MessagesDialect>();
}

}  // namespace ktl::standin
