// POST /generate, the native form: streams repeat the text from the beginning in every event.
#include "standin/http/dialect.h"
#include "standin/http/json.h"

namespace ktl::standin {
namespace {

class GenerateDialect final : public Dialect {
 public:
  void piece(std::string& out, std::size_t choice, std::string_view text, const Progress& progress,
             const Outcome* end) override {
    texts_.resize(facts.ids.size());
    texts_[choice] += text;
    add(out, "data: ", object(choice, texts_[choice], progress, end), "\n\n");
  }

  void finish(std::string& out, const Progress& /*total*/) override { add(out, kDone); }

  void failed(std::string& out, const ApiError& error, const Progress& /*total*/) override {
    add(out, R"(data: {"error": {"message": )", Quoted{error.message}, R"(, "type": "invalid_request_error", "code": )",
        error.status, R"(, "retryable": false}})", "\n\n", kDone);
  }

  std::string whole(const std::vector<ChoiceResult>& choices, const Progress& /*total*/) override {
    std::string out;
    for (std::size_t i = 0; i < choices.size(); ++i) {
      add(out, i > 0 ? "," : "", object(i, choices[i].text, choices[i].outcome.usage, &choices[i].outcome));
    }
    return choices.size() == 1 ? out : "[" + out + "]";
  }

  std::string refusal(const ApiError& error) override { return generate_error(error); }

 private:
  std::string object(std::size_t choice, std::string_view text, const Progress& progress, const Outcome* end) const {
    std::string out;
    add(out, R"({"text":)", Quoted{text}, R"(,"output_ids":[)");
    for (std::int64_t k = 0; k < progress.generated_tokens; ++k) {
      add(out, k > 0 ? "," : "", answers[choice]->id(k, false));
    }
    add(out, R"(],"meta_info":{"id":)", Quoted{facts.id(choice)}, R"(,"finish_reason":)");
    if (end == nullptr) {
      add(out, "null");
    } else if (end->reason == FinishReason::length) {
      add(out, R"({"type":"length","length":)", progress.generated_tokens, "}");
    } else if (end->reason == FinishReason::stop) {
      add(out, R"({"type":"stop","matched":)", matched_stop(*end, answers[choice].get()), "}");
    } else {
      add(out, R"({"type":"abort","message":"Aborted","status_code":null,"err_type":null})");
    }
    add(out, R"(,"prompt_tokens":)", progress.prompt_tokens, R"(,"weight_version":"default")");
    if (end != nullptr) {
      add(out, R"(,"num_retractions":)", end->retractions, R"(,"queue_time":)",
          std::chrono::duration<double>(end->queue_time).count());
    }
    add(out, R"(,"reasoning_tokens":0,"completion_tokens":)", progress.generated_tokens, R"(,"cached_tokens":)",
        progress.cached_tokens);
    if (end != nullptr) add(out, R"(,"e2e_latency":)", std::chrono::duration<double>(end->latency).count());
    return out + "}}";
  }

  std::vector<std::string> texts_;
};

}  // namespace

std::unique_ptr<Dialect> generate_dialect() {
  return std::make_unique<GenerateDialect>();
}

}  // namespace ktl::standin
