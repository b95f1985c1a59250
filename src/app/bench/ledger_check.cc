#include "app/bench/ledger_check.h"

#include "protocol/json_cursor.h"

namespace ktl::app::bench {
namespace {

constexpr int kDepth = 32;

net::Task<Result<std::int64_t>> ask(net::ClientConnection& connection, const std::string& request, Millis timeout) {
  const std::string_view part = request;
  auto sent = co_await connection.send({&part, 1}, timeout);
  if (!sent) co_return tl::unexpected(sent.error());
  auto head = co_await connection.read_head(timeout);
  if (!head) co_return tl::unexpected(head.error());
  const int status = (*head)->status;
  while (!connection.all_received()) {
    auto more = co_await connection.receive(timeout);
    if (!more) co_return tl::unexpected(more.error());
  }
  const auto total = read_total_tokens(connection.body());
  connection.consume(connection.body().size());
  if (status != 200)
    co_return fail(ErrorCode::unavailable, ErrorSource::upstream, "GET /stats: HTTP " + std::to_string(status));
  if (!total) co_return fail(ErrorCode::invalid, ErrorSource::upstream, "GET /stats: no total_tokens");
  co_return *total;
}

}  // namespace

LedgerVerdict judge(const LedgerCheck& check, std::int64_t expected, std::int64_t untold) {
  if (!check.available) return LedgerVerdict::not_asked;
  if (check.booked == expected) return LedgerVerdict::match;
  return untold > 0 && check.booked > expected ? LedgerVerdict::unclear : LedgerVerdict::mismatch;
}

std::optional<std::int64_t> read_total_tokens(std::string_view json) {
  protocol::JsonCursor in(json, kDepth);
  std::optional<std::int64_t> total;
  if (in.peek() != protocol::JsonKind::object || !in.enter_object()) return std::nullopt;
  for (protocol::JsonString key; in.next_member(key);) {
    std::string_view number;
    if (key.is("total_tokens") && in.peek() == protocol::JsonKind::number) {
      if (in.read_number(number)) total = protocol::to_integer(number);
    } else {
      in.skip();
    }
  }
  return in.ok() ? total : std::nullopt;
}

net::Task<Result<std::int64_t>> fetch_total_tokens(net::ClientPool& pool, const std::string& request, Millis timeout) {
  auto connection = co_await pool.acquire_fresh();
  if (!connection) co_return tl::unexpected(connection.error());
  co_return co_await ask(**connection, request, timeout);
}

}  // namespace ktl::app::bench
