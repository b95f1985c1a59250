#pragma once
// What the virtual users say, and the requests made of it.
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/bench/target.h"
#include "base/result.h"

namespace ktl::app::bench {

// Korean prompts of mixed length, from a greeting to a page with a question about it.
std::vector<std::string> builtin_prompts();

// One prompt a line; blank lines do not count. Errors: not_found, invalid (no prompt in it, or not UTF-8).
Result<std::vector<std::string>> read_prompts(const std::string& path);

struct RequestForm {
  std::string model;
  std::string api_key;  // empty: no Authorization header
  int max_tokens = 128;
  bool stream = true;
};

// One whole HTTP request (head and body) to /v1/chat/completions for each prompt.
std::vector<std::string> chat_requests(const Target& target, const RequestForm& form,
                                       std::span<const std::string> prompts);

// A GET of base_path + path.
std::string get_request(const Target& target, std::string_view path, std::string_view api_key);

}  // namespace ktl::app::bench
