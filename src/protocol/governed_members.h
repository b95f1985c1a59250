#pragma once
// Which members of a request body the gateway reads, refuses or takes out. Everything else passes.
#include <cstdint>
#include <span>
#include <string_view>

#include "protocol/endpoint.h"

namespace ktl::protocol {

enum class Member : std::uint8_t {
  model,
  stream,
  stream_options,
  max_tokens,
  max_completion_tokens,
  max_output_tokens,
  n,
  messages,
  prompt,
  input,
  query,
  documents,
  items,
  system,
  instructions,
  tools,
  tool_choice,
  continue_final_message,
  chat_template_kwargs,
  item_first,
  user,
  // Refused, because they would bring in work that was not counted, or let it run unseen:
  input_ids,             // a prompt past the template and the tokenizer
  input_embeds,          // likewise
  prompt_embeds,         // likewise
  previous_response_id,  // text kept at the engine, perhaps another tenant's
  conversation,          // likewise
  background,            // only when true: work without an answer to settle by
  none,
};

std::string_view name_of(Member member);

// The member of that (unescaped) name if the endpoint governs it, else Member::none.
Member governed_member(Endpoint endpoint, std::string_view name);

// Those without which there is nothing to do.
std::span<const Member> required_members(Endpoint endpoint);

// Engine controls that are taken out of every tenant's request: request ids, scheduling priority, placement on data
// parallel ranks, prefill/decode hand-over, engine-side sessions, adapters and processors. `cache_salt`, `extra_key`
// and `custom_params` are harmless and stay.
bool is_engine_control(std::string_view name);

}  // namespace ktl::protocol
