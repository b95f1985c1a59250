#pragma once
// What is served and who may use it, as one immutable picture: models by the names clients use, and the directory of
// keys. A reload builds a new picture; requests that run keep the one they began with.
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "gateway/metrics.h"
#include "gateway/roster.h"
#include "gateway/scope_names.h"
#include "identity/directory.h"
#include "prompt/drift.h"
#include "prompt/framing.h"
#include "prompt/overhead_learner.h"
#include "tokenizer/estimate.h"
#include "tokenizer/token_pieces.h"
#include "upstream/upstream.h"

namespace ktl::gateway {

struct Model {
  std::string alias;        // what clients call it
  std::string served_name;  // what the engine calls it; never holds ':'
  ScopeId scope = ScopeId::none;
  std::int64_t context_length = 0;      // tokens; 0 = unknown
  std::int64_t default_max_tokens = 0;  // injected when a request sets no bound
  std::vector<upstream::Upstream*> upstreams;
  ModelMetrics* metrics = nullptr;                          // not null in a picture that requests use
  std::shared_ptr<const tokenizer::PromptCounter> counter;  // not null
  tokenizer::EstimateCounter fallback;                      // what would count if there were no tokenizer
  prompt::Framing framing;                                  // of the counter's chats; for figures
  // Kept over reloads, as the engine stays the same.
  std::shared_ptr<prompt::Drift> drift;              // of the counter from the engine; may be null
  std::shared_ptr<prompt::OverheadLearner> learner;  // what the counter takes an unknown chat template for; may be null
  std::shared_ptr<const tokenizer::PromptCounter> estimator;  // not null: the quick estimate
  std::shared_ptr<const tokenizer::TokenPieces> pieces;       // null: there is no exact tokenizer
  std::string tokenizer;      // where the exact tokenizer came from; empty: there is none
  std::string chat_template;  // by name: "qwen2.5", …, "unknown"
};

struct Catalogue {
  std::vector<Model> models;  // the first is the default
  std::shared_ptr<const identity::Directory> directory;
  std::shared_ptr<const Roster> roster;                  // the same people, as the admin pages show them
  std::shared_ptr<const identity::Principal> anonymous;  // who callers without a key are; null: nobody
  std::vector<identity::KeyDigest> admin_keys;
  ScopeId global_scope = ScopeId::none;
  ScopeNames scope_names;  // names that stand in `roster`, `models` and `anonymous`

  // By alias, or by the engine's own name. nullptr: not served. An empty name is the default model.
  const Model* model(std::string_view name) const;
  std::string_view name_of(ScopeId scope) const { return scope_names.find(scope); }
};

// The current picture. Loading it is one atomic operation; safe from any thread.
class CatalogueHolder {
 public:
  std::shared_ptr<const Catalogue> get() const { return std::atomic_load(&current_); }
  void set(std::shared_ptr<const Catalogue> next) { std::atomic_store(&current_, std::move(next)); }

 private:
  std::shared_ptr<const Catalogue> current_;
};

}  // namespace ktl::gateway
