#include "config/yaml_reader.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <map>
#include <sstream>
#include <unordered_set>

#include "base/check.h"
#include "base/text.h"

namespace ktl::config {
namespace {

struct Abandoned {};  // thrown through the parser when going on makes no sense

// yaml-cpp counts columns in bytes; people count characters.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    starts_.push_back(text.starts_with("\xEF\xBB\xBF") ? 3 : 0);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') starts_.push_back(i + 1);
  }

  Place place(std::size_t source, const YAML::Mark& mark) const {
    if (mark.line < 0 || static_cast<std::size_t>(mark.line) >= starts_.size()) return {source, mark.line + 1, 1};
    const std::size_t start = starts_[static_cast<std::size_t>(mark.line)];
    const std::size_t end = std::min(text_.size(), start + static_cast<std::size_t>(std::max(mark.column, 0)));
    int column = 1;
    for (std::size_t at = start; at < end; ++column) next_code_point(text_, at);
    return {source, mark.line + 1, column};
  }

  std::string_view line(int number) const {
    if (number < 0 || static_cast<std::size_t>(number) >= starts_.size()) return {};
    const std::size_t start = starts_[static_cast<std::size_t>(number)];
    return text_.substr(start, text_.find('\n', start) - start);
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> starts_;
};

// What yaml-cpp stumbled over, with the two usual causes said plainly.
void report(const YAML::Exception& error, std::string_view text, std::size_t source, Findings& findings) {
  const Lines lines(text);
  const std::string_view line = lines.line(error.mark.line);
  const std::size_t tab = line.find('\t');
  if (tab != std::string_view::npos && tab == line.find_first_not_of(' ')) {
    findings.add({source, error.mark.line + 1, static_cast<int>(tab) + 1},
                 "들여쓰기에 탭을 쓸 수 없습니다. 공백을 쓰세요", "a tab cannot indent; use spaces");
    return;
  }
  const Place at = lines.place(source, error.mark);
  if (line.find("${") != std::string_view::npos) {
    findings.add(at, "YAML 문법 오류: {} ({{}}와 [] 안의 ${{NAME}}은 따옴표가 필요합니다: \"${{NAME}}\")",
                 "not YAML: {} (inside {{}} and [] a ${{NAME}} needs quotes: \"${{NAME}}\")", shown(error.msg));
  } else {
    findings.add(at, "YAML 문법 오류: {}", "not YAML: {}", shown(error.msg));
  }
}

bool is_null_word(const std::string& text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

struct Weight {
  std::size_t nodes = 0;
  std::size_t bytes = 0;
};

Weight weight_of(const Node& node) {
  Weight weight{1, node.text.size()};
  const auto add = [&](const Node& child) {
    const Weight more = weight_of(child);
    weight.nodes += more.nodes;
    weight.bytes += more.bytes;
  };
  for (const Node& item : node.items) add(item);
  for (const Node::Entry& entry : node.entries) {
    weight.bytes += entry.key.size();
    add(entry.value);
  }
  return weight;
}

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view text, std::size_t source, Findings& findings)
      : lines_(text), source_(source), findings_(findings) {}

  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    Node node;
    node.at = lines_.place(source_, mark);
    remember(anchor, node);
    place_node(std::move(node));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node;
    node.at = lines_.place(source_, mark);
    node.quoted = !tag.empty() && tag != "?";
    node.kind = !node.quoted && is_null_word(value) ? Node::Kind::null : Node::Kind::scalar;
    node.text = value;
    remember(anchor, node);
    place_node(std::move(node));
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto known = anchors_.find(anchor);
    const Place at = lines_.place(source_, mark);
    if (known == anchors_.end()) {
      findings_.add(at, "별칭이 자기 자신을 포함합니다", "the alias contains itself");
      throw Abandoned{};
    }
    spend(weight_of(known->second), at);
    Node copy = known->second;
    copy.at = at;
    place_node(std::move(copy));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Node::Kind::sequence, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Node::Kind::map, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node node;
    YAML::anchor_t anchor = 0;
    bool has_key = false;
    bool duplicate = false;
    Node::Entry pending;
    std::unordered_set<std::string> keys;
  };

  void open(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    Frame frame;
    frame.node.kind = kind;
    frame.node.at = lines_.place(source_, mark);
    frame.anchor = anchor;
    if (frames_.size() >= kMaxDepth) {
      findings_.add(frame.node.at, "너무 깊게 중첩되어 있습니다 (최대 {}단계)", "nested too deeply (at most {} levels)",
                    kMaxDepth);
      throw Abandoned{};
    }
    frames_.push_back(std::move(frame));
  }

  void close() {
    KTL_CHECK(!frames_.empty(), "the parser closes only what it opened");
    Frame frame = std::move(frames_.back());
    frames_.pop_back();
    remember(frame.anchor, frame.node);
    place_node(std::move(frame.node));
  }

  void remember(YAML::anchor_t anchor, const Node& node) {
    if (anchor == 0) return;
    spend(weight_of(node), node.at);
    anchors_[anchor] = node;
  }

  void spend(Weight weight, const Place& at) {
    spent_.nodes += weight.nodes;
    spent_.bytes += weight.bytes;
    if (spent_.nodes <= kMaxNodes && spent_.bytes <= 4 * kMaxFileBytes) return;
    findings_.add(at, "파일이 너무 큽니다 (별칭을 펼치면 최대 {}개 항목)",
                  "the file is too big (at most {} values, aliases written out)", kMaxNodes);
    throw Abandoned{};
  }

  void place_node(Node node) {
    spend({1, 0}, node.at);
    if (frames_.empty()) {
      root_ = std::move(node);
      return;
    }
    Frame& frame = frames_.back();
    if (frame.node.kind == Node::Kind::sequence) {
      frame.node.items.push_back(std::move(node));
    } else if (!frame.has_key) {
      begin_entry(frame, std::move(node));
    } else {
      frame.pending.value = std::move(node);
      if (!frame.duplicate) frame.node.entries.push_back(std::move(frame.pending));
      frame.pending = {};
      frame.has_key = false;
    }
  }

  void begin_entry(Frame& frame, Node key) {
    if (key.kind == Node::Kind::sequence || key.kind == Node::Kind::map)
      findings_.add(key.at, "이름 자리에 목록이나 맵을 쓸 수 없습니다", "a list or a map cannot be a name");
    frame.has_key = true;
    frame.pending.key = std::move(key.text);
    frame.pending.key_at = key.at;
    frame.duplicate = !frame.keys.insert(frame.pending.key).second;
    if (frame.duplicate) findings_.add(key.at, "같은 이름이 두 번 쓰였습니다", "this name is written twice in one map");
  }

  Lines lines_;
  std::size_t source_;
  Findings& findings_;
  std::vector<Frame> frames_;
  std::map<YAML::anchor_t, Node> anchors_;
  Weight spent_;
  Node root_;
};

}  // namespace

std::optional<Node> read_yaml(const Source& source, std::size_t source_index, Findings& findings) {
  const Place whole{source_index, 0, 0};
  if (source.text.size() > kMaxFileBytes) {
    findings.add(whole, "파일이 너무 큽니다 (최대 4 MiB)", "the file is too big (at most 4 MiB)");
    return std::nullopt;
  }
  if (!is_utf8(source.text) || source.text.find('\0') != std::string::npos) {
    findings.add(whole, "UTF-8 텍스트가 아닙니다", "this is not UTF-8 text");
    return std::nullopt;
  }
  TreeBuilder builder(source.text, source_index, findings);
  try {
    std::istringstream stream(source.text);
    YAML::Parser parser(stream);
    parser.HandleNextDocument(builder);
    Node root = builder.take();
    if (parser.HandleNextDocument(builder)) {
      findings.add(whole, "YAML 문서가 둘 이상입니다 (--- 뒤는 읽지 않습니다)",
                   "there is more than one YAML document in the file");
    }
    return root;
  } catch (const YAML::Exception& error) {
    report(error, source.text, source_index, findings);
  } catch (const Abandoned&) {
    // told already
  }
  return std::nullopt;
}

}  // namespace ktl::config
