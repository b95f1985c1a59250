#include "prompt/python_json.h"

#include <algorithm>
#include <numeric>

#include "prompt/json_reader.h"

namespace ktl::prompt {
namespace {

// Of the keys of one object: for each that stays, where its value is. Python's dict: first place, last value.
struct Kept {
  std::size_t key;
  std::size_t value;
};

template <class KeyOf>
std::vector<Kept> as_dict(std::size_t size, KeyOf key_of) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return key_of(a) < key_of(b); });
  std::vector<Kept> kept;
  kept.reserve(size);
  for (std::size_t i = 0; i < size;) {
    std::size_t last = i;
    while (last + 1 < size && key_of(order[last + 1]) == key_of(order[i])) ++last;
    kept.push_back({order[i], order[last]});
    i = last + 1;
  }
  std::sort(kept.begin(), kept.end(), [](const Kept& a, const Kept& b) { return a.key < b.key; });
  return kept;
}

// Writes a value straight from the text. An object with a repeated key is written as it comes and put right at its end.
class Redumper {
 public:
  Redumper(std::string_view json, std::string& out) : in_(json), out_(out) {}

  bool whole() { return value(kMaxJsonDepth) && in_.at_end(); }

 private:
  struct Range {
    std::size_t begin;
    std::size_t colon;  // end of the key
    std::size_t end;
  };

  bool value(int depth) {
    std::string_view token;
    switch (in_.peek()) {
      case '"':
        return string();
      case '{':
        return depth > 0 && object(depth - 1);
      case '[':
        return depth > 0 && array(depth - 1);
      case 't':
      case 'f':
      case 'n':
        if (!in_.read_word(token)) return false;
        out_ += token;
        return true;
      default:
        if (!in_.read_number(token)) return false;
        append_python_number(token, out_);
        return true;
    }
  }

  bool string() {
    text_.clear();
    if (!in_.read_string(text_)) return false;
    append_python_string(text_, out_);
    return true;
  }

  bool array(int depth) {
    in_.take('[');
    out_ += '[';
    if (!in_.take(']')) {
      for (bool first = true;; first = false) {
        if (!first) out_ += ", ";
        if (!value(depth)) return false;
        if (in_.take(']')) break;
        if (!in_.take(',')) return false;
      }
    }
    out_ += ']';
    return true;
  }

  bool object(int depth) {
    in_.take('{');
    out_ += '{';
    const std::size_t inside = out_.size();
    std::vector<Range> members;
    if (!in_.take('}')) {
      for (;;) {
        if (!members.empty()) out_ += ", ";
        Range member{out_.size(), 0, 0};
        if (!string() || !in_.take(':')) return false;
        member.colon = out_.size();
        out_ += ": ";
        if (!value(depth)) return false;
        member.end = out_.size();
        members.push_back(member);
        if (in_.take('}')) break;
        if (!in_.take(',')) return false;
      }
    }
    drop_repeated(inside, members);
    out_ += '}';
    return true;
  }

  void drop_repeated(std::size_t inside, const std::vector<Range>& members) {
    if (members.size() < 2) return;
    const std::string_view written(out_);
    const auto key_of = [&](std::size_t i) {
      return written.substr(members[i].begin, members[i].colon - members[i].begin);
    };
    const std::vector<Kept> kept = as_dict(members.size(), key_of);
    if (kept.size() == members.size()) return;
    std::string rebuilt;
    for (const Kept& one : kept) {
      if (!rebuilt.empty()) rebuilt += ", ";
      const Range& from = members[one.value];
      rebuilt.append(key_of(one.key)).append(written.substr(from.colon, from.end - from.colon));
    }
    out_.replace(inside, std::string::npos, rebuilt);
  }

  JsonReader in_;
  std::string& out_;
  std::string text_;
};

}  // namespace

void append_python_string(std::string_view text, std::string& out) {
  constexpr std::string_view kHex = "0123456789abcdef";
  out += '"';
  std::size_t copied = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.substr(copied, i - copied));
    copied = i + 1;
    out += '\\';
    switch (c) {
      case '"':
      case '\\':
        out += static_cast<char>(c);
        break;
      case '\n':
        out += 'n';
        break;
      case '\r':
        out += 'r';
        break;
      case '\t':
        out += 't';
        break;
      case '\b':
        out += 'b';
        break;
      case '\f':
        out += 'f';
        break;
      default:
        out.append("u00").append(1, kHex[c >> 4]).append(1, kHex[c & 15u]);
    }
  }
  out.append(text.substr(copied)).append(1, '"');
}

bool append_redumped(std::string_view json, std::string& out) {
  const std::size_t before = out.size();
  if (Redumper(json, out).whole()) return true;
  out.resize(before);
  return false;
}

bool members_of(std::string_view json, std::vector<JsonMember>& out) {
  out.clear();
  JsonReader in(json);
  if (!in.take('{')) return false;
  std::vector<JsonMember> all;
  if (!in.take('}')) {
    for (;;) {
      JsonMember member;
      if (!in.read_string(member.key) || !in.take(':')) return false;
      in.peek();
      const std::size_t begin = in.offset();
      if (!in.skip_value(kMaxJsonDepth - 1)) return false;
      member.value = in.since(begin);
      all.push_back(std::move(member));
      if (in.take('}')) break;
      if (!in.take(',')) return false;
    }
  }
  if (!in.at_end()) return false;
  for (const Kept& one : as_dict(all.size(), [&](std::size_t i) { return std::string_view(all[i].key); }))
    out.push_back({all[one.key].key, all[one.value].value});
  return true;
}

bool elements_of(std::string_view json, std::vector<std::string_view>& out) {
  out.clear();
  JsonReader in(json);
  if (!in.take('[')) return false;
  if (!in.take(']')) {
    for (;;) {
      in.peek();
      const std::size_t begin = in.offset();
      if (!in.skip_value(kMaxJsonDepth - 1)) return false;
      out.push_back(in.since(begin));
      if (in.take(']')) break;
      if (!in.take(',')) return false;
    }
  }
  return in.at_end();
}

bool append_string_value(std::string_view json, std::string& out) {
  const std::size_t before = out.size();
  JsonReader in(json);
  if (in.read_string(out) && in.at_end()) return true;
  out.resize(before);
  return false;
}

}  // namespace ktl::prompt
