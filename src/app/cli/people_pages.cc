// Lists that may be longer than one answer of the admin pages: asked for page after page, until the last.
#include "admin/json_writer.h"
#include "app/cli/answer_view.h"
#include "app/cli/people_command.h"

#include <fmt/format.h>

namespace ktl::app {
namespace {

constexpr std::size_t kPage = 1'000;  // the most that the pages give at once

}  // namespace

std::optional<std::string> PeopleCommand::each_of(const PagedList& list,
                                                  const std::function<void(const simdjson::dom::element&)>& take) {
  simdjson::dom::parser parser;
  for (std::size_t offset = 0;; offset += kPage) {
    const auto answer = ask("GET", fmt::format("{}?limit={}&offset={}{}", list.path, kPage, offset, list.filter));
    if (!answer) return std::nullopt;
    const Answered page = parser.parse(*answer);
    const simdjson::dom::array items = list_of(page, list.name);
    for (const Answered item : items) take(item);
    if (items.size() < kPage) return text_of(page, "timestamp");
  }
}

// The members of a single page's answer, over all of them.
int PeopleCommand::print_all(const PagedList& list) {
  std::vector<std::string> items;
  const auto told_at = each_of(list, [&](const Answered& item) { items.push_back(simdjson::minify(item)); });
  if (!told_at) return kFailed;
  admin::JsonWriter json;
  json.begin_object().field("count", items.size()).field("total", items.size()).field("offset", std::size_t{0});
  json.key(list.name).begin_array();
  for (const std::string& item : items) json.raw(item);
  json.end_array().field("timestamp", *told_at).end_object();
  return print(json.take());
}

}  // namespace ktl::app
