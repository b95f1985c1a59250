#pragma once
// What may be shown of SGLang's /server_info. The engine puts its keys in there in clear text, so only what is known to
// be harmless passes: named members, and of those only numbers, booleans and, where a text is meant, texts. Pure.
#include <string_view>

#include "admin/json_writer.h"

namespace ktl::admin {

// Writes the harmless members into the object that is open. False, and nothing written: `json` is not a JSON object.
bool write_harmless_server_info(JsonWriter& out, std::string_view json);

// The same for vLLM's /version.
bool write_engine_version(JsonWriter& out, std::string_view json);

}  // namespace ktl::admin
