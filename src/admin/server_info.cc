#include "admin/server_info.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "protocol/json_cursor.h"

namespace ktl::admin {
namespace {

using protocol::JsonCursor;
using protocol::JsonKind;
using protocol::JsonString;

constexpr int kMaxDepth = 64;

constexpr std::array<std::string_view, 4> kTexts{"model_path", "served_model_name", "schedule_policy", "version"};
constexpr std::array<std::string_view, 11> kNumbers{"tp_size",
                                                    "dp_size",
                                                    "context_length",
                                                    "mem_fraction_static",
                                                    "max_running_requests",
                                                    "enable_metrics",
                                                    "chunked_prefill_size",
                                                    "max_total_num_tokens",
                                                    "max_req_input_len",
                                                    "last_gen_throughput",
                                                    "effective_max_running_requests_per_dp"};

template <std::size_t N>
std::string_view find(const std::array<std::string_view, N>& names, const JsonString& name) {
  const auto found = std::find_if(names.begin(), names.end(), [&](std::string_view one) { return name.is(one); });
  return found == names.end() ? std::string_view() : *found;
}

bool is_plain(JsonKind kind) {
  return kind == JsonKind::number || kind == JsonKind::boolean || kind == JsonKind::null;
}

// Writes the next value under `name` if it is of a kind that may be shown there.
void pass(JsonCursor& in, JsonWriter& out, std::string_view name, bool text_too) {
  const JsonKind kind = in.peek();
  std::string_view raw;
  if (!in.skip(raw)) return;
  if (is_plain(kind) || (text_too && kind == JsonKind::string)) out.key(name).raw(raw);
}

// {"weight":2.95,…,"graph":{"decode":0.21}}: numbers, by whatever names, two levels deep.
void pass_numbers(JsonCursor& in, JsonWriter& out, int levels) {
  in.enter_object();
  out.begin_object();
  for (JsonString name; in.next_member(name);) {
    const JsonKind kind = in.peek();
    if (kind == JsonKind::object && levels > 1 && !name.escaped) {
      out.key(name.raw);
      pass_numbers(in, out, levels - 1);
    } else if (!name.escaped) {
      pass(in, out, name.raw, false);
    } else {
      in.skip();
    }
  }
  out.end_object();
}

void pass_members(JsonCursor& in, JsonWriter& out, bool with_states);

void pass_states(JsonCursor& in, JsonWriter& out) {
  out.key("internal_states").begin_array();
  in.enter_array();
  while (in.next_element()) {
    if (in.peek() != JsonKind::object) {
      in.skip();
      continue;
    }
    out.begin_object();
    pass_members(in, out, false);
    out.end_object();
  }
  out.end_array();
}

void pass_members(JsonCursor& in, JsonWriter& out, bool with_states) {
  in.enter_object();
  for (JsonString name; in.next_member(name);) {
    const JsonKind kind = in.peek();
    if (const auto text = find(kTexts, name); !text.empty()) {
      pass(in, out, text, true);
    } else if (const auto number = find(kNumbers, name); !number.empty()) {
      pass(in, out, number, false);
    } else if (name.is("memory_usage") && kind == JsonKind::object) {
      out.key("memory_usage");
      pass_numbers(in, out, 2);
    } else if (with_states && name.is("internal_states") && kind == JsonKind::array) {
      pass_states(in, out);
    } else {
      in.skip();
    }
  }
}

bool is_json_object(std::string_view json) {
  if (!is_utf8(json)) return false;
  JsonCursor in(json, kMaxDepth);
  return in.peek() == JsonKind::object && in.skip() && in.at_end();
}

}  // namespace

bool write_harmless_server_info(JsonWriter& out, std::string_view json) {
  if (!is_json_object(json)) return false;
  JsonCursor in(json, kMaxDepth);
  pass_members(in, out, true);
  return true;
}

bool write_engine_version(JsonWriter& out, std::string_view json) {
  if (!is_json_object(json)) return false;
  JsonCursor in(json, kMaxDepth);
  in.enter_object();
  for (JsonString name; in.next_member(name);) {
    if (name.is("version")) {
      pass(in, out, "version", true);
    } else {
      in.skip();
    }
  }
  return true;
}

}  // namespace ktl::admin
