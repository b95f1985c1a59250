// The command line of `bench`: what was asked for, whether it may be, and the signals.
#include "app/cli/bench_command.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <optional>
#include <vector>

#include "app/bench/prompts.h"
#include "app/bench/report.h"
#include "app/bench/run.h"
#include "app/cli/interruption.h"
#include "config/findings.h"

namespace ktl::app {
namespace {

constexpr std::string_view kDefaultUrl = "http://127.0.0.1:8080";
// The demo user of the shipped development configuration, with its published key.
constexpr std::string_view kDemoKey = "sk-dev1-korean-key-789";
constexpr std::string_view kDemoUser = "개발자1";
constexpr double kDefaultSeconds = 60;

struct Wanted {
  std::vector<std::string> urls, keys, models;
  std::string user, prompt_file;
  int users = 10;
  std::optional<double> seconds;
  std::optional<std::int64_t> requests;
  bool whole_answers = false;
  int max_tokens = 128;
  bool json = false;
  bool allow_remote = false;
};

// A thousand users need as many descriptors.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Cells of the terminal that `err` writes to; nullopt if it is none.
std::optional<std::size_t> terminal_width(const std::ostream& err) {
  if (&err != &std::cerr || ::isatty(STDERR_FILENO) == 0) return std::nullopt;
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) return 80;
  return size.ws_col;
}

class BenchCommand {
 public:
  explicit BenchCommand(const CommandContext& context)
      : context_(context),
        app_(text("OpenAI 호환 서버에 가상 사용자로 부하를 주고 측정합니다",
                  "Drives OpenAI-compatible servers with virtual users and measures them"),
             "token-limiter bench") {
    describe();
  }

  int run(std::vector<std::string> arguments) {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      app_.parse(arguments);
    } catch (const CLI::CallForHelp& help) {
      app_.exit(help, context_.out, context_.err);
      return kDone;
    } catch (const CLI::ParseError& error) {
      return wrong_usage(error.what());
    }
    return drive();
  }

 private:
  std::string text(std::string_view korean, std::string_view english) const {
    return std::string(context_.say(korean, english));
  }

  int wrong_usage(std::string_view what) {
    context_.err << text("명령줄 오류: ", "wrong command line: ") << what << "\n"
                 << text("도움말: token-limiter bench --help\n", "help: token-limiter bench --help\n");
    return kWrongUsage;
  }

  int failed(std::string_view what, std::string_view why) {
    context_.err << config::shown(what) << ": " << why << "\n";
    return kFailed;
  }

  void describe() {
    if (context_.language == config::Language::korean) {
      app_.get_formatter()->label("Usage", "사용법");
      app_.get_formatter()->label("OPTIONS", "옵션");
    }
    app_.option_defaults()->group(text("옵션", "Options"));
    app_.set_help_flag("-h,--help", text("도움말", "this help"));
    const auto repeatable = [this](const std::string& name, std::vector<std::string>& into, const std::string& about) {
      app_.add_option(name, into, about)->take_all()->allow_extra_args(false);
    };
    repeatable("--url", wanted_.urls,
               text("대상 (기본 http://127.0.0.1:8080); 두 번 쓰면 번갈아 측정해 비교",
                    "target (default http://127.0.0.1:8080); given twice, both are measured in turn and compared"));
    repeatable("--api-key", wanted_.keys,
               text("API 키: 하나, 또는 --url마다 하나 (기본: 데모 사용자 개발자1의 키)",
                    "API key: one, or one for each --url (default: that of the demo user 개발자1)"));
    repeatable("--model", wanted_.models,
               text("모델: 하나, 또는 --url마다 하나 (기본 korean-qwen)",
                    "model: one, or one for each --url (default korean-qwen)"));
    app_.add_option("--user", wanted_.user,
                    text("키의 사용자: 응답의 토큰 합계를 게이트웨이 장부와 대조",
                         "the key's user: compare the answers' tokens with the gateway's books"));
    app_.add_option("--concurrent-users", wanted_.users, text("동시 사용자 수", "virtual users at a time"))
        ->capture_default_str()
        ->check(CLI::Range(1, 20'000));
    app_.add_option(
            "--duration", wanted_.seconds,
            text("부하 시간(초), 모든 대상 합계 (기본 60)", "seconds of load, all targets together (default 60)"))
        ->check(CLI::Range(0.1, 86'400.0));
    app_.add_option("--requests", wanted_.requests, text("대상마다 요청 수", "number of requests for each target"))
        ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000}));
    const std::string about_streams = text("스트리밍 응답 (기본)", "streamed answers (default)");
    CLI::Option* streamed = app_.add_flag("--stream", about_streams);
    app_.add_flag("--no-stream", wanted_.whole_answers, text("한 번에 오는 응답", "whole answers"))->excludes(streamed);
    app_.add_option("--max-tokens", wanted_.max_tokens, text("응답의 최대 토큰", "longest answer, in tokens"))
        ->capture_default_str()
        ->check(CLI::Range(1, 1'000'000));
    app_.add_option("--prompt-file", wanted_.prompt_file,
                    text("한 줄에 질문 하나 (기본: 내장 한국어 질문)", "one prompt a line (default: own Korean ones)"));
    app_.add_flag("--json", wanted_.json, text("결과를 JSON으로", "print the result as JSON"));
    app_.add_flag("--allow-remote", wanted_.allow_remote,
                  text("이 컴퓨터가 아닌 대상도 허용", "allow targets that are not this machine"));
    app_.footer(
        text("사용자들은 Retry-After를 5초까지 함께 지킵니다. Ctrl-C를 누르면 그때까지의 결과를 출력합니다.",
             "The users obey Retry-After together, up to 5 seconds. Ctrl-C ends the run and prints what there is."));
  }

  int drive() {
    if (wanted_.urls.empty()) wanted_.urls.emplace_back(kDefaultUrl);
    if (wanted_.urls.size() > 2) return wrong_usage(text("--url은 두 번까지입니다", "at most two --url"));
    if (wanted_.models.empty()) wanted_.models.emplace_back("korean-qwen");
    if (wanted_.keys.empty()) {
      wanted_.keys.emplace_back(kDemoKey);
      if (wanted_.user.empty()) wanted_.user = kDemoUser;
    }
    for (const auto* list : {&wanted_.keys, &wanted_.models})
      if (list->size() != 1 && list->size() != wanted_.urls.size())
        return wrong_usage(text("--api-key와 --model은 하나, 또는 --url마다 하나입니다",
                                "give --api-key and --model once, or once for each --url"));
    for (const std::string& key : wanted_.keys)
      if (!std::all_of(key.begin(), key.end(), [](char c) { return c > ' ' && c < 0x7f; }))
        return wrong_usage(
            text("--api-key에 쓸 수 없는 문자가 있습니다", "--api-key holds a character that no key has"));

    auto prompts = wanted_.prompt_file.empty() ? bench::builtin_prompts() : std::vector<std::string>();
    if (!wanted_.prompt_file.empty()) {
      auto read = bench::read_prompts(wanted_.prompt_file);
      if (!read) return failed("--prompt-file", read.error().message);
      prompts = std::move(*read);
    }
    raise_descriptor_limit();
    net::EventLoop loop;
    std::vector<bench::Side> sides;
    for (std::size_t i = 0; i < wanted_.urls.size(); ++i)
      if (const int code = add_side(loop, i, prompts, sides); code != kDone) return code;
    return measure(loop, sides);
  }

  static const std::string& nth(const std::vector<std::string>& list, std::size_t index) {
    return list[std::min(index, list.size() - 1)];
  }

  int add_side(net::EventLoop& loop, std::size_t index, const std::vector<std::string>& prompts,
               std::vector<bench::Side>& sides) {
    const std::string& url = wanted_.urls[index];
    auto target = bench::parse_target(url);
    if (!target) return wrong_usage(fmt::format("--url {}: {}", config::shown(url), target.error().message));
    const auto addresses = net::resolve(target->host, target->port);
    if (!addresses) return failed(url, addresses.error().message);
    if (!wanted_.allow_remote && !bench::only_loopback(*addresses))
      return failed(url, text("이 컴퓨터가 아닙니다. 부하를 주어도 되는 서버라면 --allow-remote를 쓰세요",
                              "this is not this machine; use --allow-remote if you may put load on that server"));
    const auto address = bench::reachable(loop, *addresses);
    if (!address) return failed(url, text("연결할 수 없습니다: ", "no answer: ") + address.error().message);

    bench::Side side;
    side.target = std::move(*target);
    side.api_key = nth(wanted_.keys, index);
    side.requests = bench::chat_requests(
        side.target, {nth(wanted_.models, index), side.api_key, wanted_.max_tokens, !wanted_.whole_answers}, prompts);
    net::ClientPool::Options options;
    options.max_idle = static_cast<std::size_t>(wanted_.users);
    side.pool = std::make_unique<net::ClientPool>(loop, *address, options);
    sides.push_back(std::move(side));
    return kDone;
  }

  int measure(net::EventLoop& loop, std::vector<bench::Side>& sides) {
    bench::RunOptions options;
    options.amount.requests = wanted_.requests;
    if (wanted_.seconds || !wanted_.requests)
      options.amount.duration = Millis(static_cast<std::int64_t>(wanted_.seconds.value_or(kDefaultSeconds) * 1000));
    options.load.users = wanted_.users;
    options.user = wanted_.user;

    bench::ProgressDisplay display(context_.err, context_.language, terminal_width(context_.err));
    bool interrupted = false;
    {
      const Interruption while_running;
      bench::run_load(loop, context_.clock, options, sides, while_running.interrupted(),
                      [&display](const bench::ProgressState& state) { display.show(state); });
      interrupted = while_running.interrupted();
    }
    display.close();
    if (interrupted) context_.err << text("중단되었습니다\n", "interrupted\n");
    context_.out << (wanted_.json ? bench::report_json(sides) : bench::report_text(sides, context_.language))
                 << std::flush;

    const bool all_answered =
        std::all_of(sides.begin(), sides.end(), [](const bench::Side& s) { return s.tally.completed > 0; });
    const bool books_wrong = std::any_of(sides.begin(), sides.end(), [](const bench::Side& s) {
      return bench::verdict_of(s) == bench::LedgerVerdict::mismatch;
    });
    return all_answered && !books_wrong ? kDone : kFailed;
  }

  const CommandContext& context_;
  CLI::App app_;
  Wanted wanted_;
};

}  // namespace

int bench_command(std::span<const std::string> arguments, const CommandContext& context) {
  return BenchCommand(context).run({arguments.begin(), arguments.end()});
}

}  // namespace ktl::app
