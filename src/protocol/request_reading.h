#pragma once
// The state of one inspection, shared by the readers of the parts of a request body. Internal to the inspector.
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <memory_resource>
#include <string>
#include <string_view>
#include <vector>

#include "protocol/json_cursor.h"
#include "protocol/request_inspector.h"
#include "protocol/request_problem.h"
#include "protocol/request_view.h"

namespace ktl::protocol {

// What outlives one inspection so that the next needs no heap.
class ReadingBuffers {
 public:
  void clear();
  char* take(std::size_t bytes) { return static_cast<char*>(arena_.allocate(bytes, 1)); }

  std::vector<Message> messages;
  std::vector<std::string_view> texts;
  std::vector<RemovedMember> removed;
  std::vector<JsonString> pieces;  // of the content that is being read

 private:
  static constexpr std::size_t kFirstBlock = 64 * 1024;
  std::unique_ptr<std::byte[]> first_block_ = std::make_unique<std::byte[]>(kFirstBlock);
  std::pmr::monotonic_buffer_resource arena_{first_block_.get(), kFirstBlock};  // unescaped and joined text
};

// Readers return false as soon as something is wrong: a refusal (refuse_…), or a fault of the cursor.
class Reading {
 public:
  Reading(Endpoint endpoint, std::string_view body, ReadingBuffers& reused)
      : in(body, RequestInspector::kMaxDepth), buffers(reused) {
    view.endpoint = endpoint;
  }

  bool refuse(ProblemId id, std::string_view param, std::int64_t number = 0);
  // The next value is not of the kind that `param` needs.
  bool refuse_type(std::string_view param, std::string_view expected);
  bool refuse_pair(std::string_view param, std::string_view other);

  // Puts "container[index]." (or "container.") before the param of a refusal that a nested reader made. Always false.
  bool within(std::string_view container, std::size_t index);
  bool within(std::string_view container);

  // Unescaped: a view into the body if nothing is escaped.
  std::string_view text(const JsonString& string) { return string.escaped ? unescaped(string) : string.raw; }
  std::string_view joined_pieces(
      std::size_t first);  // buffers.pieces from `first` on, with one blank between; takes them off

  bool read_string(std::string_view param, std::string_view& out);
  bool read_optional_string(std::string_view param, std::string_view& out);  // null: ""
  bool read_optional_bool(std::string_view param, bool& out);                // null: false
  // An integer within [least, most]; null: nullopt.
  bool read_optional_integer(std::string_view param, std::int64_t least, std::int64_t most,
                             std::optional<std::int64_t>& out);
  // Raw JSON of an array; empty for null and for [].
  bool read_optional_array(std::string_view param, std::string_view& raw);

  JsonCursor in;
  ReadingBuffers& buffers;
  RequestView view;
  RequestProblem problem;
  bool refused = false;

 private:
  std::string_view unescaped(const JsonString& string);
};

// Remembers which of a few member names were seen in one object, to refuse the second one.
class SeenMembers {
 public:
  // False if it was there before.
  bool first_time(std::size_t which) {
    const std::uint64_t bit = std::uint64_t{1} << which;
    const bool fresh = (seen_ & bit) == 0;
    seen_ |= bit;
    return fresh;
  }
  bool has(std::size_t which) const { return (seen_ >> which & 1u) != 0; }

 private:
  std::uint64_t seen_ = 0;
};

// Index of the name that the key means, or names.size().
std::size_t find_member(const JsonString& key, std::initializer_list<std::string_view> names);

// "messages" of chat, messages and tokenize: appends to buffers.messages.
bool read_messages(Reading& r);
// "input" of responses: text, or items.
bool read_response_input(Reading& r);
// Text, or parts of text and other things, or null.
bool read_content(Reading& r, std::string_view param, std::string_view& out);
// Prompts, inputs, documents, items: a text, texts, token ids, lists of token ids, or objects with a text. Appends to
// buffers.texts, adds to view.token_ids, and says how many there were.
bool read_texts(Reading& r, std::string_view param, std::int64_t& entries);

}  // namespace ktl::protocol
