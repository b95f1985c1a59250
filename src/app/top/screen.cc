#include "app/top/screen.h"

#include <fmt/format.h>

#include <cmath>

#include "app/cli/table.h"

namespace ktl::app::top {
namespace {

using config::Language;
using Align = Table::Align;

constexpr double kGib = 1024.0 * 1024 * 1024;

std::string count(const Number& number) {
  if (!number || !(std::fabs(*number) < 9e15)) return "-";
  return grouped(std::llround(*number));
}
std::string rate(const Number& number) {
  return number && *number < 100 ? fmt::format("{:.1f}", *number) : count(number);
}
std::string percent(const Number& share) {
  return share ? fmt::format("{:.0f}%", *share * 100) : "-";
}
std::string milliseconds(const Number& ms) {
  if (!ms) return "-";
  return *ms < 10       ? fmt::format("{:.1f} ms", *ms)
         : *ms < 10'000 ? fmt::format("{:.0f} ms", *ms)
                        : fmt::format("{:.1f} s", *ms / 1e3);
}

std::string plain(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  return text;
}

class Screen {
 public:
  Screen(const Snapshot& snapshot, Language language) : now_(snapshot), language_(language) {}

  std::string text() {
    head();
    traffic();
    latency();
    engines();
    if (now_.models.size() > 1) models();
    gpus();
    return std::move(out_);
  }

 private:
  std::string_view say(std::string_view korean, std::string_view english) const {
    return config::say(language_, korean, english);
  }
  std::string title(std::string_view korean, std::string_view english) const {
    return std::string(say(korean, english));
  }
  void line(std::string_view text = {}) { out_.append(text).append("\n"); }

  std::string duration(double seconds) const {
    const auto whole = static_cast<std::int64_t>(std::max(0.0, seconds));
    if (whole < 120) return fmt::format(fmt::runtime(say("{}초", "{} s")), whole);
    if (whole < 7'200) return fmt::format(fmt::runtime(say("{}분", "{} min")), whole / 60);
    if (whole < 172'800) return fmt::format(fmt::runtime(say("{}시간", "{} h")), whole / 3'600);
    return fmt::format(fmt::runtime(say("{}일", "{} days")), whole / 86'400);
  }

  std::string words_of(const Trouble& trouble) const {
    if (trouble.what == "store_refuses")
      return title("저장소에 쓸 수 없어 새 요청을 거절합니다", "the store cannot be written: new work is refused");
    if (trouble.what == "store_lost")
      return title("공유 저장소가 응답하지 않습니다", "the shared store does not answer");
    if (trouble.what == "engine_unreachable")
      return fmt::format(fmt::runtime(say("엔진 {}에 연결할 수 없습니다", "engine {} cannot be reached")),
                         trouble.which);
    if (trouble.what == "engine_silent")
      return fmt::format(fmt::runtime(say("엔진 {}이(가) 대답하지 않습니다", "engine {} does not say anything")),
                         trouble.which);
    if (trouble.what == "draining") return title("종료하는 중입니다", "the gateway is on its way out");
    return trouble.what + " " + trouble.which;
  }

  void head() {
    const double up = (now_.at_ms.value_or(0) - now_.started_ms.value_or(0)) / 1e3;
    line(plain(fmt::format("SGLang Korean Token Limiter {}  {}", now_.version,
                           fmt::format(fmt::runtime(say("가동 {}", "up {}")), duration(up)))));
    for (const Trouble& trouble : now_.troubles) {
      std::string text = "[!] " + words_of(trouble);
      if (!trouble.reason.empty()) text += " (" + trouble.reason + ")";
      if (trouble.since_ms)
        text += fmt::format(fmt::runtime(say(", {} 전부터", ", for {}")),
                            duration((now_.at_ms.value_or(0) - *trouble.since_ms) / 1e3));
      line(plain(text));
    }
    line();
  }

  void traffic() {
    Table table({{title("요청/초", "requests/s"), Align::right},
                 {title("입력 토큰/초", "tokens in/s"), Align::right},
                 {title("출력 토큰/초", "tokens out/s"), Align::right},
                 {title("캐시/초", "cached/s"), Align::right},
                 {title("처리 중", "in flight"), Align::right},
                 {title("대기", "queued"), Align::right},
                 {title("거절/초", "refused/s"), Align::right},
                 {title("오류/초", "errors/s"), Align::right}});
    table.add({rate(now_.requests), count(now_.prompt_tokens), count(now_.completion_tokens), count(now_.cached_tokens),
               count(now_.in_flight), count(now_.queue), rate(now_.refused), rate(now_.errors)});
    out_ += table.text();
    if (!now_.refusals.empty()) {
      std::string text = title("최근 1분 거절:", "refused in the last minute:");
      for (const auto& [reason, times] : now_.refusals) text += fmt::format("  {} {}", reason, grouped(times));
      line(plain(text));
    }
    line();
  }

  void latency() {
    Table table(
        {{title("최근 1분", "last minute")}, {"p50", Align::right}, {"p95", Align::right}, {"p99", Align::right}});
    const auto add = [&](std::string name, const Quantiles& q) {
      table.add({std::move(name), milliseconds(q.p50), milliseconds(q.p95), milliseconds(q.p99)});
    };
    add(title("첫 토큰까지", "first token"), now_.first_token);
    add(title("토큰 간", "between tokens"), now_.inter_token);
    add(title("전체", "whole request"), now_.duration);
    out_ += table.text();
    line();
  }

  std::string status_of(const std::string& status) const {
    if (status == "healthy") return title("정상", "healthy");
    if (status == "silent") return title("무응답", "silent");
    if (status == "unreachable") return title("연결 안 됨", "unreachable");
    return title("확인 중", "unknown");
  }

  void engines() {
    Table table({{title("엔진", "engine")},
                 {title("상태", "status")},
                 {title("실행", "running"), Align::right},
                 {title("대기", "waiting"), Align::right},
                 {"KV", Align::right},
                 {title("적중률", "hit rate"), Align::right},
                 {title("prefill/초", "prefill/s"), Align::right},
                 {title("decode/초", "decode/s"), Align::right},
                 {title("보낸 것/한도", "sent/limit"), Align::right},
                 {title("대기열", "queue"), Align::right}});
    for (const EngineLine& engine : now_.engines)
      table.add({engine.name, status_of(engine.status), count(engine.running), count(engine.waiting),
                 percent(engine.kv_share), percent(engine.hit_rate), count(engine.prefill), count(engine.decode),
                 count(engine.in_flight) + "/" + count(engine.in_flight_limit), count(engine.queue)});
    out_ += table.text();
    line();
  }

  void models() {
    Table table({{title("모델", "model")},
                 {title("요청/초", "requests/s"), Align::right},
                 {title("입력/초", "in/s"), Align::right},
                 {title("출력/초", "out/s"), Align::right},
                 {title("첫 토큰 p50", "first token p50"), Align::right},
                 {"p95", Align::right},
                 {title("토큰 간 p50", "between tokens p50"), Align::right}});
    for (const ModelLine& model : now_.models)
      table.add({model.name, rate(model.requests), count(model.prompt_tokens), count(model.completion_tokens),
                 milliseconds(model.first_token.p50), milliseconds(model.first_token.p95),
                 milliseconds(model.inter_token.p50)});
    out_ += table.text();
    line();
  }

  void gpus() {
    if (now_.gpus.empty()) {
      if (now_.gpu_state == "no_driver")
        line(say("GPU: 이 서버에는 NVIDIA 드라이버가 없습니다", "GPU: no NVIDIA driver here"));
      if (now_.gpu_state == "no_device") line(say("GPU: 카드가 없습니다", "GPU: no card here"));
      if (now_.gpu_state == "error") line(say("GPU: 드라이버가 응답하지 않습니다", "GPU: the driver does not answer"));
      return;
    }
    Table table({{"GPU"},
                 {title("이름", "name")},
                 {title("사용률", "busy"), Align::right},
                 {title("메모리", "memory"), Align::right},
                 {title("온도", "heat"), Align::right},
                 {title("전력", "power"), Align::right}});
    for (const GpuLine& gpu : now_.gpus) {
      const std::string memory =
          gpu.memory_used && gpu.memory_total
              ? fmt::format("{:.1f}/{:.1f} GiB", *gpu.memory_used / kGib, *gpu.memory_total / kGib)
              : "-";
      table.add({count(gpu.index), gpu.name, percent(gpu.utilisation), memory,
                 gpu.temperature ? count(gpu.temperature) + " °C" : "-", gpu.power ? count(gpu.power) + " W" : "-"});
    }
    out_ += table.text();
  }

  const Snapshot& now_;
  const Language language_;
  std::string out_;
};

}  // namespace

std::string screen_of(const Snapshot& snapshot, Language language) {
  return Screen(snapshot, language).text();
}

}  // namespace ktl::app::top
