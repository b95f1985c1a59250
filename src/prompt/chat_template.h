#pragma once
// Chat templates: what a conversation becomes before the engine tokenizes it, byte for byte as the model's Jinja
// template, and the engine around it, render it.
//
// A template is laid out as a sequence of parts instead of one string, so that a prompt is counted without being put
// together: see piecewise_count.h. render() puts the same parts together.
//
// Pure. Works on what the client sent; a prompt that the engine would refuse is laid out somehow.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "prompt/engine_dialect.h"
#include "tokenizer/prompt_counter.h"

namespace ktl::prompt {

enum class TemplateFamily : std::uint8_t {
  unknown,  // not known to us: only contents can be counted
  chatml,   // <|im_start|>role … <|im_end|> for every message, and nothing else
  qwen2_5,  // ChatML with Qwen's default system prompt, tools, tool calls and tool results
  qwen3,    // the same without a default system prompt, with the thinking of past answers left out
  llama3,   // Meta-Llama-3-Instruct; not 3.1 and later, whose template differs
  solar,    // SOLAR-10.7B-Instruct
};

std::string_view name_of(TemplateFamily family);                    // "unknown", "chatml", "qwen2.5", …
std::optional<TemplateFamily> family_named(std::string_view name);  // the reverse of name_of
TemplateFamily family_of_model(std::string_view model);  // by a model's path or name; unknown unless it is certain

struct ChatTemplate {
  TemplateFamily family = TemplateFamily::unknown;
  EngineDialect dialect = EngineDialect::sglang_defer_loading;
};

// A stretch of the rendered prompt. Views into the prompt, or constants of the program.
struct Part {
  enum class Kind : std::uint8_t {
    literal,            // the template's own text
    content,            // the client's text, verbatim
    tools,              // the client's "tools": each tool on a line of its own, as tool_rendering.h writes it
    tool_calls,         // the client's "tool_calls", each beginning with a line feed
    tool_calls_inline,  // the same, but the first begins without one
  };
  Kind kind = Kind::literal;
  std::string_view text;
};

// What a layout is told to. In order, from the prompt's beginning.
class PromptSink {
 public:
  virtual ~PromptSink() = default;
  // An added token of the template, such as <|im_start|>: what is before it and what is after it never share a token.
  virtual void isolator(std::string_view token) = 0;
  virtual void part(Part::Kind kind, std::string_view text) = 0;
  // The engine tokenizes what follows on its own.
  virtual void separate() = 0;
};

// Requires a family other than unknown.
void lay_out(const ChatTemplate& chat_template, const tokenizer::ChatPrompt& prompt, PromptSink& sink);

// Appends the text that a part stands for.
void append_text(const Part& part, const tokenizer::ToolChoice& choice, EngineDialect dialect, std::string& out);

// The whole prompt as text. For tests and for showing; counting does not need it.
std::string render(const ChatTemplate& chat_template, const tokenizer::ChatPrompt& prompt);

}  // namespace ktl::prompt
