#include "prompt/chat_template.h"

#include "prompt/conversation.h"
#include "prompt/template_layouts.h"
#include "prompt/tool_rendering.h"

namespace ktl::prompt {
namespace {

class Text final : public PromptSink {
 public:
  Text(const ChatTemplate& chat_template, const tokenizer::ChatPrompt& prompt)
      : chat_template_(chat_template), prompt_(prompt) {}

  void isolator(std::string_view token) override { text_ += token; }
  void part(Part::Kind kind, std::string_view text) override {
    append_text({kind, text}, prompt_.tool_choice, chat_template_.dialect, text_);
  }
  void separate() override {}

  std::string take() { return std::move(text_); }

 private:
  const ChatTemplate& chat_template_;
  const tokenizer::ChatPrompt& prompt_;
  std::string text_;
};

void append_tool_calls(const Part& part, std::string& out) {
  bool first_inline = part.kind == Part::Kind::tool_calls_inline;
  for (const ToolCall& call : tool_calls_of(part.text)) {
    if (!first_inline) out += '\n';
    first_inline = false;
    out.append("<tool_call>\n{\"name\": \"").append(call.name).append("\", \"arguments\": ").append(call.arguments);
    out += "}\n</tool_call>";
  }
}

}  // namespace

void append_text(const Part& part, const tokenizer::ToolChoice& choice, EngineDialect dialect, std::string& out) {
  switch (part.kind) {
    case Part::Kind::literal:
    case Part::Kind::content:
      out += part.text;
      return;
    case Part::Kind::tools:
      for (const std::string& tool : tools_shown(part.text, choice, dialect)) out.append(1, '\n').append(tool);
      return;
    case Part::Kind::tool_calls:
    case Part::Kind::tool_calls_inline:
      append_tool_calls(part, out);
      return;
  }
}

void lay_out(const ChatTemplate& chat_template, const tokenizer::ChatPrompt& prompt, PromptSink& sink) {
  const Conversation conversation(prompt, chat_template.dialect);
  Layout layout{conversation, prompt, chat_template.dialect, sink};
  switch (chat_template.family) {
    case TemplateFamily::unknown:
      return;
    case TemplateFamily::chatml:
      return lay_out_chatml(layout);
    case TemplateFamily::qwen2_5:
      return lay_out_qwen2_5(layout);
    case TemplateFamily::qwen3:
      return lay_out_qwen3(layout);
    case TemplateFamily::llama3:
      return lay_out_llama3(layout);
    case TemplateFamily::solar:
      return lay_out_solar(layout);
  }
}

std::string render(const ChatTemplate& chat_template, const tokenizer::ChatPrompt& prompt) {
  Text text(chat_template, prompt);
  lay_out(chat_template, prompt, text);
  return text.take();
}

}  // namespace ktl::prompt
