#include "protocol/governed_members.h"

#include <algorithm>
#include <array>
#include <bit>

namespace ktl::protocol {
namespace {

using enum Endpoint;

constexpr std::uint32_t on(Endpoint endpoint) {
  return 1u << static_cast<unsigned>(endpoint);
}
constexpr std::uint32_t kEverywhere = (1u << kEndpoints) - 1;
constexpr std::uint32_t kGenerating = on(chat_completions) | on(completions) | on(responses) | on(messages);
constexpr std::uint32_t kChats = on(chat_completions) | on(messages) | on(messages_count_tokens) | on(tokenize);

struct Governed {
  std::string_view name;
  std::uint32_t endpoints;
};

// In the order of Member.
constexpr std::array<Governed, static_cast<std::size_t>(Member::none)> kGoverned{{
    {"model", kEverywhere},
    {"stream", kGenerating},
    {"stream_options", on(chat_completions) | on(completions)},
    {"max_tokens", on(chat_completions) | on(completions) | on(messages)},
    {"max_completion_tokens", on(chat_completions)},
    {"max_output_tokens", on(responses)},
    {"n", on(chat_completions) | on(completions)},
    {"messages", kChats},
    {"prompt", on(completions) | on(tokenize)},
    {"input", on(embeddings) | on(responses)},
    {"query", on(rerank) | on(score)},
    {"documents", on(rerank)},
    {"items", on(score)},
    {"system", on(messages) | on(messages_count_tokens)},
    {"instructions", on(responses)},
    {"tools", kChats | on(responses)},
    {"tool_choice", kChats},
    {"continue_final_message", on(chat_completions)},
    {"chat_template_kwargs", on(chat_completions)},
    {"item_first", on(score)},
    {"user", kEverywhere},
    {"input_ids", kEverywhere},
    {"input_embeds", kEverywhere},
    {"prompt_embeds", kEverywhere},
    {"previous_response_id", on(responses)},
    {"conversation", on(responses)},
    {"background", on(responses)},
}};

// Bit i of the entry for a length: kGoverned[i] has a name that long. So a name is compared with very few.
constexpr std::size_t kLongestName = 22;
constexpr auto kGovernedByLength = [] {
  std::array<std::uint32_t, kLongestName + 1> bits{};
  for (std::size_t i = 0; i < kGoverned.size(); ++i) bits[kGoverned[i].name.size()] |= 1u << i;
  return bits;
}();

constexpr std::array kEngineControls =
    std::to_array<std::string_view>({"rid", "request_id", "priority", "custom_logit_processor", "data_parallel_rank",
                                     "lora_path", "routing_key", "custom_labels", "kv_transfer_params"});

}  // namespace

std::string_view name_of(Member member) {
  return kGoverned[static_cast<std::size_t>(member)].name;
}

Member governed_member(Endpoint endpoint, std::string_view name) {
  if (name.size() > kLongestName) return Member::none;
  for (std::uint32_t bits = kGovernedByLength[name.size()]; bits != 0; bits &= bits - 1) {
    const auto i = static_cast<std::size_t>(std::countr_zero(bits));
    if (kGoverned[i].name == name) {
      return (kGoverned[i].endpoints & on(endpoint)) != 0 ? static_cast<Member>(i) : Member::none;
    }
  }
  return Member::none;
}

std::span<const Member> required_members(Endpoint endpoint) {
  static constexpr std::array kMessages{Member::messages};
  static constexpr std::array kPrompt{Member::prompt};
  static constexpr std::array kInput{Member::input};
  static constexpr std::array kRerank{Member::query, Member::documents};
  static constexpr std::array kScore{Member::query, Member::items};
  switch (endpoint) {
    case chat_completions:
    case messages:
    case messages_count_tokens:
      return kMessages;
    case completions:
      return kPrompt;
    case embeddings:
    case responses:
      return kInput;
    case rerank:
      return kRerank;
    case score:
      return kScore;
    case tokenize:  // one of two: the inspector knows
      break;
  }
  return {};
}

bool is_engine_control(std::string_view name) {
  return name.starts_with("bootstrap_") || name.starts_with("session_") || name.ends_with("dp_rank") ||
         std::find(kEngineControls.begin(), kEngineControls.end(), name) != kEngineControls.end();
}

}  // namespace ktl::protocol
