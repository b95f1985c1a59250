#include "standin/http/dialect.h"

#include "standin/http/json.h"

namespace ktl::standin {

std::string_view finish_word(const Outcome& outcome, const Answer* answer) {
  if (outcome.reason == FinishReason::stop && answer != nullptr && answer->tool_call) return "tool_calls";
  return name_of(outcome.reason);
}

std::string matched_stop(const Outcome& outcome, const Answer* answer) {
  if (outcome.reason != FinishReason::stop) return "null";
  if (answer == nullptr || answer->matched_stop.empty()) return std::to_string(kTurnEnd);
  return json_quoted(answer->matched_stop);
}

}  // namespace ktl::standin
