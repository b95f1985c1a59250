// A request body, inspected and edited. First byte: which endpoint ('0' + number); second: what the plan sets, as a hex
// digit of bits; the rest is the body.
//   - the inspector takes nothing that another parser refuses
//   - what the editor makes is valid JSON, equal to the original but for the plan's changes
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "protocol/edit_oracle.h"
#include "protocol/messages.h"
#include "protocol/request_inspector.h"

namespace {

using namespace ktl::protocol;

EditPlan plan_from(unsigned bits) {
  EditPlan plan;
  if ((bits & 1u) != 0) plan.model = "served/\"model\"";
  if ((bits & 2u) != 0) plan.inject_max_tokens = 1024;
  if ((bits & 4u) != 0) plan.rid = "0123456789abcdef0123456789abcdef";
  plan.force_usage = (bits & 8u) != 0;
  plan.continuous = (bits & 9u) == 9u;
  return plan;
}

void check_refusal(const RequestProblem& problem) {
  for (const Language language : {Language::korean, Language::english}) {
    const ApiError error = describe(problem, language);
    KTL_CHECK(error.status == 400, "a refusal of a body is a 400");
    KTL_CHECK(judge(render(error)) == OracleVerdict::valid, "an error body is valid JSON");
    KTL_CHECK(judge(render(error, Dialect::anthropic)) == OracleVerdict::valid, "an error body is valid JSON");
  }
}

void check_view(const RequestView& view, std::string_view body) {
  KTL_CHECK(ktl::is_utf8(view.model) && ktl::is_utf8(view.user), "names are text");
  for (const Message& message : view.messages) {
    KTL_CHECK(ktl::is_utf8(message.role) && ktl::is_utf8(message.content), "messages are text");
  }
  for (const std::string_view text : view.texts) KTL_CHECK(ktl::is_utf8(text), "what is counted is text");
  KTL_CHECK(view.query_texts <= view.texts.size(), "the query is part of the texts");
  KTL_CHECK(view.n >= 1 && view.n <= 128, "n is within its bounds");
  KTL_CHECK(view.max_tokens.value_or(1) >= 1, "an output bound is positive");
  KTL_CHECK(view.token_ids >= 0 && view.token_ids <= static_cast<std::int64_t>(body.size()), "ids stand in the body");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto endpoint = static_cast<Endpoint>((data[0] - std::uint8_t{'0'}) % kEndpoints);
  const unsigned bits = data[1] >= 'a' ? data[1] - 'a' + 10u : data[1] - unsigned{'0'};
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);

  static RequestInspector inspector;
  static EditedBody edited;
  const Inspection view = inspector.inspect(endpoint, body);
  if (!view) {
    check_refusal(view.error());
    return 0;
  }
  const OracleVerdict verdict = judge(body);
  KTL_CHECK(verdict != OracleVerdict::invalid, "the inspector takes nothing that another parser refuses");
  check_view(*view, body);
  const EditPlan plan = plan_from(bits);
  edit(*view, body, plan, edited);
  const std::string result = edited.joined();
  KTL_CHECK(result.size() == edited.size, "the size is the sum of the parts");
  KTL_CHECK(judge(result) == verdict, "an edited body is as valid as the original");
  if (verdict != OracleVerdict::valid) return 0;
  const std::string differs = difference(endpoint, body, plan, result);
  KTL_CHECK(differs.empty(), "an edit changes what the plan says and nothing else");
  return 0;
}
