#include "protocol/body_edit.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"

namespace ktl::protocol {
namespace {

// Replace body[begin, end) by `text`.
struct Change {
  std::size_t begin;
  std::size_t end;
  std::size_t text_begin;  // in EditedBody::inserted
  std::size_t text_end;
};

// Beyond what a string holds within itself, so that the parts stay true when an EditedBody is moved.
constexpr std::size_t kInkAtLeast = 256;
constexpr std::size_t kPartsAtLeast = 8;  // more than most plans make

// Collects changes, then cuts the body at them. The few that a plan can hold fit a fixed array; removals come besides.
class Editor {
 public:
  Editor(const RequestView& view, std::string_view body, EditedBody& out) : view_(view), body_(body), out_(out) {
    out_.parts.clear();
    out_.parts.reserve(kPartsAtLeast);
    out_.inserted.clear();
    out_.inserted.reserve(kInkAtLeast);
    out_.size = 0;
    members_left_ = view.positions.members - view.positions.removed.size();
  }

  void apply(const EditPlan& plan);

 private:
  std::string& ink() { return out_.inserted; }
  void replace(Span span, std::size_t text_begin) {
    KTL_CHECK(used_ < changes_.size(), "a plan has no more changes than the editor has room for");
    changes_[used_++] = {span.offset, span.end(), text_begin, ink().size()};
  }
  template <class Write>
  void replace_value(Span span, Write write) {
    const std::size_t begin = ink().size();
    write();
    replace(span, begin);
  }
  void write_string(std::string_view text) {
    ink() += '"';
    append_json_escaped(ink(), text);
    ink() += '"';
  }
  void write_usage_options(const EditPlan& plan);
  void change_stream_options(const EditPlan& plan);
  Span max_tokens_place() const;
  void insert_new_members(const EditPlan& plan);
  void cut();
  void keep(std::size_t begin, std::size_t end) { add(body_.substr(begin, end - begin)); }
  void add(std::string_view part) {
    if (part.empty()) return;
    out_.parts.push_back(part);
    out_.size += part.size();
  }

  const RequestView& view_;
  std::string_view body_;
  EditedBody& out_;
  std::size_t members_left_;
  std::array<Change, 8> changes_{};
  std::size_t used_ = 0;
};

// The member that the engine obeys, or where it is null.
Span Editor::max_tokens_place() const {
  const auto& at = view_.positions;
  const bool completion_obeyed = !at.max_completion_tokens.empty() && body_[at.max_completion_tokens.offset] != 'n';
  return completion_obeyed ? at.max_completion_tokens : at.max_tokens;
}

bool takes_stream_options(Endpoint endpoint) {
  return endpoint == Endpoint::chat_completions || endpoint == Endpoint::completions;
}

void Editor::write_usage_options(const EditPlan& plan) {
  ink() += R"("include_usage":true)";
  if (plan.continuous) ink() += R"(,"continuous_usage_stats":true)";
}

// The client sent stream_options: set what is there, add what is not.
void Editor::change_stream_options(const EditPlan& plan) {
  const auto& at = view_.positions;
  if (!at.stream_options_is_object) {
    replace_value(at.stream_options, [&] {
      ink() += '{';
      write_usage_options(plan);
      ink() += '}';
    });
    return;
  }
  const auto set = [&](Span place) { replace_value(place, [&] { ink() += "true"; }); };
  const bool add_include = at.include_usage.empty();
  const bool add_continuous = plan.continuous && at.continuous_usage.empty();
  if (!add_include) set(at.include_usage);
  if (plan.continuous && !add_continuous) set(at.continuous_usage);
  if (!add_include && !add_continuous) return;
  replace_value({at.stream_options_inside, 0}, [&] {
    if (add_include) ink() += R"("include_usage":true)";
    if (add_include && add_continuous) ink() += ',';
    if (add_continuous) ink() += R"("continuous_usage_stats":true)";
    if (at.stream_options_members != 0) ink() += ',';
  });
}

// Everything that the body does not have yet goes right behind its opening brace.
void Editor::insert_new_members(const EditPlan& plan) {
  const auto& at = view_.positions;
  const std::size_t begin = ink().size();
  const auto key = [&](std::string_view name) {
    if (ink().size() != begin) ink() += ',';
    ink() += '"';
    ink() += name;
    ink() += "\":";
  };
  if (plan.model && at.model.empty()) {
    key("model");
    write_string(*plan.model);
  }
  if (plan.inject_max_tokens && max_tokens_place().empty() && generates_text(view_.endpoint)) {
    key(max_tokens_key(view_.endpoint));
    ink() += std::to_string(*plan.inject_max_tokens);
  }
  if (!plan.rid.empty()) {
    key(rid_key(view_.endpoint));
    write_string(plan.rid);
  }
  if (plan.force_usage && at.stream_options.empty() && takes_stream_options(view_.endpoint)) {
    key("stream_options");
    ink() += '{';
    write_usage_options(plan);
    ink() += '}';
  }
  if (ink().size() == begin) return;
  if (members_left_ != 0) ink() += ',';
  replace({at.inside_begin, 0}, begin);
}

void Editor::apply(const EditPlan& plan) {
  const auto& at = view_.positions;
  if (plan.model && !at.model.empty()) {
    replace_value(at.model, [&] { write_string(*plan.model); });
  }
  if (plan.inject_max_tokens && !max_tokens_place().empty()) {
    replace_value(max_tokens_place(), [&] { ink() += std::to_string(*plan.inject_max_tokens); });
  }
  if (plan.force_usage && !at.stream_options.empty() && takes_stream_options(view_.endpoint))
    change_stream_options(plan);
  insert_new_members(plan);
  cut();
}

// Walks through changes and removals in the order of the body. A run of neighbouring removals goes with the commas that
// follow its members, or, at the end of the object, with the comma before it.
void Editor::cut() {
  std::sort(changes_.begin(), changes_.begin() + static_cast<std::ptrdiff_t>(used_),
            [](const Change& a, const Change& b) { return a.begin < b.begin; });
  const auto& at = view_.positions;
  std::size_t done = 0;
  std::size_t next_change = 0;
  const auto apply_changes_before = [&](std::size_t end) {
    for (; next_change < used_ && changes_[next_change].begin <= end; ++next_change) {
      const Change& change = changes_[next_change];
      keep(done, change.begin);
      add(std::string_view(ink()).substr(change.text_begin, change.text_end - change.text_begin));
      done = change.end;
    }
  };
  for (std::size_t first = 0; first < at.removed.size();) {
    std::size_t last = first;
    while (last + 1 < at.removed.size() && at.removed[last + 1].index == at.removed[last].index + 1) ++last;
    const bool at_end = at.removed[last].index + 1 == at.members;
    const bool comma_before = at_end && at.removed[first].index != 0;
    const std::size_t begin = comma_before ? at.removed[first].previous_end : at.removed[first].key_begin;
    apply_changes_before(begin);
    keep(done, begin);
    done = at_end ? at.removed[last].value_end : at.removed[last].next_begin;
    first = last + 1;
  }
  apply_changes_before(body_.size());
  keep(done, body_.size());
}

}  // namespace

std::string EditedBody::joined() const {
  std::string whole;
  whole.reserve(size);
  for (std::string_view part : parts) whole += part;
  return whole;
}

void edit(const RequestView& view, std::string_view body, const EditPlan& plan, EditedBody& out) {
  Editor(view, body, out).apply(plan);
}

}  // namespace ktl::protocol
