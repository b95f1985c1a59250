#pragma once
// How each model's prompts are counted: finds and loads tokenizers, once for all models and reloads, and keeps what is
// learned about each model. Where no tokenizer can be had, the quick estimate counts, and `problem` says why.
//
// Not thread-safe; what it hands out is.
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "app/counting/tokenizer_search.h"
#include "base/result.h"
#include "base/rng.h"
#include "prompt/drift.h"
#include "prompt/exact_counter.h"
#include "prompt/overhead_learner.h"
#include "tokenizer/estimate.h"
#include "tokenizer/token_pieces.h"

namespace ktl::app {

struct Counting {
  std::shared_ptr<const tokenizer::PromptCounter> counter;
  std::shared_ptr<prompt::ExactCounter> exact;  // the same, if it counts exactly; else null
  tokenizer::EstimateCounter fallback;            // what counts where there is no tokenizer
  std::shared_ptr<const tokenizer::PromptCounter> estimator;
  std::shared_ptr<const tokenizer::Encoder> encoder;
  std::shared_ptr<const tokenizer::TokenPieces> pieces;  // by the encoder; null without one
  std::shared_ptr<prompt::Drift> drift;
  std::shared_ptr<prompt::OverheadLearner> learner;  // of an unknown chat template, else null
  prompt::TemplateFamily family = prompt::TemplateFamily::unknown;
  std::string source;   // the built-in file, or what the tokenizer was found as; empty: an estimate
  std::string problem;  // why it is an estimate; for the operator
};

class Tokenizers {
 public:
  explicit Tokenizers(TokenizerPlaces places) : places_(std::move(places)) {}

  Counting for_model(const config::Config& config, const config::Model& model);

 private:
  struct Loaded {
    std::shared_ptr<const tokenizer::Encoder> encoder;
    tokenizer::Scheme scheme = tokenizer::Scheme::byte_level;
  };
  Result<Loaded> load(const TokenizerFile& file, prompt::TemplateFamily family);

  TokenizerPlaces places_;
  Rng rng_ = Rng::from_system();
  std::map<std::string, Loaded> loaded_;      // by file and family
  std::map<std::string, Counting> counting_;  // by alias, file and family; without those that had a problem
  std::map<std::string, std::shared_ptr<prompt::Drift>> drifts_;  // likewise, of all
};

}  // namespace ktl::app
