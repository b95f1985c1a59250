#pragma once
// Makes an engine's error text fit to be shown to a client: short, without its dumps, without secrets. Internal.
#include <string>
#include <string_view>

namespace ktl::protocol {

struct CleanMessage {
  std::string text;   // well-formed UTF-8, at most kMaxEngineMessage bytes
  std::string param;  // the member that a validation dump names, or empty
};

// A validation dump of pydantic ("1 validation error …") becomes "messages: Field required". API keys and bearer tokens
// are struck out of every text.
CleanMessage clean_engine_message(std::string_view text);

}  // namespace ktl::protocol
