#include "standin/http/behaviour.h"

#include <array>
#include <charconv>
#include <utility>

#include "standin/http/json.h"

namespace ktl::standin {
namespace {

using Flag = std::pair<std::string_view, bool Behaviour::*>;
using Amount = std::pair<std::string_view, std::optional<std::int64_t> Behaviour::*>;

constexpr std::array<Flag, 4> kFlags{{{"queue_full", &Behaviour::queue_full},
                                      {"no_usage", &Behaviour::no_usage},
                                      {"hang", &Behaviour::hang},
                                      {"garbage", &Behaviour::garbage}}};
constexpr std::array<Amount, 11> kAmounts{{{"first_token_ms", &Behaviour::first_token_ms},
                                           {"slow_chunk_ms", &Behaviour::slow_chunk_ms},
                                           {"die_after_chunks", &Behaviour::die_after_chunks},
                                           {"error_mid_stream", &Behaviour::error_mid_stream},
                                           {"wrong_usage", &Behaviour::wrong_usage},
                                           {"status", &Behaviour::status},
                                           {"max_chunks", &Behaviour::max_chunks},
                                           {"tokens", &Behaviour::tokens},
                                           {"prompt_tokens", &Behaviour::prompt_tokens},
                                           {"merge", &Behaviour::merge},
                                           {"times", &Behaviour::times}}};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

}  // namespace

bool Behaviour::set(std::string_view key, std::string_view value) {
  for (const auto& [name, flag] : kFlags) {
    if (name != key) continue;
    this->*flag = value != "0" && value != "false" && value != "off";
    return true;
  }
  for (const auto& [name, amount] : kAmounts) {
    if (name != key) continue;
    if (value.empty() && key == "error_mid_stream") value = "2";
    std::int64_t parsed = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
    if (error != std::errc() || end != value.data() + value.size()) return false;
    this->*amount = parsed;
    return true;
  }
  return false;
}

void Behaviour::apply(std::string_view list, std::string& unknown) {
  while (!list.empty()) {
    const std::size_t comma = list.find_first_of(",&");
    const std::string_view part = trimmed(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    if (part.empty()) continue;
    const std::size_t equals = part.find('=');
    const std::string_view value = equals == std::string_view::npos ? std::string_view() : part.substr(equals + 1);
    if (!set(trimmed(part.substr(0, equals)), trimmed(value))) add(unknown, unknown.empty() ? "" : ", ", part);
  }
}

std::string Behaviour::json() const {
  std::string out = "{";
  for (const auto& [name, flag] : kFlags) {
    if (this->*flag) add(out, out.size() > 1 ? "," : "", Quoted{name}, ":true");
  }
  for (const auto& [name, amount] : kAmounts) {
    if (this->*amount) add(out, out.size() > 1 ? "," : "", Quoted{name}, ":", *(this->*amount));
  }
  return out + "}";
}

}  // namespace ktl::standin
