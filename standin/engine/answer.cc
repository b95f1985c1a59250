#include "standin/engine/answer.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "base/rng.h"
#include "standin/engine/korean_text.h"

namespace ktl::standin {
namespace {

// The last number of a text that is nothing but numbers, at least two of them.
std::optional<int> last_number(std::string_view text) {
  if (text.find_first_not_of("0123456789 ") != std::string_view::npos) return std::nullopt;
  const std::size_t blank = text.rfind(' ');
  if (blank == std::string_view::npos || blank == 0 || text.size() - blank - 1 > 6 || blank + 1 == text.size()) {
    return std::nullopt;
  }
  int value = 0;
  for (const char c : text.substr(blank + 1)) value = value * 10 + (c - '0');
  return value;
}

std::vector<std::string> count_on(int from, std::size_t count) {
  std::vector<std::string> pieces;
  while (pieces.size() < count) {
    pieces.emplace_back(" ");
    for (const char digit : std::to_string(++from)) pieces.emplace_back(1, digit);
  }
  pieces.resize(count);
  return pieces;
}

std::int64_t draw_length(const AnswerOptions& options, Rng& rng) {
  const double low = std::log(static_cast<double>(std::max<std::int64_t>(options.min_tokens, 2)));
  const double high = std::log(static_cast<double>(std::max(options.max_tokens, options.min_tokens) + 1));
  return std::clamp(static_cast<std::int64_t>(std::exp(low + rng.unit() * std::max(0.0, high - low))),
                    options.min_tokens, std::max(options.max_tokens, options.min_tokens));
}

// Cuts the answer before the first stop string, and remembers which it was.
void apply_stops(Answer& answer, const std::vector<std::string>& stops) {
  if (stops.empty()) return;
  std::string text;
  for (std::size_t k = 0; k < answer.pieces.size(); ++k) {
    const std::size_t before = text.size();
    text += answer.pieces[k];
    std::size_t cut = std::string::npos;
    for (const std::string& stop : stops) {
      const std::size_t from = before >= stop.size() ? before - stop.size() : 0;
      const std::size_t found = stop.empty() ? std::string::npos : text.find(stop, from);
      if (found < cut) {
        cut = found;
        answer.matched_stop = stop;
      }
    }
    if (cut == std::string::npos) continue;
    answer.pieces.resize(k + 1);
    // Text of earlier pieces that belongs to the stop string goes too: a server holds it back until it knows.
    for (std::size_t i = k + 1, end = text.size(); i-- > 0;) {
      const std::size_t begin = end - answer.pieces[i].size();
      if (begin >= cut) {
        answer.pieces[i].clear();
      } else {
        answer.pieces[i].resize(std::min(answer.pieces[i].size(), cut - begin));
        break;
      }
      end = begin;
    }
    return;
  }
}

void add_ids(Answer& answer) {
  answer.ids.clear();
  for (const std::string& piece : answer.pieces) answer.ids.push_back(token_of(piece));
}

}  // namespace

std::string_view Answer::piece(std::int64_t k, bool ignore_eos) const {
  const auto at = static_cast<std::size_t>(k);
  if (at < pieces.size()) return pieces[at];
  return ignore_eos ? std::string_view(pieces[at % pieces.size()]) : std::string_view();
}

TokenId Answer::id(std::int64_t k, bool ignore_eos) const {
  const auto at = static_cast<std::size_t>(k);
  if (at < ids.size()) return ids[at];
  return ignore_eos ? ids[at % ids.size()] : kTurnEnd;
}

std::uint64_t seed_of(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return hash;
}

Answer make_answer(std::string_view prompt, const AnswerOptions& options) {
  Rng rng(options.seed);
  Answer answer;
  const std::int64_t tokens = std::max<std::int64_t>(2, options.exact_tokens.value_or(draw_length(options, rng)));
  const auto text_tokens = static_cast<std::size_t>(tokens - 1);
  const std::int64_t most = std::max<std::int64_t>(options.max_tokens - 1, 1);
  if (const auto number = last_number(prompt)) {
    answer.pieces = count_on(*number, text_tokens);
  } else if (prompt == "Hello" && !options.exact_tokens) {
    answer.pieces = {"Hello", "!", " How", " can", " I", " assist", " you", " today", "?"};
  } else {
    answer.pieces = options.exact_tokens ? korean_pieces(rng, text_tokens)
                                         : korean_answer(rng, text_tokens, static_cast<std::size_t>(most));
  }
  apply_stops(answer, options.stop);
  add_ids(answer);
  KTL_CHECK(!answer.pieces.empty(), "an answer has at least one token besides its end");
  return answer;
}

Answer make_tool_answer(ToolCall call) {
  Answer answer;
  std::string text =
      "<tool_call>\n{\"name\": \"" + call.name + "\", \"arguments\": " + call.arguments + "}\n</tool_call>";
  std::string piece;
  for (const char c : text) {  // about four bytes to a token, never through a character
    const bool boundary = (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    if (boundary && piece.size() >= 4) {
      answer.pieces.push_back(std::move(piece));
      piece.clear();
    }
    piece.push_back(c);
  }
  answer.pieces.push_back(std::move(piece));
  answer.tool_call = std::move(call);
  add_ids(answer);
  return answer;
}

}  // namespace ktl::standin
