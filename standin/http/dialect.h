#pragma once
// How one API spells its answers. The journey of a generation is the same for all of them (generation.cc); a dialect
// turns its stations into bytes. Streams: begin, then per choice open, piece…, close, then finish. Each call appends
// whole events to `out`; nothing appended means that this API says nothing there.
#include <memory>
#include <string>
#include <vector>

#include "standin/engine/engine.h"
#include "standin/http/errors.h"

namespace ktl::standin {

// What the dialect needs to know about the call.
struct CallFacts {
  std::vector<std::string> ids;  // one per choice
  std::string model;             // as requested
  std::int64_t created = 0;      // seconds; the pipeline keeps it at the present while streaming
  std::int64_t began = 0;        // seconds
  bool include_usage = false;
  bool continuous_usage = false;
  bool no_usage = false;  // misbehaviour
  bool cache_report = false;
  bool shape_0_5_9 = false;
  const std::string& id(std::size_t choice) const { return ids[choice]; }
};

struct ChoiceResult {
  std::shared_ptr<const Answer> answer;
  std::string text;
  Outcome outcome;
  std::vector<TokenId> ids;
};

class Dialect {
 public:
  virtual ~Dialect() = default;
  CallFacts facts;
  std::vector<std::shared_ptr<const Answer>> answers;  // one per choice

  virtual void begin(std::string& /*out*/, const Progress& /*first*/) {}
  virtual void open(std::string& /*out*/, std::size_t /*choice*/) {}
  // `end` is set with the last piece; its text may be empty then.
  virtual void piece(std::string& out, std::size_t choice, std::string_view text, const Progress& progress,
                     const Outcome* end) = 0;
  virtual void close(std::string& /*out*/, std::size_t /*choice*/, const ChoiceResult& /*result*/) {}
  virtual void finish(std::string& out, const Progress& total) = 0;
  virtual void failed(std::string& out, const ApiError& error, const Progress& total) = 0;

  virtual std::string whole(const std::vector<ChoiceResult>& choices, const Progress& total) = 0;
  virtual std::string refusal(const ApiError& error) = 0;
};

std::unique_ptr<Dialect> chat_dialect();
std::unique_ptr<Dialect> completion_dialect();
std::unique_ptr<Dialect> responses_dialect();
std::unique_ptr<Dialect> messages_dialect();
std::unique_ptr<Dialect> generate_dialect();

// "stop", "length", "abort", or "tool_calls"
std::string_view finish_word(const Outcome& outcome, const Answer* answer);
// 151645, "the stop string", or null
std::string matched_stop(const Outcome& outcome, const Answer* answer);
inline constexpr std::string_view kDone = "data: [DONE]\n\n";

}  // namespace ktl::standin
