#include "storage/sqlite/adjuster.h"

#include <fmt/format.h>

#include "ledger/days.h"
#include "storage/sqlite/slices.h"

namespace ktl::storage {

using ledger::AdjustmentSource;
using ledger::EntryKind;

Result<Adjuster> Adjuster::prepare(Database& database, Millis day_offset) {
  Adjuster adjuster;
  adjuster.day_offset_ = day_offset;
  const std::pair<Statement*, std::string_view> statements[] = {
      {&adjuster.read_charge_,
       "SELECT kind, admitted_at_ms, scope_set, prompt, completion, cached, reasoning, day FROM ledger WHERE "
       "charge_id=?"},
      {&adjuster.read_adjustments_,
       "SELECT source, prompt, completion, cached, reasoning FROM adjustments WHERE charge_id=?"},
      {&adjuster.insert_,
       "INSERT INTO adjustments(charge_id, admitted_at_ms, adjusted_at_ms, source, scope_set, prompt, completion, "
       "cached, reasoning, day, reason) VALUES(?,?,?,?,?,?,?,?,?,?,?)"},
  };
  for (const auto& [statement, sql] : statements) {
    auto prepared = database.prepare(sql);
    if (!prepared) return tl::unexpected(std::move(prepared.error()));
    *statement = std::move(*prepared);
  }
  return adjuster;
}

Result<std::optional<Adjuster::Booked>> Adjuster::booked(ChargeId charge) {
  const auto id = static_cast<std::int64_t>(charge);
  const Result<bool> row = read_charge_.bind(id).step();
  if (!row) return tl::unexpected(row.error());
  if (!*row) return std::nullopt;
  Statement& read = read_charge_;
  Booked found{read.integer(0),
               read.integer(1),
               read.is_null(7) ? ledger::day_number(wall_time(read.integer(1)), day_offset_) : read.integer(7),
               read.integer(2),
               {read.integer(3), read.integer(4), read.integer(5), read.integer(6)},
               false};
  read_charge_.reset();
  read_adjustments_.bind(id);
  for (;;) {
    const Result<bool> next = read_adjustments_.step();
    if (!next) return tl::unexpected(next.error());
    if (!*next) return found;
    found.late_settled |= read_adjustments_.integer(0) == static_cast<std::int64_t>(AdjustmentSource::late_settlement);
    found.usage = ledger::total(found.usage, {read_adjustments_.integer(1), read_adjustments_.integer(2),
                                              read_adjustments_.integer(3), read_adjustments_.integer(4)});
  }
}

Result<std::optional<Adjuster::Written>> Adjuster::late_settlement(ChargeId charge, const TokenUsage& actual,
                                                                   WallTime now) {
  const auto found = booked(charge);
  if (!found) return tl::unexpected(found.error());
  if (!*found || (*found)->kind != static_cast<std::int64_t>(EntryKind::expire) || (*found)->late_settled)
    return std::nullopt;
  auto written =
      write({charge, now, ledger::difference(actual, (*found)->usage), {}}, AdjustmentSource::late_settlement, **found);
  if (!written) return tl::unexpected(std::move(written.error()));
  return *written;
}

Result<Adjuster::Written> Adjuster::correction(const ledger::Adjustment& adjustment) {
  const auto found = booked(adjustment.charge);
  if (!found) return tl::unexpected(found.error());
  const auto charge = static_cast<std::uint64_t>(adjustment.charge);
  if (!*found) {
    return fail(ErrorCode::not_found, ErrorSource::storage,
                fmt::format("the ledger has no ended charge {} (it may be open still, or rolled up)", charge));
  }
  const auto kind = static_cast<EntryKind>((*found)->kind);
  if (!ledger::owed(kind) || !ledger::may_stand(ledger::total((*found)->usage, adjustment.delta))) {
    return fail(ErrorCode::invalid, ErrorSource::storage,
                fmt::format("charge {} ({}) has {} prompt and {} completion tokens: it cannot be adjusted by {} and {}",
                            charge, ledger::name_of(kind), (*found)->usage.prompt, (*found)->usage.completion,
                            adjustment.delta.prompt, adjustment.delta.completion));
  }
  return write(adjustment, AdjustmentSource::correction, **found);
}

Result<Adjuster::Written> Adjuster::write(const ledger::Adjustment& adjustment, AdjustmentSource source,
                                          const Booked& charge) {
  const Written written{charge.admitted_at_ms, charge.day, charge.scope_set,
                        ledger::sum_of(EntryKind::adjust, adjustment.delta)};
  auto inserted = insert_.bind(static_cast<std::int64_t>(adjustment.charge))
                      .bind(written.admitted_at_ms)
                      .bind(milliseconds(adjustment.at))
                      .bind(static_cast<std::int64_t>(source))
                      .bind(written.scope_set)
                      .bind(adjustment.delta.prompt)
                      .bind(adjustment.delta.completion)
                      .bind(adjustment.delta.cached)
                      .bind(adjustment.delta.reasoning)
                      .bind(written.day)
                      .bind(adjustment.reason)
                      .run();
  if (!inserted) return tl::unexpected(std::move(inserted.error()));
  return written;
}

}  // namespace ktl::storage
