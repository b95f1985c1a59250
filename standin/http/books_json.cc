#include "standin/http/books_json.h"

#include "standin/http/json.h"

namespace ktl::standin {
namespace {

std::int64_t millis(SimTime time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
}

void add_record(std::string& out, const BookRecord& r) {
  add(out, R"({"number":)", r.number, R"(,"rid":)", Quoted{r.rid}, R"(,"parent":)",
      r.parent.empty() ? std::string("null") : json_quoted(r.parent), R"(,"model":)", Quoted{r.model}, R"(,"state":)",
      Quoted{r.state}, R"(,"prompt_tokens":)", r.prompt_tokens, R"(,"generated_tokens":)", r.generated_tokens,
      R"(,"cached_tokens":)", r.cached_tokens, R"(,"max_new_tokens":)", r.max_new_tokens, R"(,"retractions":)",
      r.retractions, R"(,"arrived_ms":)", millis(r.arrived), R"(,"started_ms":)", millis(r.started),
      R"(,"first_token_ms":)", millis(r.first_token), R"(,"aborted_ms":)", millis(r.aborted), R"(,"ended_ms":)",
      millis(r.ended), "}");
}

}  // namespace

std::string books_json(const Engine& engine, SimTime now, const BooksQuery& query) {
  const Books& books = engine.books();
  const BookTotals& t = books.totals();
  std::string out;
  add(out, R"({"now_ms":)", millis(now), R"(,"running":)", engine.running(), R"(,"waiting":)", engine.waiting(),
      R"(,"unfinished":)", engine.unfinished(), R"(,"totals":{"requests":)", t.requests, R"(,"refused":)", t.refused,
      R"(,"finished":)", t.finished, R"(,"aborted":)", t.aborted, R"(,"prompt_tokens":)", t.prompt_tokens,
      R"(,"generated_tokens":)", t.generated_tokens, R"(,"cached_tokens":)", t.cached_tokens, R"(,"total_tokens":)",
      t.prompt_tokens + t.generated_tokens, R"(},"minutes":[)");
  bool first = true;
  for (const auto& [minute, m] : books.minutes()) {
    add(out, first ? "" : ",", R"({"start_ms":)", minute * 60'000, R"(,"requests":)", m.requests,
        R"(,"prompt_tokens":)", m.prompt_tokens, R"(,"generated_tokens":)", m.generated_tokens, R"(,"total_tokens":)",
        m.prompt_tokens + m.generated_tokens, "}");
    first = false;
  }
  add(out, R"(],"requests":[)");
  first = true;
  if (!query.summary) {
    const auto& records = books.records();
    for (auto at = records.upper_bound(query.since); at != records.end(); ++at) {
      const BookRecord& record = at->second;
      if (!query.rid.empty() && record.rid != query.rid && record.parent != query.rid) continue;
      if (!first) out += ',';
      first = false;
      add_record(out, record);
    }
  }
  return out + "]}";
}

}  // namespace ktl::standin
