// The tree as it stands keeps the rules of the house. Runs with the repository's root as working directory.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "tests/tidy/layers.h"
#include "tests/tidy/rules.h"
#include "tests/tidy/source_text.h"

namespace ktl::tidy {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// Every file of the project with one of these endings, sorted; not what was built or downloaded.
std::vector<fs::path> files_with(const std::set<std::string>& endings) {
  static const std::set<std::string> skipped = {"build", "data", "run", "node_modules", ".git", ".cache", "corpus"};
  std::vector<fs::path> files;
  for (auto entry = fs::recursive_directory_iterator("."); entry != fs::recursive_directory_iterator(); ++entry) {
    const fs::path name = entry->path().filename();
    if (entry->is_directory() && skipped.contains(name.string())) entry.disable_recursion_pending();
    const std::string ending = name.has_extension() ? name.extension().string() : name.string();
    if (entry->is_regular_file() && endings.contains(ending)) files.push_back(entry->path().lexically_normal());
  }
  std::ranges::sort(files);
  return files;
}

bool is_test(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with("_test.cc") || name.ends_with("_fuzz.cc") || name.ends_with("_fixture.h") ||
         name.ends_with("_fixture.cc") || *path.begin() == "tests" || *path.begin() == "testing";
}

void expect_none(const fs::path& path, const Findings& findings) {
  for (const Finding& finding : findings) {
    ADD_FAILURE() << path.string() << ":" << finding.line << ": " << finding.what;
  }
}

TEST(Tree, ThereIsOneToLookAt) {
  EXPECT_GT(files_with({".cc", ".h"}).size(), 20u);
}

TEST(Tree, ModulesIncludeOnlyWhatStandsBelowThem) {
  const Layers layers = parse_layers(read("cmake/layers.txt"));
  for (const fs::path& path : files_with({".cc", ".h"})) {
    if (*path.begin() != "src" || is_test(path)) continue;
    const std::string module = std::next(path.begin())->string();
    int number = 0;
    const std::string source = read(path);
    for (const std::string_view line : lines_of(source)) {
      ++number;
      const std::string objection = objection_to_include(layers, module, line);
      if (!objection.empty()) ADD_FAILURE() << path.string() << ":" << number << ": " << objection;
    }
  }
}

TEST(Tree, NoFileHasMoreThanOneIdeasWorthOfLines) {
  for (const fs::path& path : files_with({".cc", ".h", ".sh", ".mjs", ".ts", ".tsx"})) {
    expect_none(path, too_long(read(path)));
  }
}

TEST(Tree, HeadersSayWhatTheyAreFor) {
  for (const fs::path& path : files_with({".h"})) {
    expect_none(path, header_without_contract(read(path)));
    expect_none(path, using_namespace(read(path)));
  }
}

TEST(Tree, CoroutinesKeepClearOfWhatTheCompilerGetsWrong) {
  for (const fs::path& path : files_with({".cc", ".h"})) {
    if (*path.begin() == "tests") continue;
    expect_none(path, capturing_lambda_in_await(read(path)));
    expect_none(path, await_in_condition(read(path)));
  }
}

TEST(Tree, NoNotesToSelfAreLeft) {
  for (const fs::path& path :
       files_with({".cc", ".h", ".sh", ".mjs", ".ts", ".tsx", ".cmake", ".txt", ".yaml", ".md"})) {
    expect_none(path, leftover_marks(read(path)));
  }
}

TEST(Tree, TestsDoNotSleep) {
  for (const fs::path& path : files_with({".cc", ".h"})) {
    if (is_test(path) && path.filename() != "rules_test.cc") expect_none(path, sleeps(read(path)));
  }
  for (const fs::path& path : files_with({".mjs"})) {
    if (path.filename() != "until.mjs") expect_none(path, blind_waits(read(path)));
  }
}

TEST(Tree, NoTabsAndNoTrailingBlanks) {
  for (const fs::path& path :
       files_with({".cc", ".h", ".sh", ".mjs", ".ts", ".tsx", ".cmake", ".txt", ".yaml", ".md", "run"})) {
    expect_none(path, stray_blanks(read(path)));
  }
}

}  // namespace
}  // namespace ktl::tidy
