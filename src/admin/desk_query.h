#pragma once
// What a request at the desk asks in its URL, read once, with the first thing that is wrong with it.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "admin/desk.h"
#include "admin/query.h"

namespace ktl::admin {

class DeskQuery {
 public:
  explicit DeskQuery(const Desk& desk);

  std::string text(std::string_view name) const;  // "" if it is not there
  // `otherwise` if it is not there. A refusal if it is no number from `least` to `most`.
  std::int64_t integer(std::string_view name, std::int64_t otherwise, std::int64_t least, std::int64_t most);

  std::optional<Answer>& refusal() { return refusal_; }
  void refuse(std::string_view name);

 private:
  protocol::Language language_;
  Query query_;
  std::optional<Answer> refusal_;
};

}  // namespace ktl::admin
