// Llama-3 and SOLAR. Sources: the chat_template of Meta-Llama-3-8B-Instruct and of SOLAR-10.7B-Instruct-v1.0. Neither
// shows tools.
#include "prompt/python_text.h"
#include "prompt/template_layouts.h"

namespace ktl::prompt {
namespace {

void llama3_header(Layout& layout, std::string_view role) {
  layout.isolator("<|start_header_id|>");
  layout.content(role);
  layout.isolator("<|end_header_id|>");
  layout.literal("\n\n");
}

}  // namespace

void lay_out_llama3(Layout& layout) {
  if (layout.conversation.size() != 0) layout.isolator("<|begin_of_text|>");
  for (std::size_t i = 0; i < layout.conversation.size(); ++i) {
    llama3_header(layout, layout.conversation.role(i));
    layout.content(python_stripped(layout.conversation.content(i)));
    layout.isolator("<|eot_id|>");
  }
  llama3_header(layout, "assistant");
  layout.continued();
}

void lay_out_solar(Layout& layout) {
  for (std::size_t i = 0; i < layout.conversation.size(); ++i) {
    const std::string_view role = layout.conversation.role(i);
    const std::string_view content = layout.conversation.content(i);
    if (role == "system" && !content.empty()) {
      layout.literal("### System:\n");
      layout.content(content);
      layout.literal("\n\n");
    } else if (role == "user") {
      layout.literal("### User:\n");
      layout.content(content);
      layout.literal("\n\n");
    } else if (role == "assistant") {
      layout.literal("### Assistant:\n");
      layout.content(content);
    }
  }
  layout.literal("### Assistant:\n");
  layout.continued();
}

}  // namespace ktl::prompt
