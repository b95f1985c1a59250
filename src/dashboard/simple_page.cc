#include "dashboard/simple_page.h"

#include <array>
#include <chrono>

#include "admin/page.h"
#include "admin/query.h"
#include "dashboard/html.h"
#include "dashboard/messages.h"

namespace ktl::dashboard {
namespace {

using protocol::Language;
using quota::LimitKind;

// 1234567 → "1,234,567"
std::string grouped(std::int64_t number) {
  std::string text = std::to_string(number);
  const std::size_t first = number < 0 ? 1 : 0;
  for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, 1, ',');
  return text;
}

std::string used_of(const quota::Standing& standing, LimitKind kind) {
  const auto& one = standing[kind];
  std::string text = grouped(one.used);
  if (one.limit != quota::kUnlimited) text.append(" / ").append(grouped(one.limit));
  return text;
}

void row(Html& html, std::string_view name, std::string_view value) {
  html.raw("<tr><th scope=\"row\">").text(name).raw("</th><td>").text(value).raw("</td></tr>");
}

void write_gateway(Html& html, Language language, const SimpleFacts& facts) {
  const auto& metrics = facts.gateway.metrics;
  const ledger::Journal::Health store = facts.gateway.accounting.journal().health();
  html.raw("<h2>").text(say(language, "게이트웨이", "Gateway")).raw("</h2><table>");
  row(html, say(language, "처리 중인 요청", "Requests in flight"), grouped(metrics.in_flight.value()));
  row(html, say(language, "입력 토큰 (시작 이후)", "Prompt tokens (since start)"),
      grouped(metrics.prompt_tokens.value()));
  row(html, say(language, "출력 토큰 (시작 이후)", "Completion tokens (since start)"),
      grouped(metrics.completion_tokens.value()));
  row(html, say(language, "저장소", "Store"),
      store.accepting && !store.lost ? std::string(say(language, "정상", "healthy"))
                                     : std::string(say(language, "쓸 수 없음: ", "unavailable: ")) + store.reason);
  row(html, say(language, "시각 (UTC)", "Time (UTC)"), admin::timestamp(facts.gateway.clock.wall()));
  html.raw("</table>");
}

std::string_view health_word(Language language, upstream::Health health) {
  switch (health) {
    case upstream::Health::up:
      return say(language, "정상", "healthy");
    case upstream::Health::down:
      return say(language, "응답 없음", "unreachable");
    case upstream::Health::unknown:
      break;
  }
  return say(language, "아직 모름", "not known yet");
}

void write_engines(Html& html, Language language, const SimpleFacts& facts) {
  html.raw("<h2>").text(say(language, "엔진", "Engines")).raw("</h2><table><tr>");
  for (const auto head : {say(language, "이름", "Name"), say(language, "상태", "Status"),
                          say(language, "처리 중", "In flight"), say(language, "대기", "Waiting")})
    html.raw("<th scope=\"col\">").text(head).raw("</th>");
  html.raw("</tr>");
  for (const upstream::Upstream* engine : facts.upstreams) {
    const bool down = engine->health() == upstream::Health::down;
    html.raw("<tr><td>").text(engine->name()).raw(down ? "</td><td class=\"bad\">" : "</td><td>");
    html.text(health_word(language, engine->health())).raw("</td><td>").text(grouped(engine->gate().running()));
    html.raw("</td><td>").text(grouped(engine->gate().waiting())).raw("</td></tr>");
  }
  html.raw("</table>");
}

void write_users(Html& html, Language language, const SimpleFacts& facts) {
  constexpr std::array kShown{LimitKind::rpm, LimitKind::tpm, LimitKind::tph, LimitKind::daily, LimitKind::concurrent};
  gateway::Accounting& accounting = facts.gateway.accounting;
  html.raw("<h2>").text(say(language, "사용자 (사용 / 한도)", "Users (used / limit)"));
  html.raw("</h2><div class=\"wide\"><table><tr><th scope=\"col\">").text(say(language, "이름", "Name")).raw("</th>");
  for (const auto head : {say(language, "요청/분", "Requests/min"), say(language, "토큰/분", "Tokens/min"),
                          say(language, "토큰/시간", "Tokens/hour"), say(language, "토큰/일", "Tokens/day"),
                          say(language, "동시 요청", "In flight"), say(language, "누적 토큰", "Tokens in all")})
    html.raw("<th scope=\"col\" class=\"n\">").text(head).raw("</th>");
  html.raw("</tr>");
  for (const gateway::RosterUser& user : facts.catalogue.roster->users) {
    const ScopeId scope = user.limits.scope;
    if (scope == ScopeId::none) continue;
    const quota::Standing standing = accounting.standing(scope);
    html.raw("<tr><td>").text(user.name);
    if (accounting.banned({&scope, 1}))
      html.raw(" <b class=\"bad\">").text(say(language, "차단됨", "banned")).raw("</b>");
    html.raw("</td>");
    for (const LimitKind kind : kShown) html.raw("<td class=\"n\">").text(used_of(standing, kind)).raw("</td>");
    const ledger::Totals totals = accounting.totals_of(scope);
    html.raw("<td class=\"n\">").text(grouped(totals.prompt_tokens + totals.completion_tokens)).raw("</td></tr>");
  }
  html.raw("</table></div>");
}

}  // namespace

std::string simple_page(Language language, const SimpleFacts& facts) {
  Html html(language, say(language, "토큰 리미터", "Token Limiter"));
  html.raw("<header><h1>").text(say(language, "SGLang 한국어 토큰 리미터", "SGLang Korean Token Limiter"));
  html.raw("</h1><p class=\"quiet\">").text(facts.version).raw(" · <a href=\"/\">");
  html.text(say(language, "전체 화면", "Full dashboard")).raw("</a> · ");
  html.raw(
      "<a href=\"/simple?lang=ko\" lang=\"ko\">한국어</a> · <a href=\"/simple?lang=en\" "
      "lang=\"en\">English</a></p></header><main>");
  write_gateway(html, language, facts);
  write_engines(html, language, facts);
  write_users(html, language, facts);
  html.raw("</main>");
  return html.take();
}

Language simple_language(std::string_view query, Language preferred) {
  const auto parsed = admin::Query::parse(query);
  const auto asked = parsed ? parsed->get("lang") : std::nullopt;
  if (asked == "ko") return Language::korean;
  if (asked == "en") return Language::english;
  return preferred;
}

}  // namespace ktl::dashboard
