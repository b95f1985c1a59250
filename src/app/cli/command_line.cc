#include "app/cli/command_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <iterator>
#include <map>

#include "app/cli/load_config.h"
#include "app/cli/people_line.h"
#include "app/cli/tokens_command.h"
#include "app/cli/usage_line.h"
#include "app/version.h"
#include "config/exposure.h"
#include "config/findings.h"
#include "config/print.h"

namespace ktl::app {
namespace {

// Describes the commands to CLI11 and remembers which one was chosen. The chosen one runs after parsing, so that no
// exception of the parser crosses a command.
class CommandLine {
 public:
  CommandLine(const CommandContext& context, const LongCommands& commands)
      : context_(context),
        commands_(commands),
        app_(text("한국어 LLM을 위한 SGLang 토큰 리미터 게이트웨이",
                  "The token-limiting gateway in front of SGLang and vLLM"),
             "token-limiter") {
    app_.require_subcommand(1);
    app_.set_help_flag("-h,--help", text("도움말", "this help"));
    if (context_.language == config::Language::korean) translate(app_);
    app_.add_option("--lang", language_, text("언어: ko 또는 en (기본: LANG)", "language: ko or en (default: LANG)"));
    app_.footer(text("종료 코드: 0 성공, 1 실패, 2 명령줄 오류", "Exit codes: 0 done, 1 failed, 2 wrong command line"));
    describe_running();
    people_.describe(app_);
    describe_figures();
  }

  int run(std::vector<std::string> arguments) {
    const std::string first = arguments.empty() ? "" : arguments.front();
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    try {
      app_.parse(arguments);
    } catch (const CLI::CallForHelp& help) {
      app_.exit(help, context_.out, context_.err);
      return kDone;
    } catch (const CLI::ParseError& error) {
      report(error, first);
      return kWrongUsage;
    }
    return chosen_ ? chosen_() : kWrongUsage;
  }

 private:
  using Action = std::function<int(const config::Config&)>;

  std::string text(std::string_view korean, std::string_view english) const {
    return std::string(context_.say(korean, english));
  }

  static void translate(CLI::App& app) {
    for (const auto& [english, korean] : std::map<std::string, std::string>{{"Usage", "사용법"},
                                                                            {"Options", "옵션"},
                                                                            {"Positionals", "인자"},
                                                                            {"Subcommands", "명령"},
                                                                            {"OPTIONS", "옵션"},
                                                                            {"SUBCOMMAND", "명령"},
                                                                            {"SUBCOMMANDS", "명령"},
                                                                            {"REQUIRED", "필수"}})
      app.get_formatter()->label(english, korean);
  }

  CLI::App& command(CLI::App& parent, const std::string& name, std::string_view korean, std::string_view english) {
    CLI::App* made = parent.add_subcommand(name, text(korean, english));
    made->fallthrough(false);
    return *made;
  }

  // A command that works on the configuration.
  CLI::App& config_command(CLI::App& parent, const std::string& name, std::string_view korean, std::string_view english,
                           Action action) {
    CLI::App& made = command(parent, name, korean, english);
    made.add_option(
            "-c,--config", files_,
            text("설정 파일 (여러 번 쓸 수 있고, 뒤의 것이 우선; 기본: config/sglang_korean.yaml + korean_users.yaml)",
                 "configuration file; may be repeated, later ones override (default: "
                 "config/sglang_korean.yaml + korean_users.yaml)"))
        ->take_all()
        ->allow_extra_args(false);
    made.callback([this, &made, action = std::move(action)] {
      if (!made.get_subcommands().empty()) return;  // the subcommand is the one
      chosen_ = [this, action] {
        const auto config = load_or_report(context_, files_);
        return config ? action(*config) : kFailed;
      };
    });
    return made;
  }

  void describe_running() {
    CLI::App& serve = config_command(app_, "serve", "게이트웨이 실행", "run the gateway",
                                     [this](const config::Config& config) { return run_gateway(config); });
    serve.add_flag("--allow-demo-keys", allow_demo_keys_,
                   text("공개 주소에서도 데모 키(또는 키 없는 접근)를 허용",
                        "accept demo keys (or no key) on a public address too"));
    serve.add_option(
        "--port-file", port_file_,
        text("열린 포트 번호를 쓸 파일 (server.port: 0과 함께)", "write the bound port here (with server.port: 0)"));
    config_command(app_, "check-config", "설정 검사: 유효 설정 또는 모든 오류를 출력",
                   "print the effective configuration, or all its errors",
                   [this](const config::Config& config) { return check(config); });
    command(app_, "version", "버전", "print the version").callback([this] {
      chosen_ = [this] {
        context_.out << "token-limiter " << kVersion << "\n";
        return kDone;
      };
    });
    command(app_, "bench", "부하 시험 (bench --help)", "drive a gateway and measure it (see bench --help)");
    command(app_, "top", "실시간 현황 (top --help)", "watch a running gateway (see top --help)");
  }

  void describe_figures() {
    usage_.describe(app_);
    CLI::App& tokens = config_command(app_, "tokens", "텍스트의 토큰 수", "count the tokens of a text",
                                      [this](const config::Config& config) { return count_tokens(config); });
    tokens.add_option("text", tokens_.text, text("텍스트, 또는 -: 표준 입력", "the text, or - for standard input"))
        ->required();
    tokens.add_option("-m,--model", tokens_.model, text("모델", "the model"));
    tokens
        .add_option("--method", tokens_.method,
                    text("exact: 모델의 토크나이저, estimate: 어림셈 (기본: 토크나이저가 있으면 exact)",
                         "exact: by the model's tokenizer; estimate: quickly (default: exact if there is a tokenizer)"))
        ->check(CLI::IsMember({"exact", "estimate"}));
    CLI::App& token_test = config_command(
        app_, "token-test", "글의 종류별로 토큰 수를 정확히 세는지 시험 (엔진이 떠 있으면 견줌)",
        "test by kinds of text how exactly tokens are counted; compares with the engine if one answers",
        [this](const config::Config& config) { return commands_.token_test(context_, config, tokens_.model); });
    token_test.add_option("-m,--model", tokens_.model, text("모델", "the model"));
    tokens.add_flag("--ids", tokens_.ids, text("토큰 번호와 글자를 한 줄에 하나씩", "print the tokens, one a line"));
  }

  int run_gateway(const config::Config& config) {
    const auto problem = config::exposure_problem(config, context_.language);
    if (problem && !allow_demo_keys_) {
      context_.err << *problem << "\n";
      return kFailed;
    }
    return commands_.serve(config, {files_, allow_demo_keys_, context_.environment, port_file_, context_.language});
  }

  int check(const config::Config& config) {
    context_.out << config::to_yaml(config);
    if (const auto problem = config::exposure_problem(config, context_.language))
      context_.err << text("주의: ", "warning: ") << *problem << "\n";
    return kDone;
  }

  int count_tokens(const config::Config& config) {
    if (tokens_.text == "-") tokens_.text.assign(std::istreambuf_iterator<char>(std::cin), {});
    return tokens_command(context_, config, tokens_);
  }

  void report(const CLI::ParseError& error, const std::string& first) {
    std::vector<std::string> known;
    for (const CLI::App* each : app_.get_subcommands([](const CLI::App*) { return true; }))
      known.push_back(each->get_name());
    context_.err << text("명령줄 오류: ", "wrong command line: ");
    if (first.empty() || first.starts_with("-") || std::find(known.begin(), known.end(), first) != known.end()) {
      context_.err << error.what();
    } else {
      context_.err << text("알 수 없는 명령 '", "unknown command '") << config::shown(first) << "'"
                   << config::did_you_mean(context_.language, first, known);
    }
    context_.err << "\n" << text("도움말: token-limiter --help\n", "help: token-limiter --help\n");
  }

  const CommandContext& context_;
  const LongCommands& commands_;
  CLI::App app_;
  std::function<int()> chosen_;

  std::string language_;
  std::vector<std::string> files_;
  bool allow_demo_keys_ = false;
  std::string port_file_;
  PeopleLine people_{
      context_,
      [this](CLI::App& parent, const std::string& name, std::string_view korean, std::string_view english,
             Action action) -> CLI::App& { return config_command(parent, name, korean, english, std::move(action)); }};
  UsageLine usage_{
      context_,
      [this](CLI::App& parent, const std::string& name, std::string_view korean, std::string_view english,
             Action action) -> CLI::App& { return config_command(parent, name, korean, english, std::move(action)); }};
  TokensQuery tokens_;
};

// --lang decides the language of everything that follows, help and errors included, so it is looked for first.
std::optional<std::string> language_option(std::span<const std::string> arguments) {
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i].starts_with("--lang=")) return arguments[i].substr(7);
    if (arguments[i] == "--lang") return i + 1 < arguments.size() ? arguments[i + 1] : std::string();
    if (!arguments[i].starts_with("-")) break;
  }
  return std::nullopt;
}

}  // namespace

int run_command_line(std::span<const std::string> arguments, CommandContext context, const LongCommands& commands) {
  if (const auto name = language_option(arguments)) {
    const auto language = config::language_named(*name);
    if (!language) {
      context.err << context.say("--lang: ko 또는 en이 필요합니다\n", "--lang: ko or en is needed\n");
      return kWrongUsage;
    }
    context.language = *language;
    const std::size_t used = arguments[0] == "--lang" ? 2 : 1;
    arguments = arguments.subspan(std::min(used, arguments.size()));
  }
  if (!arguments.empty() && arguments[0] == "bench") return commands.bench(arguments.subspan(1), context);
  if (!arguments.empty() && arguments[0] == "top") return commands.top(arguments.subspan(1), context);
  return CommandLine(context, commands).run({arguments.begin(), arguments.end()});
}

}  // namespace ktl::app
