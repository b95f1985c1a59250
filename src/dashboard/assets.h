#pragma once
// The web page's files as they stand in this binary: built from web/ by cmake/web.cmake, compressed once, at build
// time. A binary that was built without Node.js has none.
#include <cstddef>
#include <span>
#include <string_view>

namespace ktl::dashboard {

struct Asset {
  std::string_view path;  // "/index.html", "/assets/index-3f9a1c.js"
  std::string_view content_type;
  std::string_view plain;
  std::string_view gzip;
  std::string_view etag;   // quoted, of the content
  bool immutable = false;  // the path holds the content's hash, so it never means anything else
};

// In the generated file. Sorted by nothing in particular; a handful.
std::span<const Asset> embedded_assets();

// nullptr: there is no such file.
const Asset* find_asset(std::string_view path);

}  // namespace ktl::dashboard
