#include "app/counting/tokenizers.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "base/byte_source.h"
#include "tokenizer/compact_file.h"
#include "tokenizer/hugging_face.h"
#include "tokenizer/make_encoder.h"
#include "unicode/nfc.h"

namespace ktl::app {
namespace {

using prompt::TemplateFamily;

constexpr std::string_view kEstimate = "estimate";  // models.*.tokenizer: no exact counts, please
constexpr std::size_t kMessageCacheBytes = std::size_t{4} << 20;

tokenizer::VocabularyFamily vocabulary_family(TemplateFamily family) {
  switch (family) {
    case TemplateFamily::qwen2_5:
    case TemplateFamily::qwen3:
      return tokenizer::VocabularyFamily::qwen;
    case TemplateFamily::llama3:
      return tokenizer::VocabularyFamily::llama3;
    case TemplateFamily::solar:
      return tokenizer::VocabularyFamily::mistral;
    default:
      return tokenizer::VocabularyFamily::unknown;
  }
}

// For admission it is better to count too much than too little. The documented formula does so for Qwen and Llama-3;
// for vocabularies with less Korean it is too low, and the fitted coefficients are right.
tokenizer::VocabularyFamily cautious(tokenizer::VocabularyFamily family) {
  return family == tokenizer::VocabularyFamily::mistral ? family : tokenizer::VocabularyFamily::unknown;
}

// The vocabulary of Qwen2.5 and Qwen3 is the same but for these. Source: Qwen3's tokenizer.json.
void add_tokens_of_qwen3(tokenizer::Vocabulary& vocabulary) {
  tokenizer::TokenId id = 151665;
  for (const char* text : {"<tool_response>", "</tool_response>", "<think>", "</think>"})
    vocabulary.added.push_back({.content = text, .id = id++});
}

TemplateFamily family_of(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (const auto named = prompt::family_named(name)) return *named;
    if (const auto known = prompt::family_of_model(name); known != TemplateFamily::unknown) return known;
  }
  return TemplateFamily::unknown;
}

tl::expected<tokenizer::CompactTokenizer, std::string> read_json(FileSource& file) {
  std::string bytes(file.left(), '\0');
  if (!file.read(bytes.data(), bytes.size())) return tl::unexpected<std::string>("cannot be read");
  return tokenizer::read_hugging_face(bytes).map(tokenizer::CompactTokenizer::without_tables);
}

Result<tokenizer::CompactTokenizer> read_tokenizer(const std::string& path) {
  FileSource file(path);
  if (file.left() == 0 || file.left() > tokenizer::kMaxTokenizerFileBytes) {
    return fail(ErrorCode::io, ErrorSource::gateway, fmt::format("{}: cannot be read", path));
  }
  auto read = path.ends_with(".ktok") ? tokenizer::read_compact(file) : read_json(file);
  if (read) return *std::move(read);
  return fail(ErrorCode::invalid, ErrorSource::gateway, fmt::format("{}: {}", path, read.error()));
}

}  // namespace

Result<Tokenizers::Loaded> Tokenizers::load(const TokenizerFile& file, TemplateFamily family) {
  const bool add_qwen3 = file.built_in && family == TemplateFamily::qwen3;
  const std::string key = file.path + (add_qwen3 ? " +qwen3" : "");
  if (const auto known = loaded_.find(key); known != loaded_.end()) return known->second;
  auto read = read_tokenizer(file.path);
  if (!read) return tl::unexpected(read.error());
  if (add_qwen3) add_tokens_of_qwen3(read->vocabulary);
  Loaded loaded;
  loaded.scheme = read->vocabulary.scheme;
  if (read->vocabulary.nfc) unicode::prepare_nfc();
  loaded.encoder = tokenizer::make_encoder(std::make_shared<const tokenizer::Vocabulary>(std::move(read->vocabulary)), {},
                                           std::move(read->tables));
  return loaded_.emplace(key, std::move(loaded)).first->second;
}

Counting Tokenizers::for_model(const config::Config& config, const config::Model& model) {
  const config::Tokenizer& settings = config.tokenizer;
  const std::vector<std::string> model_paths = model_paths_of(config, model);
  const std::vector<std::string> names = tokenizer_names(model, settings, model_paths);
  std::vector<std::string> all_names = names;
  all_names.insert(all_names.end(), {model.upstream_model, model.alias});
  all_names.insert(all_names.end(), model_paths.begin(), model_paths.end());
  const TemplateFamily family = family_of(all_names);

  std::optional<TokenizerFile> file;
  std::string found_as;
  for (const std::string& name : names) {
    file = find_tokenizer(name, places_);
    found_as = name;
    if (file) break;
  }
  const std::string key =
      fmt::format("{}\n{}\n{}\n{}", model.alias, file ? file->path : "", name_of(family), settings.korean_factor);
  if (const auto known = counting_.find(key); known != counting_.end()) return known->second;

  Counting counting;
  counting.family = family;
  counting.estimator = std::make_shared<tokenizer::EstimateCounter>(vocabulary_family(family), settings.korean_factor);
  counting.fallback = tokenizer::EstimateCounter(cautious(vocabulary_family(family)), settings.korean_factor);
  counting.counter = std::make_shared<tokenizer::EstimateCounter>(counting.fallback);
  std::shared_ptr<prompt::Drift>& drift = drifts_[key];
  if (drift == nullptr) drift = std::make_shared<prompt::Drift>();
  counting.drift = drift;
  if (model.tokenizer == kEstimate) {
    // as the operator wants it
  } else if (!file) {
    counting.problem = fmt::format("no tokenizer for '{}' is at hand", names.front());
  } else if (auto loaded = load(*file, family); !loaded) {
    counting.problem = loaded.error().message;
  } else {
    counting.encoder = loaded->encoder;
    counting.pieces = std::make_shared<tokenizer::TokenPieces>(loaded->encoder, loaded->scheme);
    counting.source = file->path.ends_with(".ktok") ? file->path : found_as;
    if (family == TemplateFamily::unknown) counting.learner = std::make_shared<prompt::OverheadLearner>();
    counting.exact = std::make_shared<prompt::ExactCounter>(
        prompt::ExactCounter::Parts{.encoder = loaded->encoder,
                                    .scheme = loaded->scheme,
                                    .chat_template = {.family = family},
                                    .cache = std::make_shared<prompt::MessageCache>(kMessageCacheBytes, rng_),
                                    .learner = counting.learner});
    counting.counter = counting.exact;
  }
  if (!counting.problem.empty()) return counting;  // the next reload may find it mended
  return counting_.emplace(key, std::move(counting)).first->second;
}

}  // namespace ktl::app
