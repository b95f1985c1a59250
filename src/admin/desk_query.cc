#include "admin/desk_query.h"

#include <charconv>

#include "admin/messages.h"

namespace ktl::admin {

DeskQuery::DeskQuery(const Desk& desk) : language_(desk.language) {
  if (auto query = Query::parse(desk.query))
    query_ = std::move(*query);
  else
    refusal_ = answer_of(invalid_query(language_));
}

std::string DeskQuery::text(std::string_view name) const {
  return query_.get(name).value_or("");
}

std::int64_t DeskQuery::integer(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most) {
  const auto text = query_.get(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const auto [end, problem] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (problem == std::errc() && end == text->data() + text->size() && value >= least && value <= most) return value;
  refuse(name);
  return otherwise;
}

void DeskQuery::refuse(std::string_view name) {
  if (!refusal_) refusal_ = answer_of(invalid_value(language_, name));
}

}  // namespace ktl::admin
