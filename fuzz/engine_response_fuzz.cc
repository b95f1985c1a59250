// An engine's answer that is not a stream. First byte: which endpoint ('0' + number); second: which error status; the
// rest is the body.
//   - rewriting keeps valid JSON valid and touches nothing but model and id
//   - every error becomes a sound error body that tells no secret
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "base/text.h"
#include "protocol/edit_oracle.h"
#include "protocol/engine_error.h"
#include "protocol/response_body.h"

namespace {

using namespace ktl::protocol;

constexpr int kStatuses[] = {400, 401, 403, 404, 413, 422, 429, 500, 501, 502, 503, 504};

void check_error(const ApiError& error) {
  KTL_CHECK(error.status >= 400 && error.status < 600, "an error has an error's status");
  KTL_CHECK(error.status != 401 && error.status != 403 && error.status != 429,
            "the engine's refusal of us is not the client's");
  KTL_CHECK(error.message.size() <= kMaxEngineMessage + 200, "an error's text is bounded");
  KTL_CHECK(ktl::is_utf8(error.message), "an error's text is text");
  KTL_CHECK(judge(render(error)) == OracleVerdict::valid, "an error body is valid JSON");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto endpoint = static_cast<Endpoint>((data[0] - std::uint8_t{'0'}) % kEndpoints);
  const int status = kStatuses[data[1] % std::size(kStatuses)];
  const std::string_view body(reinterpret_cast<const char*>(data) + 2, size - 2);

  const ResponseFacts facts = inspect_response(endpoint, body);
  std::string same;
  rewrite_response(body, facts, "", "", same);
  KTL_CHECK(same == body, "without a wish an answer stays as it is");
  std::string changed;
  rewrite_response(body, facts, "별칭\"", "chatcmpl-", changed);
  if (facts.is_json && ktl::is_utf8(body)) {
    KTL_CHECK(judge(changed) == judge(body), "rewriting keeps JSON valid");
    const ResponseFacts after = inspect_response(endpoint, changed);
    KTL_CHECK(after.usage == facts.usage && after.finish_reason == facts.finish_reason, "rewriting keeps the facts");
  }
  if (facts.usage) KTL_CHECK(facts.usage->total() >= 0, "usage is a count");
  check_error(from_engine(status, body, Language::korean));
  if (facts.error) check_error(to_api_error(*facts.error, Language::english));
  return 0;
}
