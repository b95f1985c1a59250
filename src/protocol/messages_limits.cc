// What a 429 says, in OpenAI's order of facts: which limit of whom, Limit, Used, Requested, when to come back.
#include <array>

#include "protocol/message_text.h"

namespace ktl::protocol {
namespace {

// In the order of LimitName.
constexpr std::array<Text, 7> kLimitWords{{
    {"분당 요청 수 한도(RPM)", "requests per min (RPM)"},
    {"시간당 요청 수 한도(RPH)", "requests per hour (RPH)"},
    {"일일 요청 수 한도(RPD)", "requests per day (RPD)"},
    {"분당 토큰 한도(TPM)", "tokens per min (TPM)"},
    {"시간당 토큰 한도(TPH)", "tokens per hour (TPH)"},
    {"일일 토큰 한도(TPD)", "tokens per day (TPD)"},
    {"동시 요청 수 한도", "concurrent requests"},
}};

bool counts_tokens(LimitName limit) {
  return limit == LimitName::tpm || limit == LimitName::tph || limit == LimitName::daily;
}

std::string owner(Language language, const RateLimitFacts& facts) {
  const auto named = [&](const Text& kind) {
    std::string who(language == Language::korean ? kind.korean : kind.english);
    if (!facts.scope_name.empty()) who.append(" '").append(shown(facts.scope_name)).append("'");
    return who;
  };
  switch (facts.scope) {
    case ScopeKind::key:
      return named({"API 키", "API key"});
    case ScopeKind::user:
      return named({"사용자", "user"});
    case ScopeKind::group:
      return named({"그룹", "group"});
    case ScopeKind::model:
      return named({"모델", "model"});
    case ScopeKind::global:
      break;
  }
  return std::string(language == Language::korean ? "서비스 전체" : "this service");
}

}  // namespace

ApiError rate_limited(Language language, const RateLimitFacts& facts) {
  const bool korean = language == Language::korean;
  const Text& words = kLimitWords[static_cast<std::size_t>(facts.limit)];
  const std::string_view limit = korean ? words.korean : words.english;
  const std::string who = owner(language, facts);
  std::string model;
  if (!facts.model.empty()) model = korean ? shown(facts.model) + " 모델 요청이 " : " for " + shown(facts.model);
  std::string message;
  if (facts.never && !counts_tokens(facts.limit)) {  // a limit of 0
    message = say(language,
                  {"{0}의 {1}에 따라 이 요청은 처리할 수 없습니다. 한도 {2}, 요청 {3}. 관리자에게 문의해 주세요.",
                   "Request not allowed in {0} on {1}: Limit {2}, Requested {3}. Please contact your administrator."},
                  who, limit, facts.allowed, facts.requested);
  } else if (facts.never) {
    message =
        say(language,
            {"{0}{1}의 {2}보다 커서 처리할 수 없습니다. 한도 {3}, 요청 {4}. 기다려도 처리되지 않으니 입력이나 최대 "
             "출력 토큰을 줄여 주세요.",
             "Request too large{0} in {1} on {2}: Limit {3}, Requested {4}. The input or output tokens must be "
             "reduced in order to run successfully."},
            korean && model.empty() ? std::string("요청이 ") : model, who, limit, facts.allowed, facts.requested);
  } else {
    message =
        say(language,
            {"{0}{1}의 {2}에 도달했습니다. 한도 {3}, 사용 {4}, 요청 {5}. {6} 후에 다시 시도해 주세요.",
             "Rate limit reached{0} in {1} on {2}: Limit {3}, Used {4}, Requested {5}. Please try again in {6}."},
            model, who, limit, facts.allowed, facts.used, facts.requested, spoken_wait(language, facts.retry_after));
  }
  return make_error(429, counts_tokens(facts.limit) ? "tokens" : "requests", "rate_limit_exceeded", std::move(message));
}

}  // namespace ktl::protocol
