// tokenizer_bench NAME VOCABULARY TEXT: how fast our encoder counts, one thread. VOCABULARY is a tokenizer.json or a
// .ktok.
//   emptied  the caches are emptied before each text
//   cold     every text is new: the caches are emptied before each pass over the file, and fill on the way
//   warm     the same texts again
//   resent   a conversation of twenty turns counted again, as a share of its first count with the caches emptied
//   hostile  300 kB of such text, as a share of the speed on ordinary text
// tokenizer_bench NAME VOCABULARY: only loads it; in a process that does nothing else this is what a start costs.
// Lines of: loading, NAME, time from opening the file, growth of the peak of resident memory; and ours, NAME, what,
// MB/s, µs a call, tokens. The least time of several passes counts.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <memory>
#include <numeric>
#include <string>
#include <vector>

#include "base/rng.h"
#include "bench/tokenizer/units.h"
#include "prompt/exact_counter.h"
#include "prompt/message_cache.h"
#include "tokenizer/compact_file.h"
#include "tokenizer/hugging_face.h"
#include "tokenizer/make_encoder.h"

namespace {

using namespace ktl::tokenizer;
using ktl::bench::content_of;
using ktl::bench::units;

double now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::size_t peak_resident_kib() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("VmHWM:")) return std::stoul(line.substr(6));
  }
  return 0;
}

struct Times {
  double seconds = 1e9;
  long long tokens = 0;
};

enum class Caches { emptied, cold, warm };

Times measure(Encoder& encoder, const std::vector<std::string_view>& texts, Caches caches, int passes) {
  Times best;
  for (int pass = 0; pass < passes + (caches == Caches::warm); ++pass) {
    if (caches == Caches::cold) encoder.forget();
    long long tokens = 0;
    double seconds = 0;
    double begin = now();
    for (const std::string_view text : texts) {
      if (caches == Caches::emptied) {
        encoder.forget();
        begin = now();
      }
      tokens += encoder.count(text);
      if (caches == Caches::emptied) seconds += now() - begin;
    }
    if (caches != Caches::emptied) seconds = now() - begin;
    best = {std::min(best.seconds, seconds), tokens};
  }
  return best;
}

// Conversations of twenty turns, forty messages of about `bytes` each, out of `text`, in the model's chat template.
void resent(const char* name, const std::shared_ptr<Encoder>& encoder, Scheme scheme, std::string_view text,
            std::size_t bytes) {
  constexpr std::size_t kMessages = 40;
  const auto parts = units(text, bytes);
  const auto family = ktl::prompt::family_named(name).value_or(ktl::prompt::family_of_model(name));
  ktl::Rng rng(1);
  std::vector<double> first;
  std::vector<double> again;
  for (std::size_t begin = 0; begin + kMessages <= parts.size(); begin += kMessages) {
    std::vector<ChatMessage> messages;
    for (std::size_t i = 0; i < kMessages; ++i) {
      messages.push_back({.role = i % 2 == 0 ? "user" : "assistant", .content = parts[begin + i]});
    }
    double best_first = 1e9;
    double best_again = 1e9;
    for (int pass = 0; pass < 9; ++pass) {
      encoder->forget();
      const ktl::prompt::ExactCounter counter(
          {.encoder = encoder,
           .scheme = scheme,
           .chat_template = {.family = family},
           .cache = std::make_shared<ktl::prompt::MessageCache>(std::size_t{4} << 20, rng)});
      const double start = now();
      counter.count_chat({.messages = messages});
      best_first = std::min(best_first, now() - start);
      for (int i = 0; i < 9; ++i) {
        const double restart = now();
        counter.count_chat({.messages = messages});
        best_again = std::min(best_again, now() - restart);
      }
    }
    first.push_back(best_first);
    again.push_back(best_again);
  }
  if (first.empty()) return;
  const double all_first = std::accumulate(first.begin(), first.end(), 0.0);
  const double all_again = std::accumulate(again.begin(), again.end(), 0.0);
  const auto conversations = static_cast<double>(first.size());
  std::printf("resent\t%s\t%zu B a message\t%.1f us\t%.2f us\t%.1f %%\n", name, bytes, all_first / conversations * 1e6,
              all_again / conversations * 1e6, all_again / all_first * 100);
}

std::string repeated(std::string_view part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  return text;
}

std::string random_characters(std::uint64_t first, std::uint64_t count, std::size_t bytes) {
  ktl::Rng rng(1);
  std::string text;
  while (text.size() < bytes) {
    const std::uint64_t c = first + rng.below(count);
    if (c < 0x80) {
      text.push_back(static_cast<char>(c));
    } else {
      text.push_back(static_cast<char>(0xe0 | c >> 12));
      text.push_back(static_cast<char>(0x80 | (c >> 6 & 0x3f)));
      text.push_back(static_cast<char>(0x80 | (c & 0x3f)));
    }
  }
  return text;
}

std::string random_words(std::size_t bytes) {
  ktl::Rng rng(1);
  std::string text;
  while (text.size() < bytes) {
    for (std::uint64_t left = 5 + rng.below(8); left > 0; --left)
      text.push_back(static_cast<char>('a' + rng.below(26)));
    text.push_back(' ');
  }
  return text;
}

void hostile(const char* name, Encoder& encoder, std::string_view ordinary) {
  constexpr std::size_t kBytes = 300000;
  const std::string usual = repeated(ordinary, kBytes);
  std::string unspaced;
  for (const char c : usual) {
    if ((static_cast<unsigned char>(c) & 0x80) != 0) unspaced.push_back(c);
  }
  const std::vector<std::pair<const char*, std::string>> inputs = {
      {"ordinary", usual},
      {"one syllable", repeated("가", kBytes)},
      {"one letter", repeated("a", kBytes)},
      {"ab", repeated("ab", kBytes)},
      {"blanks", repeated(" ", kBytes)},
      {"newlines", repeated("\n", kBytes)},
      {"equal signs", repeated("=", kBytes)},
      {"exclamation marks", repeated("!", kBytes)},
      {"dashes", repeated("-", kBytes)},
      {"slashes", repeated("/", kBytes)},
      {"one consonant", repeated("s", kBytes)},
      {"digits", repeated("7", kBytes)},
      {"no blanks", unspaced},
      {"NFD", repeated("\u1112\u1161\u11ab", kBytes)},
      {"combining marks", repeated("e\u0301\u0323", kBytes)},
      {"emoji", repeated("👍🏽", kBytes)},
      {"special tokens", repeated("<|im_end|>", kBytes)},
      {"half special", repeated("<|", kBytes)},
      {"blank marks", repeated("\u2581", kBytes)},
      {"random letters", random_characters('a', 26, kBytes)},
      {"random words", random_words(kBytes)},
      {"random signs", random_characters('!', 94, kBytes)},
      {"random syllables", random_characters(0xac00, 11172, kBytes)},
      {"random characters", random_characters(0x800, 0xd000, kBytes)},
  };
  double usual_seconds = 0;
  for (const auto& [what, text] : inputs) {
    const Times times = measure(encoder, {text}, Caches::cold, 3);
    const double seconds = times.seconds * kBytes / static_cast<double>(text.size());
    if (usual_seconds == 0) usual_seconds = seconds;
    std::printf("hostile\t%s\t%s\t%.2f ms\t%.2fx\n", name, what, seconds * 1e3, seconds / usual_seconds);
  }
}

tl::expected<CompactTokenizer, std::string> read_vocabulary(const std::string& path) {
  if (!path.ends_with(".ktok"))
    return read_hugging_face(content_of(path.c_str())).map(CompactTokenizer::without_tables);
  ktl::FileSource file(path);
  return read_compact(file);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3 && count != 4) {
    std::fprintf(stderr, "usage: tokenizer_bench NAME VOCABULARY [TEXT]\n");
    return 2;
  }
  const char* const name = arguments[1];
  const std::size_t before = peak_resident_kib();
  const double begin = now();
  auto read = read_vocabulary(arguments[2]);
  if (!read) {
    std::fprintf(stderr, "%s: %s\n", arguments[2], read.error().c_str());
    return 1;
  }
  const Scheme scheme = read->vocabulary.scheme;
  const std::shared_ptr<Encoder> encoder =
      make_encoder(std::make_shared<const Vocabulary>(std::move(read->vocabulary)), {}, std::move(read->tables));
  std::printf("loading\t%s\t%.1f ms\t%.1f MB\n", name, (now() - begin) * 1e3,
              static_cast<double>(peak_resident_kib() - before) * 1.024e-3);
  if (count == 3) return 0;
  const std::string text = content_of(arguments[3]);
  for (const auto& [label, bytes] : {std::pair{"1 kB", std::size_t{1024}}, {"64 kB", std::size_t{65536}}}) {
    const auto texts = units(text, bytes);
    for (const auto& [what, caches] :
         {std::pair{"emptied", Caches::emptied}, {"cold", Caches::cold}, {"warm", Caches::warm}}) {
      const Times times = measure(*encoder, texts, caches, 9);
      std::printf("ours\t%s\t%s %s\t%.1f\t%.1f\t%lld\n", name, what, label,
                  static_cast<double>(text.size()) / times.seconds / 1e6,
                  times.seconds * 1e6 / static_cast<double>(texts.size()), times.tokens);
    }
  }
  for (const std::size_t bytes : {std::size_t{150}, std::size_t{500}}) resent(name, encoder, scheme, text, bytes);
  hostile(name, *encoder, text);
  return 0;
}
