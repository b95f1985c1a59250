// GET and POST /token-info: what a text would cost, and why. With a model and no text: how that model's prompts are
// counted.
#include <cmath>

#include "admin/json_object.h"
#include "admin/messages.h"
#include "admin/pages.h"
#include "admin/query.h"
#include "base/text.h"
#include "protocol/messages.h"
#include "tokenizer/composition.h"

namespace ktl::admin {
namespace {

constexpr std::size_t kMostPieces = 10'000;  // shown of one text

struct Question {
  std::optional<std::string> text;
  std::string model;
  std::string method;
  bool pieces = false;  // the tokens themselves, too
};

std::optional<Question> asked_in_query(std::string_view query) {
  const auto parsed = Query::parse(query);
  if (!parsed) return std::nullopt;
  return Question{parsed->get("text"), parsed->get("model").value_or(""), parsed->get("method").value_or(""),
                  parsed->get("pieces") == "1"};
}

std::optional<Question> asked_in_body(std::string_view body) {
  const auto parsed = JsonObject::parse(body);
  if (!parsed) return std::nullopt;
  Question question;
  if (const auto* text = parsed->text("text")) question.text = *text;
  if (const auto* model = parsed->text("model")) question.model = *model;
  if (const auto* method = parsed->text("method")) question.method = *method;
  question.pieces = parsed->integer("pieces") == 1;
  return question;
}

std::optional<double> ratio(std::int64_t part, std::int64_t whole) {
  if (whole == 0) return std::nullopt;
  return std::round(static_cast<double>(part) / static_cast<double>(whole) * 1e4) / 1e4;
}

void write_composition(JsonWriter& json, const tokenizer::Composition& made_of) {
  json.key("composition")
      .begin_object()
      .field("hangul", made_of.hangul)
      .field("latin", made_of.ascii_letters)
      .field("digits", made_of.digits)
      .field("blanks", made_of.blanks)
      .field("other", made_of.other)
      .field("korean_share", ratio(made_of.hangul, made_of.code_points() - made_of.blanks).value_or(0.0))
      .end_object();
}

// How this model's prompts are counted, and how far that was from what its engines said.
void write_counting(JsonWriter& json, const gateway::Model& model) {
  const std::string_view source(model.tokenizer);
  json.key("tokenizer");
  if (source.empty())
    json.null();
  else
    json.value(source.substr(source.rfind('/') + 1));  // where it lies is nobody's business
  json.field("chat_template", std::string_view(model.chat_template));
  const auto drift = model.drift ? model.drift->snapshot() : prompt::Drift::Snapshot{};
  json.key("drift")
      .begin_object()
      .field("requests", drift.requests)
      .field("exact", drift.exact)
      .field("exact_share", ratio(drift.exact, drift.requests))
      .field("worst", drift.worst)
      .field("mean", ratio(drift.difference, drift.requests))
      .end_object();
}

// {"id":…,"text":…}, or the bytes in hex where a token is a part of a character only.
void write_pieces(JsonWriter& json, const std::vector<tokenizer::TokenPiece>& pieces) {
  json.key("pieces").begin_array();
  for (const tokenizer::TokenPiece& piece : pieces) {
    json.begin_object().field("id", piece.id);
    if (is_utf8(piece.bytes))
      json.field("text", piece.bytes);
    else
      json.field("bytes", to_hex(piece.bytes));
    json.end_object();
  }
  json.end_array();
}

}  // namespace

Answer token_info(Page& page) {
  const bool posted = page.head.method == "POST";
  const auto question = posted ? asked_in_body(page.body) : asked_in_query(page.head.query);
  if (!question) return answer_of(posted ? invalid_body(page.language) : invalid_query(page.language));
  if (!question->text && question->model.empty()) return answer_of(missing_value(page.language, "text"));
  const std::string& method = question->method;
  if (!method.empty() && method != "exact" && method != "estimate")
    return answer_of(invalid_value(page.language, "method"));
  const gateway::Model* model = page.catalogue->model(question->model);
  if (model == nullptr || !may_use_model(page.caller, *model))
    return answer_of(protocol::model_not_found(page.language, question->model));

  JsonWriter json;
  json.begin_object();
  if (!question->text) {
    const bool exact = !model->tokenizer.empty();
    json.field("model", model->alias).field("method", exact ? "exact" : "estimate");
    write_counting(json, *model);
    json.end_object();
    return answer_of(json);
  }
  const std::string& text = *question->text;
  const std::int64_t estimated = model->estimator->count_text(text).tokens;
  tokenizer::Count count{estimated, tokenizer::CountMethod::estimate};
  if (method != "estimate") count = model->counter->count_text(text);
  if (method == "exact" && count.method != tokenizer::CountMethod::exact)
    return answer_of(exact_count_unavailable(page.language));
  const tokenizer::Composition made_of = tokenizer::composition(text);

  json.field("token_count", count.tokens)
      .field("method", tokenizer::name_of(count.method))
      .field("estimate", estimated)
      .field("model", model->alias)
      .field("characters", made_of.code_points())
      .field("bytes", text.size());
  write_composition(json, made_of);
  json.field("tokens_per_syllable", ratio(count.tokens, made_of.hangul));
  write_counting(json, *model);
  if (question->pieces && model->pieces) write_pieces(json, model->pieces->of(text, kMostPieces));
  json.end_object();
  return answer_of(json);
}

}  // namespace ktl::admin
