// POST /v1/responses: one output message; a stream of typed events with running sequence numbers.
#include "standin/http/dialect.h"
#include "standin/http/json.h"

namespace ktl::standin {
namespace {

class ResponsesDialect final : public Dialect {
 public:
  void begin(std::string& out, const Progress& /*first*/) override {
    event(out, "response.created", R"("response":)" + response("in_progress", "[]", nullptr));
    event(out, "response.in_progress", R"("response":)" + response("in_progress", "[]", nullptr));
  }

  void open(std::string& out, std::size_t /*choice*/) override {
    event(out, "response.output_item.added",
          R"("output_index":0,"item":{"id":)" + json_quoted(message_id()) +
              R"(,"content":[],"role":"assistant","status":"in_progress","type":"message"})");
    event(out, "response.content_part.added",
          place() + R"(,"part":{"annotations":[],"text":"","type":"output_text","logprobs":[]})");
  }

  void piece(std::string& out, std::size_t /*choice*/, std::string_view text, const Progress& /*progress*/,
             const Outcome* /*end*/) override {
    if (text.empty()) return;
    text_ += text;
    event(out, "response.output_text.delta", place() + R"(,"delta":)" + json_quoted(text) + R"(,"logprobs":[])");
  }

  void close(std::string& out, std::size_t /*choice*/, const ChoiceResult& result) override {
    status_ = status_of(result.outcome);
    event(out, "response.output_text.done", place() + R"(,"text":)" + json_quoted(text_) + R"(,"logprobs":[])");
    event(out, "response.content_part.done", place() + R"(,"part":)" + part(text_));
    event(out, "response.output_item.done", R"("output_index":0,"item":)" + item(text_));
  }

  void finish(std::string& out, const Progress& total) override {
    event(out, status_ == "completed" ? "response.completed" : "response.incomplete",
          R"("response":)" + response(status_, "[" + item(text_) + "]", facts.no_usage ? nullptr : &total));
    add(out, kDone);
  }

  void failed(std::string& out, const ApiError& error, const Progress& /*total*/) override {
    add(out, error_event(error), kDone);
  }

  std::string whole(const std::vector<ChoiceResult>& choices, const Progress& total) override {
    status_ = status_of(choices[0].outcome);
    return response(status_, "[" + item(choices[0].text) + "]", facts.no_usage ? nullptr : &total);
  }

  std::string refusal(const ApiError& error) override { return responses_error(error); }

 private:
  static std::string_view status_of(const Outcome& outcome) {
    return outcome.reason == FinishReason::stop ? "completed" : "incomplete";
  }
  std::string message_id() const { return "msg_" + facts.id(0); }
  std::string place() const {
    return R"("item_id":)" + json_quoted(message_id()) + R"(,"output_index":0,"content_index":0)";
  }
  static std::string part(std::string_view text) {
    return R"({"annotations":[],"text":)" + json_quoted(text) + R"(,"type":"output_text","logprobs":null})";
  }
  std::string item(std::string_view text) const {
    return R"({"id":)" + json_quoted(message_id()) + R"(,"content":[)" + part(text) +
           R"(],"role":"assistant","status":"completed","type":"message"})";
  }

  std::string response(std::string_view status, std::string_view output, const Progress* usage) const {
    std::string out;
    add(out, R"({"id":)", Quoted{facts.id(0)}, R"(,"object":"response","created_at":)", facts.began, R"(,"model":)",
        Quoted{facts.model}, R"(,"output":)", output, R"(,"status":)", Quoted{status}, R"(,"usage":)");
    if (usage == nullptr) {
      add(out, "null");
    } else {
      add(out, R"({"input_tokens":)", usage->prompt_tokens, R"(,"input_tokens_details":{"cached_tokens":)",
          facts.cache_report ? usage->cached_tokens : 0, R"(,"cache_write_tokens":0},"output_tokens":)",
          usage->generated_tokens, R"(,"output_tokens_details":{"reasoning_tokens":0},"total_tokens":)",
          usage->prompt_tokens + usage->generated_tokens, "}");
    }
    add(out, R"(,"parallel_tool_calls":true,"tool_choice":"auto","tools":[]})");
    return out;
  }

  void event(std::string& out, std::string_view type, std::string_view body) {
    add(out, "event: ", type, "\ndata: {\"type\":", Quoted{type}, R"(,"sequence_number":)", sequence_++, ",", body,
        "}\n\n");
  }

  std::string text_;
  std::string_view status_ = "completed";
  int sequence_ = 0;
};

}  // namespace

std::unique_ptr<Dialect> responses_dialect() {
  return std::make_unique<ResponsesDialect>();
}

}  // namespace ktl::standin
