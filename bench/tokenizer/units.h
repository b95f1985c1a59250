#pragma once
// The texts that every tokenizer counts: a file, cut between characters into parts of about the same size.
#include <algorithm>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

namespace ktl::bench {

inline std::string content_of(const char* path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  std::string content(in ? static_cast<std::size_t>(in.tellg()) : 0, '\0');
  in.seekg(0);
  in.read(content.data(), static_cast<std::streamsize>(content.size()));
  return content;
}

inline std::vector<std::string_view> units(std::string_view text, std::size_t bytes) {
  std::vector<std::string_view> out;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = std::min(text.size(), at + bytes);
    while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) ++end;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

}  // namespace ktl::bench
