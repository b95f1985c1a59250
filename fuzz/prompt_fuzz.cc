// A chat with hostile JSON. First byte: template and engine; the rest is taken as "tools", as "tool_calls", as
// tool-call arguments and as content.
//   - what is dumped again stays the same when it is dumped once more, and is never taken half
//   - tools are shown exactly when there is one to show
//   - every part that a prompt is counted by is in its text: counting bytes in pieces or whole is the same
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "prompt/exact_counter.h"
#include "prompt/python_json.h"
#include "prompt/tool_rendering.h"

namespace {

using namespace ktl::prompt;
using ktl::tokenizer::ChatMessage;
using ktl::tokenizer::ChatPrompt;

void check_redump(std::string_view json) {
  std::string once = "kept";
  if (!append_redumped(json, once)) {
    KTL_CHECK(once == "kept", "a refused text leaves no trace");
    return;
  }
  std::string twice = "kept";
  // Infinity is how Python writes what it could not read itself.
  if (once.find("Infinity") == std::string::npos) {
    KTL_CHECK(append_redumped(std::string_view(once).substr(4), twice), "a dump can be read");
    KTL_CHECK(once == twice, "a dump of a dump is the same");
  }
  std::vector<JsonMember> members;
  std::vector<std::string_view> elements;
  if (members_of(json, members)) KTL_CHECK(once[4] == '{', "members are those of an object");
  if (elements_of(json, elements)) KTL_CHECK(once[4] == '[', "elements are those of an array");
}

// Every byte is a token but for the template's own tokens.
class BytesEncoder final : public ktl::tokenizer::Encoder {
 public:
  std::int64_t count(std::string_view text) const override {
    auto tokens = static_cast<std::int64_t>(text.size());
    for (const std::string_view added : {"<|im_start|>", "<|im_end|>"}) {
      for (std::size_t at = text.find(added); at != std::string_view::npos; at = text.find(added, at + added.size()))
        tokens -= static_cast<std::int64_t>(added.size()) - 1;
    }
    return tokens;
  }
  void encode(std::string_view, std::vector<ktl::tokenizer::TokenId>&) const override {}
  std::span<const ktl::tokenizer::TokenId> leading() const override { return {}; }
  std::string_view bytes_of(ktl::tokenizer::TokenId) const override { return {}; }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  constexpr std::array kFamilies{TemplateFamily::chatml, TemplateFamily::qwen2_5, TemplateFamily::qwen3};
  constexpr std::array kDialects{EngineDialect::as_sent, EngineDialect::vllm, EngineDialect::sglang_function,
                                 EngineDialect::sglang_tool, EngineDialect::sglang_defer_loading};
  const unsigned first = data[0];
  const ChatTemplate chat_template{kFamilies[first % 3], kDialects[first / 3 % 5]};
  const std::string rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  check_redump(rest);
  check_redump(rest.size() > 1 ? rest.substr(1) : rest);

  std::string quoted;
  append_python_string(rest, quoted);
  std::string unquoted;
  KTL_CHECK(append_string_value(quoted, unquoted) && unquoted == rest, "a string comes back as it was written");

  const std::string calls = "[{\"function\":{\"name\":\"f\",\"arguments\":" + quoted + "}}]";
  const std::array messages{ChatMessage{"user", rest}, ChatMessage{"assistant", "", rest},
                            ChatMessage{"assistant", rest, calls}, ChatMessage{"tool", rest},
                            ChatMessage{"user", "끝"}};
  const ktl::tokenizer::ToolChoice choice{
      first % 2 == 0 ? ktl::tokenizer::ToolChoice::Kind::any : ktl::tokenizer::ToolChoice::Kind::named, "f"};
  std::vector<std::string_view> tools;
  if (elements_of(rest, tools)) {
    KTL_CHECK(shows_any_tool(rest, choice, chat_template.dialect) ==
                  !tools_shown(rest, choice, chat_template.dialect).empty(),
              "tools are shown exactly when there is one");
  }
  const ChatPrompt prompt{messages, rest, choice};
  const auto encoder = std::make_shared<BytesEncoder>();
  const ExactCounter counter({.encoder = encoder, .chat_template = chat_template});
  KTL_CHECK(counter.count_chat(prompt).tokens == encoder->count(render(chat_template, prompt)),
            "a prompt in pieces costs what the whole costs");
  return 0;
}
