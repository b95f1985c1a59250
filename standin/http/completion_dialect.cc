// POST /v1/completions: no role event, the finish reason on the last text event, `created` constant over a stream.
#include "standin/http/dialect.h"
#include "standin/http/json.h"

namespace ktl::standin {
namespace {

class CompletionDialect final : public Dialect {
 public:
  void piece(std::string& out, std::size_t choice, std::string_view text, const Progress& progress,
             const Outcome* end) override {
    envelope(out, choice);
    add(out, R"({"index":)", choice, R"(,"text":)", Quoted{text}, R"(,"logprobs":null,"finish_reason":)");
    if (end != nullptr) {
      add(out, Quoted{name_of(end->reason)}, R"(,"matched_stop":)", matched_stop(*end, answers[choice].get()));
    } else {
      add(out, R"(null,"matched_stop":null)");
    }
    add(out, R"(}],"usage":)", facts.continuous_usage ? usage_json(progress, false) : std::string("null"), "}\n\n");
  }

  void finish(std::string& out, const Progress& total) override {
    if (facts.include_usage) {
      envelope(out, 0);
      add(out, R"(],"usage":)", usage_json(total, facts.cache_report, true), "}\n\n");
    }
    add(out, kDone);
  }

  void failed(std::string& out, const ApiError& error, const Progress& total) override {
    add(out, error_event(error));
    finish(out, total);
  }

  std::string whole(const std::vector<ChoiceResult>& choices, const Progress& total) override {
    std::string out;
    add(out, R"({"id":)", Quoted{facts.id(0)}, R"(,"object":"text_completion","created":)", facts.began, R"(,"model":)",
        Quoted{facts.model}, R"(,"choices":[)");
    for (std::size_t i = 0; i < choices.size(); ++i) {
      const ChoiceResult& choice = choices[i];
      add(out, i > 0 ? "," : "", R"({"index":)", i, R"(,"text":)", Quoted{choice.text},
          R"(,"logprobs":null,"finish_reason":)", Quoted{name_of(choice.outcome.reason)}, R"(,"matched_stop":)",
          matched_stop(choice.outcome, choice.answer.get()), "}");
    }
    add(out, R"(],"usage":)", facts.no_usage ? std::string("null") : usage_json(total, facts.cache_report),
        R"(,"metadata":{"weight_version":"default"}})");
    return out;
  }

  std::string refusal(const ApiError& error) override { return flat_error(error); }

 private:
  void envelope(std::string& out, std::size_t choice) const {
    add(out, R"(data: {"id":)", Quoted{facts.id(choice)}, R"(,"object":"text_completion","created":)", facts.began,
        R"(,"model":)", Quoted{facts.model}, R"(,"choices":[)");
  }
};

}  // namespace

std::unique_ptr<Dialect> completion_dialect() {
  return std::make_unique<CompletionDialect>();
}

}  // namespace ktl::standin
