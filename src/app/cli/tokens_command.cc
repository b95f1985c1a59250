#include "app/cli/tokens_command.h"

#include <fmt/format.h>

#include "app/cli/table.h"
#include "app/counting/tokenizers.h"
#include "base/text.h"
#include "config/findings.h"
#include "tokenizer/composition.h"

namespace ktl::app {
namespace {

// Id and text of each token; of a token that is a piece of a character, its bytes.
int print_ids(const CommandContext& context, const tokenizer::Encoder& encoder, std::string_view text) {
  std::vector<tokenizer::TokenId> ids;
  encoder.encode(text, ids);
  for (const tokenizer::TokenId id : ids) {
    const std::string_view bytes = encoder.bytes_of(id);
    context.out << fmt::format("{}\t{}\n", id, is_utf8(bytes) ? json_quoted(bytes) : "0x" + to_hex(bytes));
  }
  return kDone;
}

}  // namespace

int tokens_command(const CommandContext& context, const config::Config& config, const TokensQuery& query) {
  if (!is_utf8(query.text)) {
    context.err << context.say("UTF-8 텍스트가 아닙니다\n", "this is not UTF-8 text\n");
    return kFailed;
  }
  if (!query.model.empty() && config.model(query.model) == nullptr) {
    std::vector<std::string> names;
    for (const auto& model : config.models) names.push_back(model.alias);
    context.err << fmt::format(fmt::runtime(context.say("'{}': 없는 모델입니다{}\n", "there is no model '{}'{}\n")),
                               config::shown(query.model), config::did_you_mean(context.language, query.model, names));
    return kFailed;
  }
  const config::Model& model = query.model.empty() ? config.models.front() : *config.model(query.model);
  const Counting counting = Tokenizers(tokenizer_places(context.environment)).for_model(config, model);
  if ((query.method == "exact" || query.ids) && counting.encoder == nullptr) {
    context.err << context.say("정확한 토큰 수를 셀 수 없습니다: ", "tokens cannot be counted exactly: ")
                << counting.problem << "\n";
    return kFailed;
  }
  if (query.ids) return print_ids(context, *counting.encoder, query.text);
  const tokenizer::Count estimate = counting.estimator->count_text(query.text);
  const tokenizer::Count count = query.method == "estimate" ? estimate : counting.counter->count_text(query.text);
  const tokenizer::Composition made_of = tokenizer::composition(query.text);
  Table table(
      {{std::string(context.say("항목", "FIELD"))}, {std::string(context.say("값", "VALUE")), Table::Align::right}});
  const auto row = [&](std::string_view korean, std::string_view english, std::string value) {
    table.add({std::string(context.say(korean, english)), std::move(value)});
  };
  row("토큰", "tokens", grouped(count.tokens));
  row("방법", "method", std::string(tokenizer::name_of(count.method)));
  if (count.method == tokenizer::CountMethod::exact) row("어림셈", "estimate", grouped(estimate.tokens));
  row("모델", "model", model.alias);
  row("글자", "characters", grouped(made_of.code_points()));
  row("한글", "hangul", grouped(made_of.hangul));
  row("영문자", "ascii letters", grouped(made_of.ascii_letters));
  row("나머지", "others", grouped(made_of.code_points() - made_of.hangul - made_of.ascii_letters));
  if (made_of.hangul > 0)
    row("음절당 토큰", "tokens per syllable",
        fmt::format("{:.2f}", static_cast<double>(count.tokens) / static_cast<double>(made_of.hangul)));
  context.out << table.text();
  return kDone;
}

}  // namespace ktl::app
