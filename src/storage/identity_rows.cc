#include "storage/identity_rows.h"

#include <algorithm>

namespace ktl::storage {
namespace {

template <class Row, class Same>
void put(std::vector<Row>& rows, Row row, Same same) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const Row& one) { return same(one, row); });
  if (found == rows.end())
    rows.push_back(std::move(row));
  else
    *found = std::move(row);
}

template <class Row>
void put_by_name(std::vector<Row>& rows, Row row) {
  put(rows, std::move(row), [](const Row& a, const Row& b) { return a.name == b.name; });
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return a.name < b.name; });
}

struct Application {
  People& people;

  void operator()(UserRow row) const {
    for (const UserRow& one : people.users)
      if (one.name == row.name) row.created_at = one.created_at;
    put_by_name(people.users, std::move(row));
  }
  void operator()(const KeyRow& row) const {
    put(people.keys, row, [](const KeyRow& a, const KeyRow& b) { return a.digest == b.digest; });
    std::stable_sort(people.keys.begin(), people.keys.end(),
                     [](const KeyRow& a, const KeyRow& b) { return a.created_at < b.created_at; });
  }
  void operator()(const GroupRow& row) const { put_by_name(people.groups, row); }
  void operator()(const LimitsRow& row) const {
    std::erase_if(people.limits, [&](const LimitsRow& one) { return one.kind == row.kind && one.name == row.name; });
    if (!row.limits.empty()) people.limits.push_back(row);
  }
  void operator()(const RemovedUser& gone) const {
    std::erase_if(people.keys, [&](const KeyRow& one) { return one.user_name == gone.name; });
    std::erase_if(people.users, [&](const UserRow& one) { return one.name == gone.name; });
  }
  void operator()(const RemovedGroup& gone) const {
    std::erase_if(people.groups, [&](const GroupRow& one) { return one.name == gone.name; });
  }
  void operator()(const BanRow&) const {}
  void operator()(const LiftedBan&) const {}
};

}  // namespace

void apply(People& people, const Edit& edit) {
  std::visit(Application{people}, edit);
}

}  // namespace ktl::storage
