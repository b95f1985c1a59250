#include "app/bench/report.h"

#include <fmt/format.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "app/cli/table.h"

namespace ktl::app::bench {
namespace {

// One figure of each target, and how it is written.
struct Figure {
  std::optional<double> value;
  std::string text;
};

Figure nothing() {
  return {std::nullopt, "-"};
}
Figure count(std::int64_t number) {
  return {static_cast<double>(number), grouped(number)};
}
Figure rate(double number) {
  return {number, fmt::format("{:.1f}", number)};
}
Figure millis(const std::optional<Percentiles>& known, double Percentiles::*which) {
  if (!known) return nothing();
  return {(*known).*which, fmt::format("{:.1f} ms", (*known).*which)};
}

class Comparison {
 public:
  Comparison(std::span<const Side> sides, config::Language language)
      : sides_(sides), language_(language), table_(columns()) {}

  template <class FigureOf>
  void row(std::string_view korean, std::string_view english, FigureOf figure_of) {
    std::vector<std::string> cells{std::string(config::say(language_, korean, english))};
    std::vector<std::optional<double>> values;
    for (const Side& side : sides_) {
      const Figure figure = figure_of(side.tally);
      cells.push_back(figure.text);
      values.push_back(figure.value);
    }
    if (sides_.size() == 2) {
      const bool has_ratio = values[0] && values[1] && *values[0] > 0;
      cells.push_back(has_ratio ? fmt::format("{:.2f}", *values[1] / *values[0]) : "-");
    }
    table_.add(std::move(cells));
  }

  // Three rows.
  void percentiles(const std::string& korean, const std::string& english, Samples Tally::*samples) {
    constexpr std::pair<const char*, double Percentiles::*> kWhich[] = {
        {" p50", &Percentiles::p50}, {" p95", &Percentiles::p95}, {" p99", &Percentiles::p99}};
    std::vector<std::optional<Percentiles>> known;
    for (const Side& side : sides_) known.push_back((side.tally.*samples).percentiles());
    for (const auto& [suffix, which] : kWhich) {
      std::size_t i = 0;
      row(korean + suffix, english + suffix, [&, figure = which](const Tally&) { return millis(known[i++], figure); });
    }
  }

  void rule() { table_.rule(); }
  std::string text() const { return table_.text(); }

 private:
  std::vector<Table::Column> columns() const {
    using Align = Table::Align;
    std::vector<Table::Column> made{{std::string(config::say(language_, "항목", "FIELD")), Align::left}};
    for (std::size_t i = 0; i < sides_.size(); ++i) {
      const std::string letter = sides_.size() > 1 ? std::string(1, static_cast<char>('A' + i)) + ": " : "";
      made.push_back({letter + sides_[i].target.name, Align::right});
    }
    if (sides_.size() == 2) made.push_back({"B/A", Align::right});
    return made;
  }

  std::span<const Side> sides_;
  config::Language language_;
  Table table_;
};

std::string name_of_kind(const std::string& kind, config::Language language) {
  constexpr std::array<std::array<std::string_view, 3>, 5> kNames = {{{"connect", "연결 실패", "cannot connect"},
                                                                      {"timeout", "시간 초과", "timeout"},
                                                                      {"closed", "연결 끊김", "connection closed"},
                                                                      {"malformed", "잘못된 응답", "malformed answer"},
                                                                      {"stream", "스트림 오류", "broken stream"}}};
  for (const auto& [word, korean, english] : kNames)
    if (word == kind) return std::string(config::say(language, korean, english));
  return "HTTP " + kind;
}

std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return text;
}

std::string ledger_line(const Side& side, config::Language language) {
  const auto say = [&](std::string_view korean, std::string_view english) {
    return std::string(config::say(language, korean, english));
  };
  const std::string figures =
      fmt::format(fmt::runtime(say("장부 {}, 응답의 usage 합계 {}", "booked {}, usage of the answers {}")),
                  grouped(side.ledger.booked), grouped(side.tally.usage.total()));
  switch (verdict_of(side)) {
    case LedgerVerdict::not_asked:
      if (side.ledger.problem.empty()) return "";
      return say("장부 대조 없음: ", "no books to compare: ") + one_line(side.ledger.problem);
    case LedgerVerdict::match:
      return say("장부 일치: ", "the books match: ") + figures;
    case LedgerVerdict::mismatch:
      return say("장부 불일치: ", "THE BOOKS DO NOT MATCH: ") + figures +
             say(" (이 사용자의 다른 요청이 있었나요?)", " (was there other work of this user?)");
    case LedgerVerdict::unclear:
      return say("장부 비교 불가: ", "the books cannot be compared: ") + figures +
             fmt::format(fmt::runtime(say(", usage를 알 수 없는 요청 {}개", ", {} requests whose usage is unknown")),
                         side.tally.untold());
  }
  return "";
}

std::string notes(const Side& side, bool named, config::Language language) {
  const std::string prefix = named ? side.target.name + "  " : "";
  std::string out;
  for (const auto& [kind, failures] : side.tally.failures)
    out += fmt::format("{}{}: {}  {}\n", prefix, name_of_kind(kind, language), grouped(failures.count),
                       one_line(failures.example));
  if (const std::string line = ledger_line(side, language); !line.empty()) out += prefix + line + "\n";
  return out;
}

}  // namespace

LedgerVerdict verdict_of(const Side& side) {
  return judge(side.ledger, side.tally.usage.total(), side.tally.untold());
}

std::string report_text(std::span<const Side> sides, config::Language language) {
  Comparison table(sides, language);
  table.row("완료한 요청", "requests completed", [](const Tally& t) { return count(t.completed); });
  table.row("초당 완료 (RPS)", "completed a second (RPS)",
            [](const Tally& t) { return rate(t.per_second(t.completed)); });
  table.row("429 (제한)", "429 (limited)", [](const Tally& t) { return count(t.rate_limited); });
  table.row("  요청받은 대기 p50", "  asked to wait, p50",
            [](const Tally& t) { return millis(t.asked_wait.percentiles(), &Percentiles::p50); });
  table.row("  요청받은 대기 최대", "  asked to wait, longest",
            [](const Tally& t) { return millis(t.asked_wait.percentiles(), &Percentiles::max); });
  table.row("오류", "errors", [](const Tally& t) { return count(t.errors()); });
  table.row("끝에서 중단", "cut off at the end", [](const Tally& t) { return count(t.cut_off); });
  table.rule();
  table.percentiles("첫 토큰까지 (TTFT)", "time to first token", &Tally::first_token);
  table.percentiles("토큰 간 지연", "inter-token latency", &Tally::inter_token);
  table.percentiles("전체 응답 시간", "end to end", &Tally::end_to_end);
  table.rule();
  table.row("초당 출력 토큰", "output tokens a second",
            [](const Tally& t) { return rate(t.per_second(t.usage.completion)); });
  table.row("입력 토큰", "prompt tokens", [](const Tally& t) { return count(t.usage.prompt); });
  table.row("출력 토큰", "completion tokens", [](const Tally& t) { return count(t.usage.completion); });
  table.row("usage 없는 응답", "answers without usage", [](const Tally& t) { return count(t.without_usage); });
  table.row("부하 시간 (초)", "seconds under load",
            [](const Tally& t) { return rate(std::chrono::duration<double>(t.active).count()); });

  std::string out = table.text();
  for (const Side& side : sides) out += notes(side, sides.size() > 1, language);
  return out;
}

}  // namespace ktl::app::bench
