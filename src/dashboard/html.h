#pragma once
// Puts an HTML page together, front to back. text() escapes; raw() is for markup of our own, never for anything that
// somebody else has said.
#include <string>
#include <string_view>

#include "protocol/language.h"

namespace ktl::dashboard {

class Html {
 public:
  // Begins the page: title, language, /simple.css, and the body.
  Html(protocol::Language language, std::string_view title);

  Html& raw(std::string_view markup) {
    out_ += markup;
    return *this;
  }
  Html& text(std::string_view words);  // also right inside a quoted attribute
  std::string take();

 private:
  std::string out_;
};

// What those pages look like: served as a file of its own, because the policy allows no style inside a page.
std::string_view simple_style();

}  // namespace ktl::dashboard
