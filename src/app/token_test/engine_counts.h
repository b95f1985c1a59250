#pragma once
// Asks an engine how many tokens texts are, by its own tokenizer.
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "app/token_test/samples.h"
#include "config/config.h"

namespace ktl::app {

// One figure for each sample; nullopt where no engine of the model answered. Blocks, a few seconds at most.
std::vector<std::optional<std::int64_t>> ask_engine(const config::Config& config, const config::Model& model,
                                                    std::span<const TokenSample> samples);

// "count" of a /tokenize answer.
std::optional<std::int64_t> count_in(std::string_view json);

}  // namespace ktl::app
