// The command line of `top`, and the terminal.
#include "app/cli/top_command.h"

#include <fmt/format.h>
#include <unistd.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <vector>

#include "app/bench/target.h"
#include "app/cli/interruption.h"
#include "app/top/screen.h"
#include "app/top/watch.h"
#include "config/findings.h"

namespace ktl::app {
namespace {

constexpr const char* kDefaultUrl = "http://127.0.0.1:8080";
constexpr std::string_view kKeyVariable = "TOKEN_LIMITER_ADMIN_KEY";

// The alternate screen, without a cursor; the old one is back afterwards.
class Terminal {
 public:
  Terminal(std::ostream& out, bool live) : out_(out), live_(live) {
    if (live_) out_ << "\x1b[?1049h\x1b[?25l" << std::flush;
  }
  ~Terminal() {
    if (live_) out_ << "\x1b[?25h\x1b[?1049l" << std::flush;
  }
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  void show(std::string_view text) {
    if (!live_) {
      out_ << text << std::flush;
      return;
    }
    std::string drawn = "\x1b[H";
    for (const char c : text) {
      if (c == '\n') drawn += "\x1b[K";  // what stood to the right of it before
      drawn += c;
    }
    out_ << drawn << "\x1b[J" << std::flush;
  }

 private:
  std::ostream& out_;
  const bool live_;
};

class TopCommand {
 public:
  explicit TopCommand(const CommandContext& context)
      : context_(context),
        app_(text("실행 중인 게이트웨이를 실시간으로 봅니다 (Ctrl-C로 끝냄)",
                  "Watches a running gateway (Ctrl-C ends it)"),
             "token-limiter top") {
    if (context_.language == config::Language::korean) {
      app_.get_formatter()->label("Usage", "사용법");
      app_.get_formatter()->label("OPTIONS", "옵션");
    }
    app_.option_defaults()->group(text("옵션", "Options"));
    app_.set_help_flag("-h,--help", text("도움말", "this help"));
    app_.add_option("--url", url_, text("게이트웨이 주소", "where the gateway is"))->capture_default_str();
    app_.add_option("--api-key", key_,
                    text("관리자 키 (기본: 환경 변수 TOKEN_LIMITER_ADMIN_KEY; 같은 기계에서는 없어도 될 수 있음)",
                         "an admin key (default: $TOKEN_LIMITER_ADMIN_KEY; on the same machine none may be needed)"));
    app_.add_flag("--once", once_, text("한 번만 출력", "print once and end"));
    app_.add_flag("--json", json_, text("측정값을 JSON 그대로 한 줄씩", "the samples as they are, one a line"));
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
    if (key_.empty()) key_ = context_.environment(kKeyVariable).value_or("");
    const bool printable = std::all_of(key_.begin(), key_.end(), [](char c) { return c > ' ' && c < 0x7f; });
    if (!printable)
      return wrong_usage(text("--api-key: 출력 가능한 ASCII 문자만 쓸 수 있습니다", "--api-key: only printable ASCII"));
    const auto target = bench::parse_target(url_);
    if (!target) return wrong_usage("--url: " + target.error().message);
    return watch(*target);
  }

 private:
  std::string text(std::string_view korean, std::string_view english) const {
    return std::string(context_.say(korean, english));
  }

  int wrong_usage(std::string_view what) {
    context_.err << text("명령줄 오류: ", "wrong command line: ") << what << "\n"
                 << text("도움말: token-limiter top --help\n", "help: token-limiter top --help\n");
    return kWrongUsage;
  }

  std::string request_for(const bench::Target& target) const {
    std::string request = "GET " + target.base_path + "/admin/events HTTP/1.1\r\nhost: " + target.authority + "\r\n";
    if (!key_.empty()) request += "authorization: Bearer " + key_ + "\r\n";
    return request + "\r\n";
  }

  int watch(const bench::Target& target) {
    const auto addresses = net::resolve(target.host, target.port);
    if (!addresses) {
      context_.err << config::shown(target.host) << ": " << addresses.error().message << "\n";
      return kFailed;
    }
    const bool terminal = &context_.out == &std::cout && ::isatty(STDOUT_FILENO) != 0;
    const bool live = terminal && !once_ && !json_;
    net::EventLoop loop;
    top::WatchEnd end = top::WatchEnd::stopped;
    int status = 0;
    {
      const Interruption interruption;
      Terminal screen(context_.out, live);
      std::string shown;
      const top::Watch::Listener listener{
          .sample =
              [&](std::string_view json) {
                shown = draw(json);
                screen.show(shown);
              },
          .away =
              [&] {
                if (live)
                  screen.show(text("[!] 게이트웨이에 연결할 수 없습니다. 다시 연결하는 중…\n\n",
                                   "[!] The gateway cannot be reached. Trying again…\n\n") +
                              shown);
              }};
      top::Watch watching(loop, {addresses->front(), request_for(target), once_}, listener, interruption.interrupted());
      loop.spawn(follow(watching, loop, end));
      loop.run();
      status = watching.status();
    }
    if (end == top::WatchEnd::refused) context_.err << refusal(status) << "\n";
    if (end == top::WatchEnd::away)
      context_.err << fmt::format(fmt::runtime(text("{}에 연결할 수 없습니다", "{} cannot be reached")), target.name)
                   << "\n";
    return end == top::WatchEnd::stopped ? kDone : kFailed;
  }

  static net::Task<void> follow(top::Watch& watching, net::EventLoop& loop, top::WatchEnd& end) {
    end = co_await watching.run();
    loop.stop();
  }

  std::string draw(std::string_view json) const {
    if (json_) return std::string(json) + "\n";
    const auto snapshot = top::read_snapshot(json);
    return snapshot ? top::screen_of(*snapshot, context_.language) : std::string();
  }

  std::string refusal(int status) const {
    if (status == 401 || status == 403)
      return text("게이트웨이가 관리자 키를 요구합니다. --api-key 또는 TOKEN_LIMITER_ADMIN_KEY로 알려 주세요.",
                  "The gateway wants an admin key: --api-key, or TOKEN_LIMITER_ADMIN_KEY.");
    return fmt::format(fmt::runtime(text("게이트웨이가 HTTP {}로 답했습니다. 주소가 맞는지 확인해 주세요.",
                                         "The gateway answered HTTP {}. Is the address right?")),
                       status);
  }

  const CommandContext& context_;
  CLI::App app_;
  std::string url_ = kDefaultUrl;
  std::string key_;
  bool once_ = false;
  bool json_ = false;
};

}  // namespace

int top_command(std::span<const std::string> arguments, const CommandContext& context) {
  return TopCommand(context).run({arguments.begin(), arguments.end()});
}

}  // namespace ktl::app
