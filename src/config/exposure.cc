#include "config/exposure.h"

#include <fmt/format.h>

#include <algorithm>

namespace ktl::config {

bool is_public_address(std::string_view host) {
  if (host == "localhost" || host == "::1" || host == "[::1]") return false;
  const bool dotted = std::all_of(host.begin(), host.end(), [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
  return !(dotted && host.starts_with("127."));
}

// The dashboard passes on what the gateway would serve.
std::optional<std::string> exposure_problem(const Config& config, Language language) {
  const bool by_dashboard = config.dashboard.enabled && is_public_address(config.dashboard.host);
  if (!is_public_address(config.server.host) && !by_dashboard) return std::nullopt;
  const std::string& host = by_dashboard ? config.dashboard.host : config.server.host;
  const auto published =
      std::find_if(config.api_keys.begin(), config.api_keys.end(), [](const ApiKey& key) { return key.published; });
  if (published != config.api_keys.end()) {
    return fmt::format(
        fmt::runtime(say(
            language,
            "공개 주소 {}에서 누구나 아는 데모 키 {}을(를) 받게 됩니다. 데모 사용자 파일을 빼거나, 알고 하는 일이면 "
            "--allow-demo-keys를 붙이세요",
            "the public address {} would accept the demo key {}, which everybody knows. Leave the demo "
            "users out, or insist with --allow-demo-keys")),
        host, published->mask);
  }
  if (!config.security.api_key_required) {
    return fmt::format(
        fmt::runtime(
            say(language,
                "공개 주소 {}에서 키 없이 누구나 쓸 수 있게 됩니다 (api_key_required: false). 알고 하는 일이면 "
                "--allow-demo-keys를 붙이세요",
                "the public address {} would serve everybody without a key (api_key_required: false). Insist "
                "with --allow-demo-keys")),
        host);
  }
  return std::nullopt;
}

}  // namespace ktl::config
