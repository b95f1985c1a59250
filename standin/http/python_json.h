#pragma once
// JSON as Python's json.dumps(value, ensure_ascii=False) writes it: ", " and ": ", numbers in Python's spelling, text
// as it is but for quotes, backslashes and controls. Chat templates print tools and arguments so.
#include <simdjson.h>

#include <string>
#include <string_view>

namespace ktl::standin {

// Of several members with the same key the last one counts, at the place of the first, as in a Python dict.
std::string python_json(simdjson::dom::element value);

std::string python_json_string(std::string_view text);
std::string python_float(double value);  // repr(): 1.0, 1e-07, 1e+16, 123456.789

}  // namespace ktl::standin
