#include "app/cli/tokens_command.h"

#include <fmt/format.h>

#include "app/cli/table.h"
#include "base/text.h"
#include "config/findings.h"
#include "tokenizer/composition.h"
#include "tokenizer/estimate.h"

namespace ktl::app {

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
  const tokenizer::EstimateCounter counter(config.tokenizer.korean_factor);
  const tokenizer::Count count = counter.count_text(query.text);
  const tokenizer::Composition made_of = tokenizer::composition(query.text);
  Table table(
      {{std::string(context.say("항목", "FIELD"))}, {std::string(context.say("값", "VALUE")), Table::Align::right}});
  const auto row = [&](std::string_view korean, std::string_view english, std::string value) {
    table.add({std::string(context.say(korean, english)), std::move(value)});
  };
  row("토큰", "tokens", grouped(count.tokens));
  row("방법", "method", std::string(tokenizer::name_of(count.method)));
  row("모델", "model", query.model.empty() ? config.models.front().alias : query.model);
  row("글자", "characters", grouped(made_of.code_points()));
  row("한글", "hangul", grouped(made_of.hangul));
  row("영문자", "ascii letters", grouped(made_of.ascii_letters));
  row("나머지", "others", grouped(made_of.code_points() - made_of.hangul - made_of.ascii_letters));
  context.out << table.text();
  return kDone;
}

}  // namespace ktl::app
