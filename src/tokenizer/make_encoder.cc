#include "tokenizer/make_encoder.h"

#include <utility>

#include "tokenizer/byte_level_encoder.h"
#include "tokenizer/sentencepiece_encoder.h"

namespace ktl::tokenizer {

std::unique_ptr<Encoder> make_encoder(std::shared_ptr<const Vocabulary> vocabulary, const EncoderMemory& memory,
                                      BuiltTables tables) {
  if (vocabulary->scheme == Scheme::sentencepiece) {
    return std::make_unique<SentencePieceEncoder>(std::move(vocabulary), memory, std::move(tables));
  }
  return std::make_unique<ByteLevelEncoder>(std::move(vocabulary), memory, std::move(tables));
}

}  // namespace ktl::tokenizer
