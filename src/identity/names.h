#pragma once
// What users and groups may be called, wherever they are made: 1 to 200 bytes of UTF-8 without control characters and
// without '/', so that a name is one line of a list and one segment of a path. Pure.
#include <string_view>

namespace ktl::identity {

bool is_owner_name(std::string_view name);

// A label or a description: up to `most` bytes of UTF-8 without control characters; may be empty.
bool is_plain_text(std::string_view text, std::size_t most);

}  // namespace ktl::identity
