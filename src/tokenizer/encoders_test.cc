// The fast encoders against the slow one, on vocabularies and texts made at random.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "tokenizer/compact_file.h"
#include "tokenizer/encoder_fixture.h"
#include "tokenizer/make_encoder.h"
#include "tokenizer/random_vocabulary.h"
#include "tokenizer/reference_encoder.h"
#include "tokenizer/vocabulary_check.h"

namespace ktl::tokenizer {
namespace {

constexpr EncoderMemory kTinyMemory{.piece_cache_bytes = 128, .compatible_pairs = 4};

// An encoder of the compact file that is made of the vocabulary, with the tables in it.
std::unique_ptr<Encoder> encoder_by_file(const Vocabulary& vocabulary) {
  auto read = read_compact(write_compact(vocabulary));
  if (!read || read->tables.empty()) return nullptr;
  return make_encoder(std::make_shared<const Vocabulary>(std::move(read->vocabulary)), kTinyMemory,
                      std::move(read->tables));
}

// Calls test(rng, vocabulary, fast, reference) for vocabularies made at random, until one fails.
template <class Test>
void for_random_vocabularies(std::uint64_t seeds, Test test) {
  for (std::uint64_t seed = 1; seed <= seeds && !::testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    const auto vocabulary = std::make_shared<const Vocabulary>(random_vocabulary(rng));
    test(rng, *vocabulary, *make_encoder(vocabulary, kTinyMemory), ReferenceEncoder(vocabulary));
  }
}

TEST(Encoders, give_the_reference_ids_for_any_vocabulary) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    const auto vocabulary = std::make_shared<const Vocabulary>(random_vocabulary(rng));
    ASSERT_EQ(flaw_in(*vocabulary), std::nullopt);
    const auto fast = make_encoder(vocabulary, kTinyMemory);
    const auto by_file = encoder_by_file(*vocabulary);
    ASSERT_NE(by_file, nullptr);
    const ReferenceEncoder reference(vocabulary);
    for (int i = 0; i < 30; ++i) {
      const std::string text = random_text(rng, i % 10 == 0 ? 200 : 24);
      SCOPED_TRACE("text " + text);
      const std::vector<TokenId> expected = ids_of(reference, text);
      ASSERT_EQ(ids_of(*fast, text), expected);
      ASSERT_EQ(ids_of(*by_file, text), expected);
      for (int again = 0; again < 2; ++again) {  // the second time from the caches
        ASSERT_EQ(fast->count(text), static_cast<std::int64_t>(expected.size()));
      }
    }
  }
}

TEST(Encoders, give_the_reference_ids_for_long_ascii_words) {
  for_random_vocabularies(400, [](Rng& rng, const Vocabulary&, const Encoder& fast, const Encoder& reference) {
    for (int i = 0; i < 10; ++i) {
      std::string text;
      const std::uint64_t letters = 2 + rng.below(3);
      for (std::uint64_t left = 12 + rng.below(300); left > 0; --left) text.push_back("ab=c"[rng.below(letters)]);
      if (rng.below(4) == 0) text += "가";
      ASSERT_NO_FATAL_FAILURE(assert_alike(fast, reference, text));
    }
  });
}

// Long words are searched or merged, as their tokens are long or short, and may change on the way.
TEST(Encoders, give_the_reference_ids_for_words_of_long_and_short_tokens) {
  for_random_vocabularies(200, [](Rng& rng, const Vocabulary& vocabulary, const Encoder& fast,
                               const Encoder& reference) {
    std::string_view longest = "a";
    for (TokenId id = 0; id < vocabulary.tokens.size(); ++id) {
      const std::string_view token = vocabulary.tokens[id];
      const bool is_word = std::ranges::all_of(token, [](char c) { return c == 'a' || c == 'b'; });
      if (is_word && token.size() > longest.size()) longest = token;
    }
    std::string text;
    for (int part = 0; part < 6; ++part) {
      const std::size_t end = text.size() + 20 + rng.below(400);
      const std::uint64_t kind = rng.below(8);
      while (text.size() < end) {
        if (kind < 3) {
          text += longest;
        } else if (kind < 7) {
          text.push_back("ab"[rng.below(2)]);
        } else {
          text += "é";
        }
      }
    }
    ASSERT_NO_FATAL_FAILURE(assert_alike(fast, reference, text));
  });
}

// Words that no cache knows are counted in windows of many, and each of them as if it stood alone.
TEST(Encoders, count_short_ascii_words_as_the_reference_does) {
  for_random_vocabularies(150, [](Rng& rng, const Vocabulary&, const Encoder& fast, const Encoder& reference) {
    for (int i = 0; i < 4; ++i) {
      const std::string_view letters = std::string_view("aabbab =1'\nc\t").substr(0, 2 + rng.below(12));
      const bool has_strangers = rng.below(4) == 0;
      std::string text;
      for (std::uint64_t left = 80 + rng.below(900); left > 0; --left) {
        if (has_strangers && rng.below(150) == 0) {
          text += "가";
        } else {
          text.push_back(letters[rng.below(letters.size())]);
        }
        if (rng.below(7) == 0) text.push_back(' ');
      }
      ASSERT_NO_FATAL_FAILURE(assert_alike(fast, reference, text));
    }
  });
}

// The token of a row is tried first where the row goes on, and the right one may be longer.
TEST(Encoders, give_the_reference_ids_where_a_token_stands_before_a_longer_one_that_begins_so) {
  for_random_vocabularies(150, [](Rng& rng, const Vocabulary& vocabulary, const Encoder& fast,
                               const Encoder& reference) {
    const TokenTable& tokens = vocabulary.tokens;
    for (int i = 0; i < 200; ++i) {
      const std::string_view longer = tokens[static_cast<TokenId>(rng.below(tokens.size()))];
      const std::string_view first = tokens[static_cast<TokenId>(rng.below(tokens.size()))];
      if (first.size() < 2 || !longer.starts_with(first)) continue;
      std::string text;
      for (std::uint64_t left = 1 + rng.below(3); left > 0; --left) text += first;
      text.append(longer).append(rng.below(2) == 0 ? longer : first);
      ASSERT_NO_FATAL_FAILURE(assert_alike(fast, reference, text));
    }
  });
}

TokenId join(Vocabulary& vocabulary, TokenId left, TokenId right) {
  const auto id = static_cast<TokenId>(vocabulary.tokens.size());
  vocabulary.tokens.push_back(std::string(vocabulary.tokens[left]).append(vocabulary.tokens[right]));
  vocabulary.merges.push_back({left, right, id});
  return id;
}

TEST(Encoders, count_a_token_that_no_merge_makes_among_words_of_short_tokens) {
  Vocabulary vocabulary = vocabulary_of_bytes();
  vocabulary.split = Split::llama3;
  vocabulary.ignore_merges = true;
  vocabulary.tokens.push_back(" xyz");
  const auto shared = std::make_shared<const Vocabulary>(std::move(vocabulary));
  Rng rng(1);
  std::string text;
  for (int word = 0; word < 400; ++word) {
    text += word % 10 == 9 ? " xyz" : " ";
    for (int left = word % 10 == 9 ? 0 : 4; left > 0; --left) text.push_back(static_cast<char>('a' + rng.below(26)));
  }
  ASSERT_NO_FATAL_FAILURE(assert_alike(*make_encoder(shared, kTinyMemory), ReferenceEncoder(shared), text));
}

TEST(Encoders, find_a_longer_token_where_the_one_before_stands_again) {
  Vocabulary vocabulary = vocabulary_of_bytes();
  const TokenId bc = join(vocabulary, 'b', 'c');
  const TokenId ab = join(vocabulary, 'a', 'b');
  const TokenId abab = join(vocabulary, ab, ab);
  const TokenId aba = join(vocabulary, ab, 'a');
  join(vocabulary, aba, bc);
  join(vocabulary, abab, abab);
  const auto shared = std::make_shared<const Vocabulary>(std::move(vocabulary));
  EXPECT_EQ(ids_of(*make_encoder(shared), "ababababc"), ids_of(ReferenceEncoder(shared), "ababababc"));
}

TEST(Encoders, do_the_last_merge_of_any_number_of_merges) {
  for (std::size_t merges : {3u, 62u, 63u, 64u, 126u, 127u, 128u, 254u, 255u, 256u, 1009u, 4031u}) {
    Vocabulary vocabulary = vocabulary_of_bytes();
    const TokenId ab = join(vocabulary, 'a', 'b');
    const TokenId cd = join(vocabulary, 'c', 'd');
    TokenId filler = 0x80;
    while (vocabulary.merges.size() + 1 < merges) {
      filler = vocabulary.tokens[filler].size() > 200 ? TokenId{0x80} + static_cast<TokenId>(merges % 8) + 1 : filler;
      filler = join(vocabulary, filler, TokenId{0x80} + static_cast<TokenId>(vocabulary.merges.size() % 97));
    }
    join(vocabulary, ab, cd);
    const auto shared = std::make_shared<const Vocabulary>(std::move(vocabulary));
    EXPECT_EQ(ids_of(*make_encoder(shared), "xabcdxabcdxx").size(), 6u) << merges;
  }
}

TEST(Vocabulary, of_more_merges_than_the_tables_have_room_for_is_refused) {
  Vocabulary vocabulary = vocabulary_of_bytes();
  vocabulary.tokens.push_back("ab");
  vocabulary.merges.assign(kMaxMerges, {'a', 'b', 256});
  EXPECT_EQ(flaw_in(vocabulary), std::nullopt);
  vocabulary.merges.push_back({'a', 'b', 256});
  EXPECT_EQ(flaw_in(vocabulary), "too many merges");
}

TEST(Encoders, spell_out_the_text_they_were_given) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    auto vocabulary = random_vocabulary(rng);
    if (vocabulary.scheme != Scheme::byte_level) continue;
    vocabulary.nfc = false;
    const auto encoder = make_encoder(std::make_shared<const Vocabulary>(std::move(vocabulary)), kTinyMemory);
    const std::string text = random_text(rng, 300);
    std::string spelled;
    for (const TokenId id : ids_of(*encoder, text)) spelled += encoder->bytes_of(id);
    EXPECT_EQ(spelled, text);
  }
}

TEST(Encoders, take_bytes_that_are_not_utf8_without_harm) {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    const auto encoder = make_encoder(std::make_shared<const Vocabulary>(random_vocabulary(rng)), kTinyMemory);
    std::string bytes;
    for (std::uint64_t i = rng.below(200); i > 0; --i) bytes.push_back(static_cast<char>(rng.below(256)));
    EXPECT_EQ(encoder->count(bytes), static_cast<std::int64_t>(ids_of(*encoder, bytes).size()));
  }
}

TEST(CompactFile, gives_back_the_vocabulary) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    const Vocabulary vocabulary = random_vocabulary(rng);
    const auto read = read_compact(write_compact(vocabulary));
    ASSERT_TRUE(read.has_value()) << read.error();
    EXPECT_EQ(read->vocabulary, vocabulary);
  }
}

void spoil(Rng& rng, char* bytes, std::size_t size) {
  if (size == 0) return;
  const bool all_the_same = rng.below(4) == 0;
  const auto same = static_cast<char>(rng.below(2) == 0 ? 0 : 0xff);
  for (std::size_t i = 0; i < (all_the_same ? size : 1 + size / 64); ++i) {
    bytes[all_the_same ? i : rng.below(size)] = all_the_same ? same : static_cast<char>(rng.below(256));
  }
}

TEST(BuiltTables, of_an_enemy_only_make_an_encoder_encode_and_count_otherwise) {
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Rng rng(seed);
    const auto vocabulary = std::make_shared<const Vocabulary>(random_vocabulary(rng));
    BuiltTables tables = make_encoder(vocabulary, kTinyMemory)->tables();
    const auto spoil_some = [&rng](auto& table) {
      if (rng.below(2) == 0) spoil(rng, reinterpret_cast<char*>(table.data()), table.size() * sizeof table[0]);
    };
    spoil_some(tables.regular);
    spoil_some(tables.pair_filter);
    spoil_some(tables.pair_slots);
    spoil_some(tables.token_slots);
    spoil_some(tables.few);
    spoil_some(tables.some);
    spoil_some(tables.characters);
    spoil_some(tables.character_pairs);
    if (rng.below(2) == 0) {  // other ranks for the same pairs
      std::vector<std::uint64_t*> used;
      for (std::uint64_t& slot : tables.pair_slots) {
        if (slot != 0) used.push_back(&slot);
      }
      for (std::uint64_t* const slot : used) {
        std::uint64_t& other = *used[rng.below(used.size())];
        const std::uint64_t differs = (*slot ^ other) & ((std::uint64_t{1} << 21) - 1);
        *slot ^= differs;
        if (slot != &other) other ^= differs;
      }
    }
    const auto encoder = make_encoder(vocabulary, kTinyMemory, std::move(tables));
    for (int i = 0; i < 30; ++i) {
      std::string text = random_text(rng, i % 10 == 0 ? 200 : 24);
      if (i % 5 == 0) {
        const std::uint64_t letters = 2 + rng.below(2);
        for (std::uint64_t left = 65 + rng.below(400); left > 0; --left) text.push_back("ab "[rng.below(letters)]);
      }
      const std::vector<TokenId> ids = ids_of(*encoder, text);
      const std::int64_t tokens = encoder->count(text);
      ASSERT_TRUE((tokens > 0 || text.empty()) && tokens <= static_cast<std::int64_t>(text.size()) + 1) << text;
      for (const TokenId id : ids) {
        ASSERT_FALSE(encoder->bytes_of(id).empty()) << text;
      }
    }
  }
}

// Whoever changes how the tables are built, hash functions included, raises the version of the file, so that older
// files are refused; then this sum is another.
TEST(CompactFile, of_a_known_vocabulary_is_known) {
  Vocabulary vocabulary = vocabulary_of_bytes();
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto left = static_cast<TokenId>(i * i % vocabulary.tokens.size());
    const auto right = static_cast<TokenId>(i * 7 % vocabulary.tokens.size());
    const std::string both = std::string(vocabulary.tokens[left]).append(vocabulary.tokens[right]);
    if (both.size() > 40) continue;
    vocabulary.merges.push_back({left, right, static_cast<TokenId>(vocabulary.tokens.size())});
    vocabulary.tokens.push_back(both);
  }
  const std::string file = write_compact(vocabulary);
  std::uint64_t checksum = 0;
  ASSERT_GT(file.size(), 16u);
  std::memcpy(&checksum, file.data() + 8, sizeof checksum);
  EXPECT_EQ(checksum, 13925818796510734503u);
}

TEST(CompactFile, is_refused_if_a_byte_of_it_changed_or_is_missing) {
  Rng rng(7);
  const std::string file = write_compact(random_vocabulary(rng));
  for (std::size_t at = 0; at < file.size(); ++at) {
    std::string changed = file;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    EXPECT_FALSE(read_compact(changed).has_value()) << "byte " << at;
    EXPECT_FALSE(read_compact(std::string_view(file).substr(0, at)).has_value()) << "cut at " << at;
  }
  EXPECT_FALSE(read_compact(file + '\0').has_value());
}

}  // namespace
}  // namespace ktl::tokenizer
