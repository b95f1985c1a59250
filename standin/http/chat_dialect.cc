// POST /v1/chat/completions: chunks with omitted defaults, tool calls in the full form, usage in an event of its own.
#include "standin/http/dialect.h"
#include "standin/http/json.h"

namespace ktl::standin {
namespace {

std::string call_id(std::string_view request_id) {
  std::string bytes;
  for (const std::uint64_t seed : {seed_of(request_id), seed_of(std::string(request_id) + "call")}) {
    for (int shift = 0; shift < 48; shift += 8) bytes.push_back(static_cast<char>((seed >> shift) & 0xFF));
  }
  return "call_" + to_hex(bytes);
}

class ChatDialect final : public Dialect {
 public:
  void open(std::string& out, std::size_t choice) override {
    if (facts.shape_0_5_9) {
      chunk(out, choice, R"("role":"assistant","content":"","reasoning_content":null,"tool_calls":null)", "null",
            "null", R"(,"usage":null)");
    } else {
      chunk(out, choice, R"("reasoning_content":null,"role":"assistant","content":"")", "null", "null", "");
    }
  }

  void piece(std::string& out, std::size_t choice, std::string_view text, const Progress& progress,
             const Outcome* /*end*/) override {
    if (text.empty()) return;
    std::string delta;
    if (facts.shape_0_5_9) {
      add(delta, R"("role":null,"content":)", Quoted{text}, R"(,"reasoning_content":null,"tool_calls":null)");
    } else {
      add(delta, R"("reasoning_content":null,"content":)", Quoted{text});
    }
    chunk(out, choice, delta, "null", "null", running_usage(progress, facts.shape_0_5_9));
  }

  void close(std::string& out, std::size_t choice, const ChoiceResult& result) override {
    if (result.answer->tool_call && result.outcome.reason == FinishReason::stop) {
      const ToolCall& call = *result.answer->tool_call;
      tool_chunk(out, choice, json_quoted(call_id(facts.id(choice))), json_quoted(call.name), "", result.outcome.usage);
      tool_chunk(out, choice, "null", "null", call.arguments, result.outcome.usage);
    }
    const std::string reason = json_quoted(finish_word(result.outcome, result.answer.get()));
    const std::string matched = matched_stop(result.outcome, result.answer.get());
    if (facts.shape_0_5_9) {
      chunk(out, choice, R"("role":null,"content":null,"reasoning_content":null,"tool_calls":null)", reason, matched,
            R"(,"usage":null)");
    } else {
      chunk(out, choice, R"("reasoning_content":null)", reason, matched, "");
    }
  }

  void finish(std::string& out, const Progress& total) override {
    if (facts.include_usage) usage_chunk(out, total);
    add(out, kDone);
  }

  void failed(std::string& out, const ApiError& error, const Progress& total) override {
    add(out, error_event(error));
    finish(out, total);
  }

  std::string whole(const std::vector<ChoiceResult>& choices, const Progress& total) override {
    std::string out;
    add(out, R"({"id":)", Quoted{facts.id(0)}, R"(,"object":"chat.completion","created":)", facts.began, R"(,"model":)",
        Quoted{facts.model}, R"(,"choices":[)");
    for (std::size_t i = 0; i < choices.size(); ++i) {
      const ChoiceResult& choice = choices[i];
      const bool calls = finish_word(choice.outcome, choice.answer.get()) == "tool_calls";
      add(out, i > 0 ? "," : "", R"({"index":)", i, R"(,"message":{"role":"assistant","content":)",
          Quoted{calls ? std::string_view() : std::string_view(choice.text)},
          R"(,"reasoning_content":null,"tool_calls":)");
      if (calls) {
        const ToolCall& call = *choice.answer->tool_call;
        add(out, R"([{"id":)", Quoted{call_id(facts.id(i))}, R"(,"index":0,"type":"function","function":{"name":)",
            Quoted{call.name}, R"(,"arguments":)", Quoted{call.arguments}, "}}]");
      } else {
        add(out, "null");
      }
      add(out, R"(},"logprobs":null,"finish_reason":)", Quoted{finish_word(choice.outcome, choice.answer.get())},
          R"(,"matched_stop":)", calls ? std::string("null") : matched_stop(choice.outcome, choice.answer.get()), "}");
    }
    add(out, R"(],"usage":)", facts.no_usage ? std::string("null") : usage_json(total, facts.cache_report),
        R"(,"metadata":{"weight_version":"default"}})");
    return out;
  }

  std::string refusal(const ApiError& error) override { return flat_error(error); }

 private:
  void envelope(std::string& out, std::size_t choice) const {
    add(out, R"(data: {"id":)", Quoted{facts.id(choice)}, R"(,"object":"chat.completion.chunk","created":)",
        facts.created, R"(,"model":)", Quoted{facts.model}, R"(,"choices":[)");
  }

  void chunk(std::string& out, std::size_t choice, std::string_view delta, std::string_view reason,
             std::string_view matched, std::string_view tail) const {
    envelope(out, choice);
    add(out, R"({"index":)", choice, R"(,"delta":{)", delta, R"(},"logprobs":null,"finish_reason":)", reason,
        R"(,"matched_stop":)", matched, "}]", tail, "}\n\n");
  }

  void tool_chunk(std::string& out, std::size_t choice, std::string_view id, std::string_view name,
                  std::string_view arguments, const Progress& progress) const {
    std::string delta;
    add(delta, R"("role":null,"content":null,"reasoning_content":null,"tool_calls":[{"id":)", id,
        R"(,"index":0,"type":"function","function":{"name":)", name, R"(,"arguments":)", Quoted{arguments}, "}}]");
    chunk(out, choice, delta, "null", "null", running_usage(progress, true));
  }

  void usage_chunk(std::string& out, const Progress& total) const {
    envelope(out, 0);
    add(out, R"(],"usage":)", usage_json(total, facts.cache_report), "}\n\n");
  }

  std::string running_usage(const Progress& progress, bool always) const {
    if (!facts.continuous_usage) return always ? R"(,"usage":null)" : "";
    return R"(,"usage":)" + usage_json(progress, facts.cache_report);
  }
};

}  // namespace

std::unique_ptr<Dialect> chat_dialect() {
  return std::make_unique<ChatDialect>();
}

}  // namespace ktl::standin
