#pragma once
// GET /standin/books: the engine's own books as JSON. Times are milliseconds since the epoch, 0 = never.
#include <string>

#include "standin/engine/engine.h"

namespace ktl::standin {

struct BooksQuery {
  std::string rid;          // only this one and its copies; empty: all
  std::uint64_t since = 0;  // only records with a higher number
  bool summary = false;     // totals only
};

std::string books_json(const Engine& engine, SimTime now, const BooksQuery& query);

}  // namespace ktl::standin
