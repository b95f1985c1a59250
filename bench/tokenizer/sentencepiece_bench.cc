// sentencepiece_bench NAME MODEL TEXT: how fast libsentencepiece counts the same units as tokenizer_bench, one thread.
// MODEL is what sentencepiece_model.mjs writes. It remembers nothing of a text, so all texts are new to it.
// Lines of: sentencepiece, NAME, what, MB/s, µs a call, tokens. The least time of several passes counts.
#include <sentencepiece_processor.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "bench/tokenizer/units.h"

int main(int count, char** arguments) {
  if (count != 4) {
    std::fprintf(stderr, "usage: sentencepiece_bench NAME MODEL TEXT\n");
    return 2;
  }
  sentencepiece::SentencePieceProcessor processor;
  if (const auto status = processor.Load(arguments[2]); !status.ok()) {
    std::fprintf(stderr, "%s: %s\n", arguments[2], status.ToString().c_str());
    return 1;
  }
  const std::string text = ktl::bench::content_of(arguments[3]);
  for (const auto& [label, bytes] : {std::pair{"1 kB", std::size_t{1024}}, {"64 kB", std::size_t{65536}}}) {
    const auto units = ktl::bench::units(text, bytes);
    double best = 1e9;
    std::size_t tokens = 0;
    std::vector<int> ids;
    for (int pass = 0; pass < 5; ++pass) {
      const auto begin = std::chrono::steady_clock::now();
      tokens = 0;
      for (const std::string_view unit : units) {
        if (!processor.Encode({unit.data(), unit.size()}, &ids).ok()) return 1;
        tokens += ids.size();
      }
      best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
    }
    std::printf("sentencepiece\t%s\tcold %s\t%.1f\t%.1f\t%zu\n", arguments[1], label,
                static_cast<double>(text.size()) / best / 1e6, best * 1e6 / static_cast<double>(units.size()), tokens);
  }
  return 0;
}
