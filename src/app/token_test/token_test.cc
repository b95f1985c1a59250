#include "app/token_test/token_test.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "app/cli/table.h"
#include "app/counting/tokenizers.h"
#include "app/token_test/engine_counts.h"
#include "app/token_test/samples.h"
#include "config/findings.h"
#include "tokenizer/composition.h"
#include "tokenizer/estimate.h"

namespace ktl::app {
namespace {

struct Row {
  std::optional<std::int64_t> exact;
  std::int64_t estimate = 0;
  std::int64_t formula = 0;
  std::optional<std::int64_t> engine;

  std::optional<std::int64_t> truth() const { return engine ? engine : exact; }
};

std::string shown(std::optional<std::int64_t> count) {
  return count ? grouped(*count) : "-";
}

std::string error_of(std::int64_t count, std::optional<std::int64_t> truth) {
  if (!truth || *truth == 0) return "-";
  return fmt::format("{:+.0f}%", 100.0 * static_cast<double>(count - *truth) / static_cast<double>(*truth));
}

// Mean of the absolute errors, in per cent.
std::string mean_error(const std::vector<Row>& rows, std::int64_t Row::*count) {
  double sum = 0;
  std::size_t known = 0;
  for (const Row& row : rows) {
    const auto truth = row.truth();
    if (!truth || *truth == 0) continue;
    sum += std::abs(static_cast<double>(row.*count - *truth)) / static_cast<double>(*truth);
    ++known;
  }
  return known == 0 ? "-" : fmt::format("{:.1f}%", 100.0 * sum / static_cast<double>(known));
}

}  // namespace

int token_test_command(const CommandContext& context, const config::Config& config, const std::string& alias) {
  const config::Model* model = alias.empty() ? &config.models.front() : config.model(alias);
  if (model == nullptr) {
    context.err << fmt::format(fmt::runtime(context.say("'{}': 없는 모델입니다\n", "there is no model '{}'\n")),
                               config::shown(alias));
    return kFailed;
  }
  const Counting counting = Tokenizers(tokenizer_places(context.environment)).for_model(config, *model);
  const auto samples = token_samples();
  const std::vector<std::optional<std::int64_t>> engine = ask_engine(config, *model, samples);

  std::vector<Row> rows;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    Row row;
    if (counting.exact) row.exact = counting.exact->count_text(samples[i].text).tokens;
    row.estimate = counting.estimator->count_text(samples[i].text).tokens;
    row.formula = tokenizer::estimate(tokenizer::composition(samples[i].text), config.tokenizer.korean_factor);
    row.engine = engine[i];
    rows.push_back(row);
  }

  const auto right = [&](std::string_view korean, std::string_view english) {
    return Table::Column{std::string(context.say(korean, english)), Table::Align::right};
  };
  Table table({{std::string(context.say("글의 종류", "KIND OF TEXT"))},
               right("글자", "CHARS"),
               right("정확", "EXACT"),
               right("엔진", "ENGINE"),
               right("추정", "ESTIMATE"),
               right("오차", "ERROR"),
               right("공식", "FORMULA"),
               right("오차", "ERROR")});
  std::size_t compared = 0;
  std::size_t equal = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Row& row = rows[i];
    table.add({std::string(context.say(samples[i].kind_korean, samples[i].kind_english)),
               grouped(tokenizer::composition(samples[i].text).code_points()), shown(row.exact), shown(row.engine),
               grouped(row.estimate), error_of(row.estimate, row.truth()), grouped(row.formula),
               error_of(row.formula, row.truth())});
    if (!row.exact || !row.engine) continue;
    ++compared;
    if (*row.exact == *row.engine) ++equal;
  }
  table.rule();
  table.add({std::string(context.say("평균 절대 오차", "mean absolute error")), "", "", "", "",
             mean_error(rows, &Row::estimate), "", mean_error(rows, &Row::formula)});
  context.out << fmt::format(fmt::runtime(context.say("모델 {}, 토크나이저 {}\n\n", "model {}, tokenizer {}\n\n")),
                             model->alias,
                             counting.source.empty() ? std::string(context.say("없음", "none")) : counting.source)
              << table.text() << "\n";
  if (!counting.problem.empty())
    context.out << context.say("정확히 셀 수 없습니다: ", "cannot count exactly: ") << counting.problem << "\n";
  if (!counting.exact) return kDone;
  if (compared == 0) {
    context.out << context.say("엔진이 답하지 않아 견주지 못했습니다\n",
                               "no engine answered, so nothing was compared with it\n");
    return kDone;
  }
  context.out << fmt::format(
      fmt::runtime(context.say("엔진과 같음: {}개 가운데 {}개\n", "equal to the engine: {1} of {0}\n")), compared,
      equal);
  return equal == compared ? kDone : kFailed;
}

}  // namespace ktl::app
