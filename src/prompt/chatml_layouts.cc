// ChatML and Qwen's templates, which are ChatML with tools. Sources: the chat_template of Qwen2.5-7B-Instruct and of
// Qwen3-8B in their tokenizer_config.json.
#include "prompt/template_layouts.h"
#include "prompt/tool_rendering.h"

namespace ktl::prompt {
namespace {

using tokenizer::ChatMessage;

constexpr std::string_view kStart = "<|im_start|>";
constexpr std::string_view kEnd = "<|im_end|>";

constexpr std::string_view kQwenSystem = "You are Qwen, created by Alibaba Cloud. You are a helpful assistant.";
constexpr std::string_view kBeforeTools =
    "# Tools\n\nYou may call one or more functions to assist with the user query.\n\n"
    "You are provided with function signatures within <tools></tools> XML tags:\n<tools>";
constexpr std::string_view kAfterTools =
    "\n</tools>\n\nFor each function call, return a json object with function name and arguments within "
    "<tool_call></tool_call> XML tags:\n<tool_call>\n{\"name\": <function-name>, \"arguments\": <args-json-object>}\n"
    "</tool_call>";

// "user\n" as one literal where the role is a usual one: one thing to count instead of two.
void begin_turn(Layout& layout, std::string_view role) {
  layout.isolator(kStart);
  for (const std::string_view line : {"user\n", "assistant\n", "system\n"}) {
    if (line.substr(0, line.size() - 1) == role) return layout.literal(line);
  }
  layout.content(role);
  layout.literal("\n");
}

void end_turn(Layout& layout) {
  layout.isolator(kEnd);
  layout.literal("\n");
}

void plain_turn(Layout& layout, std::string_view role, std::string_view content) {
  begin_turn(layout, role);
  layout.content(content);
  end_turn(layout);
}

bool begins_with_system(const Layout& layout) {
  return layout.conversation.role(0) == "system";
}

bool shows_tools(const Layout& layout) {
  return shows_any_tool(layout.prompt.tools_json, layout.prompt.tool_choice, layout.dialect);
}

void tools(Layout& layout) {
  layout.literal(kBeforeTools);
  layout.sink.part(Part::Kind::tools, layout.prompt.tools_json);
  layout.literal(kAfterTools);
}

void tool_result(Layout& layout, std::size_t i) {
  const bool first = i == 0 || layout.conversation.role(i - 1) != "tool";
  if (first) layout.isolator(kStart);
  layout.literal(first ? "user\n<tool_response>\n" : "\n<tool_response>\n");
  layout.content(layout.conversation[i].content);
  layout.literal("\n</tool_response>");
  if (layout.conversation.role(i + 1) != "tool") end_turn(layout);
}

void generation_prompt(Layout& layout) {
  begin_turn(layout, "assistant");
}

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::string_view without_leading_newlines(std::string_view text) {
  const std::size_t first = text.find_first_not_of('\n');
  return first == std::string_view::npos ? std::string_view() : text.substr(first);
}

std::string_view without_trailing_newlines(std::string_view text) {
  return text.substr(0, text.find_last_not_of('\n') + 1);
}

// What an assistant message of Qwen3 says, and what it thought.
struct Said {
  std::string_view content;
  std::string_view reasoning;
};

Said said_by(const ChatMessage& message) {
  constexpr std::string_view kThink = "<think>";
  constexpr std::string_view kThought = "</think>";
  if (message.reasoning_content) return {message.content, *message.reasoning_content};
  const std::size_t first = message.content.find(kThought);
  if (first == std::string_view::npos) return {message.content, {}};
  const std::size_t last = message.content.rfind(kThought);
  std::string_view thought = without_trailing_newlines(message.content.substr(0, first));
  if (const std::size_t begin = thought.rfind(kThink); begin != std::string_view::npos)
    thought.remove_prefix(begin + kThink.size());
  return {without_leading_newlines(message.content.substr(last + kThought.size())), without_leading_newlines(thought)};
}

// The last message that is a question and not a tool's answer in a user's clothes; thinking after it is kept.
std::size_t last_question(const Conversation& conversation) {
  for (std::size_t i = conversation.size(); i-- > 0;) {
    if (conversation.role(i) != "user") continue;
    const std::string_view content = conversation[i].content;
    if (!starts_with(content, "<tool_response>") || !content.ends_with("</tool_response>")) return i;
  }
  return conversation.size() == 0 ? 0 : conversation.size() - 1;
}

void qwen3_answer(Layout& layout, std::size_t i, bool after_last_question) {
  const ChatMessage message = layout.conversation[i];
  const Said said = said_by(message);
  begin_turn(layout, "assistant");
  if (after_last_question && (i + 1 == layout.conversation.size() || !said.reasoning.empty())) {
    layout.literal("<think>\n");
    layout.content(without_trailing_newlines(without_leading_newlines(said.reasoning)));
    layout.literal("\n</think>\n\n");
    layout.content(without_leading_newlines(said.content));
  } else {
    layout.content(said.content);
  }
  if (has_tool_calls(message.tool_calls_json)) {
    layout.sink.part(
        said.content.empty() ? Part::Kind::tool_calls_inline : Part::Kind::tool_calls, message.tool_calls_json);
  }
  end_turn(layout);
}

}  // namespace

void lay_out_chatml(Layout& layout) {
  for (std::size_t i = 0; i < layout.conversation.size(); ++i)
    plain_turn(layout, layout.conversation.role(i), layout.conversation[i].content);
  generation_prompt(layout);
  layout.continued();
}

void lay_out_qwen2_5(Layout& layout) {
  const Conversation& conversation = layout.conversation;
  begin_turn(layout, "system");
  if (begins_with_system(layout)) {
    layout.content(conversation[0].content);
  } else {
    layout.literal(kQwenSystem);
  }
  if (shows_tools(layout)) {
    layout.literal("\n\n");
    tools(layout);
  }
  end_turn(layout);
  for (std::size_t i = begins_with_system(layout) ? 1 : 0; i < conversation.size(); ++i) {
    const ChatMessage message = conversation[i];
    const bool calls = message.role == "assistant" && has_tool_calls(message.tool_calls_json);
    if (calls && message.content.empty()) {
      layout.isolator(kStart);
      layout.literal("assistant");
      layout.sink.part(Part::Kind::tool_calls, message.tool_calls_json);
      end_turn(layout);
    } else if (calls) {
      begin_turn(layout, "assistant");
      layout.content(message.content);
      layout.sink.part(Part::Kind::tool_calls, message.tool_calls_json);
      end_turn(layout);
    } else if (message.role == "user" || message.role == "system" || message.role == "assistant") {
      plain_turn(layout, message.role, message.content);
    } else if (message.role == "tool") {
      tool_result(layout, i);
    }
  }
  generation_prompt(layout);
  layout.continued();
}

void lay_out_qwen3(Layout& layout) {
  const Conversation& conversation = layout.conversation;
  const bool with_tools = shows_tools(layout);
  if (with_tools || begins_with_system(layout)) {
    begin_turn(layout, "system");
    if (begins_with_system(layout)) layout.content(conversation[0].content);
    if (with_tools) {
      if (begins_with_system(layout)) layout.literal("\n\n");
      tools(layout);
    }
    end_turn(layout);
  }
  const std::size_t question = last_question(conversation);
  for (std::size_t i = begins_with_system(layout) ? 1 : 0; i < conversation.size(); ++i) {
    const std::string_view role = conversation.role(i);
    if (role == "user" || role == "system") {
      plain_turn(layout, role, conversation[i].content);
    } else if (role == "assistant") {
      qwen3_answer(layout, i, i > question);
    } else if (role == "tool") {
      tool_result(layout, i);
    }
  }
  generation_prompt(layout);
  if (layout.prompt.enable_thinking == false) layout.literal("<think>\n\n</think>\n\n");
  layout.continued();
}

}  // namespace ktl::prompt
