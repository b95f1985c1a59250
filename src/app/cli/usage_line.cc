#include "app/cli/usage_line.h"

#include <fmt/format.h>

#include "app/cli/export_format.h"

namespace ktl::app {

UsageLine::Action UsageLine::with_kind(int (*command)(const CommandContext&, const config::Config&,
                                                      const UsageQuery&)) {
  return [this, command](const config::Config& config) {
    if (const auto kind = scope_kind_named(by_)) query_.by = *kind;
    return command(context_, config, query_);
  };
}

void UsageLine::describe(CLI::App& parent) {
  CLI::App& usage = make_(parent, "usage", "사용량과 장부 (기본: show)", "usage and the ledger (by itself: show)",
                          with_kind(show_usage));
  describe_show(usage);
  describe_show(make_(usage, "show", "날짜별 사용량", "what was used, by day", with_kind(show_usage)));
  CLI::App& top = make_(usage, "top", "가장 많이 쓴 순서", "who used the most tokens", with_kind(top_usage));
  describe_period(top);
  top.add_option("-n,--most", query_.most, text("몇 줄", "how many"))
      ->capture_default_str()
      ->check(CLI::Range(1, 100'000));
  describe_export(usage);
  describe_ledger(usage);
}

void UsageLine::describe_period(CLI::App& command) {
  command
      .add_option("--since", query_.since, text("이 날부터: 2026-11-23 또는 7d", "from this day on: 2026-11-23 or 7d"))
      ->capture_default_str();
  command.add_option("--by", by_, "user, key, group, model, global")
      ->capture_default_str()
      ->check(CLI::IsMember({"user", "key", "group", "model", "global"}));
  command.add_flag("--json", query_.json, text("JSON으로", "as JSON"));
}

void UsageLine::describe_show(CLI::App& command) {
  command.add_option("-u,--user", query_.name,
                     text("이 사용자만 (--by와 함께면 그 이름만)", "only this one (a user, or what --by says)"));
  describe_period(command);
}

void UsageLine::describe_export(CLI::App& usage) {
  CLI::App& command = make_(usage, "export", "장부를 CSV나 JSON 줄로", "the ledger as CSV or JSON lines",
                            [this](const config::Config& config) { return export_usage(context_, config, export_); });
  command
      .add_option("--from", export_.from,
                  text("이때부터 (그 시각 포함): 2026-11-01 또는 2026-11-01T09:00:00+09:00",
                       "admitted at or after: 2026-11-01 or 2026-11-01T09:00:00+09:00"))
      ->required();
  command.add_option("--to", export_.to, text("이때까지 (그 시각 제외; 기본: 지금)", "and before (default: now)"));
  command.add_option("--format", export_.format, text("csv 또는 jsonl", "csv or jsonl"))
      ->capture_default_str()
      ->check(CLI::IsMember({"csv", "jsonl"}));
  command.add_option("-o,--output", export_.output,
                     text("이 파일에 (다 썼을 때에만 생김; 기본: 표준 출력)",
                          "into this file, there only when whole (default: standard output)"));
  command.add_option("-u,--user", export_.user, text("이 사용자만", "only this user"));
  command.add_option("-m,--model", export_.model, text("이 모델만", "only this model"));
  command.add_flag("--bom", export_.bom, text("엑셀용 UTF-8 표시를 앞에", "a UTF-8 byte order mark first, for Excel"));
  command.footer(fmt::format(
      fmt::runtime(
          text("열 (이 순서로): {}\n"
               "entry: settle, expire 청구 한 건; release 청구하지 않음; adjust 정정; rollup 오래되어 하루로 합친 것\n"
               "= + - @로 시작하는 글은 CSV에서 앞에 '를 붙입니다. 키는 가려서 나옵니다.",
               "Columns, in this order: {}\n"
               "entry: settle, expire one charge; release nothing owed; adjust a correction; rollup a day that is "
               "summed up\nText that begins with = + - @ gets a ' in front in CSV. Keys are masked.")),
      fmt::join(export_columns(), ", ")));
}

void UsageLine::describe_ledger(CLI::App& usage) {
  make_(usage, "verify", "장부의 항목으로 모든 합계를 다시 계산해 견줌 (SQLite; 다르면 종료 코드 1)",
        "recompute every sum from the ledger's entries (SQLite; exit code 1 if one differs)",
        [this](const config::Config& config) { return verify_usage(context_, config, query_.json); })
      .add_flag("--json", query_.json, text("JSON으로", "as JSON"));
  CLI::App& adjust =
      make_(usage, "adjust", "끝난 청구를 정정 (이유와 함께 장부에 남음)",
            "correct a charge that has ended; it stays in the ledger",
            [this](const config::Config& config) { return adjust_usage(context_, config, correction_); });
  adjust
      .add_option("charge", correction_.charge,
                  text("청구 번호 (export의 charge)", "its number (charge in the export)"))
      ->required();
  adjust.add_option("--prompt", correction_.delta.prompt,
                    text("입력 토큰에 더할 수 (-100: 뺌)", "prompt tokens to add (-100: to take off)"));
  adjust.add_option("--completion", correction_.delta.completion,
                    text("출력 토큰에 더할 수", "completion tokens to add"));
  adjust.add_option("--reason", correction_.reason, text("이유", "why"))
      ->required()
      ->check([this](const std::string& given) {
        return given.empty() ? text("이유를 적으세요", "say why") : std::string();
      });
  make_(usage, "backup", "실행 중에도 장부를 파일 하나로 복사",
        "copy the books into one file, also while the gateway runs",
        [this](const config::Config& config) { return back_up_usage(context_, config, file_); })
      .add_option("file", file_, text("새 파일", "the new file"))
      ->required();
  make_(usage, "restore", "백업을 검사한 뒤 장부를 바꿈 (게이트웨이를 멈추고; 이전 파일은 남음)",
        "check a backup, then let it replace the books (gateway stopped; the old file is kept)",
        [this](const config::Config& config) { return restore_usage(context_, config, file_); })
      .add_option("file", file_, text("백업 파일", "the backup"))
      ->required();
}

}  // namespace ktl::app
