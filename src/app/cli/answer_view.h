#pragma once
// Reading the answers of the admin pages for a table: what is not there, or null, reads as empty.
#include <simdjson.h>

#include <string>
#include <string_view>

#include "app/cli/table.h"

namespace ktl::app {

using Answered = simdjson::dom::element;

inline std::string text_of(Answered from, std::string_view name) {
  std::string_view text;
  return from[name].get(text) == simdjson::SUCCESS ? std::string(text) : std::string();
}

inline bool flag_of(Answered from, std::string_view name) {
  bool flag = false;
  return from[name].get(flag) == simdjson::SUCCESS && flag;
}

// 12345 -> "12,345"; "-" for null.
inline std::string number_of(Answered from, std::string_view name) {
  std::int64_t number = 0;
  return from[name].get(number) == simdjson::SUCCESS ? grouped(number) : std::string("-");
}

inline simdjson::dom::array list_of(Answered from, std::string_view name) {
  simdjson::dom::array list;
  [[maybe_unused]] const auto missing = from[name].get(list);
  return list;
}

// "a, b".
inline std::string words_of(Answered from, std::string_view name) {
  std::string words;
  for (const Answered word : list_of(from, name)) {
    std::string_view text;
    if (word.get(text) == simdjson::SUCCESS) words.append(words.empty() ? "" : ", ").append(text);
  }
  return words;
}

}  // namespace ktl::app
