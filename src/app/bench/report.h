#pragma once
// What a run has shown, for people and for programs. Pure.
#include <span>
#include <string>

#include "app/bench/ledger_check.h"
#include "app/bench/side.h"
#include "config/language.h"

namespace ktl::app::bench {

// A table with a column for each target (and the ratio second : first, if there are two), then errors, and what the
// books say.
std::string report_text(std::span<const Side> sides, config::Language language);

// {"targets":[{…}, …]}; durations in milliseconds, figures that do not exist are null.
std::string report_json(std::span<const Side> sides);

LedgerVerdict verdict_of(const Side& side);

}  // namespace ktl::app::bench
