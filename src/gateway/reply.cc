#include "gateway/reply.h"

#include <charconv>
#include <utility>

#include "protocol/messages.h"

namespace ktl::gateway {
namespace {

void append_number_header(std::string& out, std::string_view name, std::int64_t value) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out.append(name).append(": ").append(digits, static_cast<std::size_t>(end - digits)).append("\r\n");
}

std::optional<protocol::WindowHeader> header_of(const quota::WindowStanding& window) {
  if (window.limit == quota::kUnlimited) return std::nullopt;
  return protocol::WindowHeader{window.limit, window.remaining, window.reset};
}

// A client that hammers must not fill the disk: a few lines a second, then a count of those left out.
void log_violation(Exchange& x, const quota::Denied& denied, bool banned) {
  constexpr std::int64_t kLinesPerSecond = 20;
  LoopServices& on = x.on;
  const std::int64_t second = x.arrived.time_since_epoch().count() / 1000;
  if (second != on.violation_second) {
    on.violation_second = second;
    on.violations_logged = 0;
  }
  if (!banned && ++on.violations_logged > kLinesPerSecond) {
    ++on.violations_unlogged;
    return;
  }
  x.shared().log.info(banned ? "limit violated, key banned" : "limit violated",
                      {{"user", x.principal->user_name},
                       {"limit", x.limit},
                       {"allowed", denied.allowed},
                       {"used", denied.used},
                       {"requested", denied.requested},
                       {"unlogged_before", std::exchange(on.violations_unlogged, 0)}});
}

}  // namespace

void append_account_headers(std::string& out, Exchange& x) {
  out.append("x-request-id: ").append(x.id.view()).append("\r\n");
  if (x.scope_count == 0) return;
  if (x.model != nullptr) {
    append_number_header(out, "x-token-limiter-prompt-tokens", x.prompt_tokens);
    append_number_header(out, "x-token-limiter-reserved-tokens", x.reserve_tokens);
    out.append("x-token-limiter-count-method: ").append(tokenizer::name_of(x.count_method)).append("\r\n");
  }
  Accounting& accounting = x.shared().accounting;
  if (x.admitted_unshared) out.append("x-token-limiter-store: ").append(name_of(*accounting.loss())).append("\r\n");
  const quota::Standing tightest =
      x.admitted_unshared ? accounting.tightest_of_own(x.scopes()) : accounting.tightest(x.scopes());
  protocol::append_rate_limit_headers(out, {.requests = header_of(tightest[quota::LimitKind::rpm]),
                                            .tokens = header_of(tightest[quota::LimitKind::tpm]),
                                            .tokens_hour = header_of(tightest[quota::LimitKind::tph]),
                                            .tokens_day = header_of(tightest[quota::LimitKind::daily])});
}

void note_refusal(Exchange& x, Refusal refusal) {
  refusal.at = x.arrived;
  refusal.request_id = x.id.view();
  refusal.user = x.principal->user_name;
  refusal.key = x.principal->key_name;
  if (x.model != nullptr) refusal.model = x.model->alias;
  refusal.path = x.http.head().path;
  x.shared().accounting.refusals().note(std::move(refusal));
}

net::Task<void> reply_error(Exchange& x, protocol::ApiError error, std::string extra) {
  x.status = error.status;
  std::string& headers = x.on.headers;
  headers.assign("content-type: application/json; charset=utf-8\r\n");
  append_account_headers(headers, x);
  headers += extra;
  const std::string body = protocol::render(error, x.dialect);
  co_await x.http.reply(error.status, headers, body);
}

net::Task<void> reply_denied(Exchange& x, const quota::Denied& denied) {
  Services& services = x.shared();
  services.metrics.refused(denied.limit).add();
  x.count_refusal();
  x.limit = std::string(ktl::name_of(denied.scope_kind)) + " " + std::string(quota::name_of(denied.limit));

  const bool banned = services.accounting.violation(x.principal->key);
  if (banned) services.metrics.bans.add();
  if (services.options.log_violations) log_violation(x, denied, banned);

  Refusal refusal;
  refusal.limit = denied.limit;
  refusal.kind = denied.scope_kind;
  refusal.name = x.catalogue->name_of(denied.scope);
  refusal.allowed = denied.allowed;
  refusal.used = denied.used;
  refusal.requested = denied.requested;
  if (!denied.never) refusal.retry_after = denied.retry_after;
  refusal.never = denied.never;
  note_refusal(x, std::move(refusal));

  protocol::RateLimitFacts facts;
  facts.limit = static_cast<protocol::LimitName>(denied.limit);
  facts.scope = denied.scope_kind;
  facts.scope_name = x.catalogue->name_of(denied.scope);
  if (x.model != nullptr) facts.model = x.model->alias;
  facts.allowed = denied.allowed;
  facts.used = denied.used;
  facts.requested = denied.requested;
  facts.retry_after = denied.retry_after;
  facts.never = denied.never;
  std::string advice;
  protocol::append_retry_headers(advice, {.after = denied.retry_after, .never = denied.never});
  co_await reply_error(x, protocol::rate_limited(x.language, facts), std::move(advice));
}

}  // namespace ktl::gateway
