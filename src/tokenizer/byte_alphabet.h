#pragma once
// The alphabet in which byte-level tokenizers spell bytes as printable characters (GPT-2's bytes_to_unicode): a visible
// Latin-1 character stands for its own byte, U+0100 and up for the others in order.
#include <optional>
#include <string>
#include <string_view>

namespace ktl::tokenizer {

// The bytes that `spelled` stands for; nullopt if a character of it is not of the alphabet.
std::optional<std::string> bytes_of_spelling(std::string_view spelled);

}  // namespace ktl::tokenizer
