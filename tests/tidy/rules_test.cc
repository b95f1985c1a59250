// Each rule can fail, and does not fail on what merely looks like it.
#include "tests/tidy/rules.h"

#include <gtest/gtest.h>

#include "tests/tidy/layers.h"
#include "tests/tidy/source_text.h"

namespace ktl::tidy {
namespace {

constexpr std::string_view kLayers =
    "# comment\n"
    "base:             : tl sys\n"
    "quota:   base     :\n"
    "gateway: base quota : fmt\n"
    "app:     *        : *\n";

TEST(SourceText, BlanksCommentsAndLiteralsAndKeepsTheLines) {
  EXPECT_EQ(code_only("a // b\nc"), "a     \nc");
  EXPECT_EQ(code_only("a /* b\nb */ c"), "a     \n     c");
  EXPECT_EQ(code_only("f(\"x\\\"y\", 'z', 1'000)"), "f(\"    \", ' ', 1'000)");
  EXPECT_EQ(code_only("R\"t(\" // )t\" d"), "             d");
}

TEST(Layers, AModuleMayIncludeItselfItsListAndTheStandardLibrary) {
  const Layers layers = parse_layers(kLayers);
  for (const char* line : {"#include \"gateway/x.h\"", "#include \"quota/engine.h\"", "#include <vector>",
                           "#include <fmt/format.h>", "int x = 1;"}) {
    EXPECT_EQ(objection_to_include(layers, "gateway", line), "") << line;
  }
  EXPECT_EQ(objection_to_include(layers, "app", "#include \"quota/engine.h\""), "");
  EXPECT_EQ(objection_to_include(layers, "app", "#include <sqlite3.h>"), "");
  EXPECT_EQ(objection_to_include(layers, "base", "#include <unistd.h>"), "");
}

TEST(Layers, AnythingElseIsObjectedTo) {
  const Layers layers = parse_layers(kLayers);
  EXPECT_NE(objection_to_include(layers, "quota", "#include \"gateway/x.h\""), "");
  EXPECT_NE(objection_to_include(layers, "quota", "  #  include <fmt/format.h>"), "");
  EXPECT_NE(objection_to_include(layers, "quota", "#include <unistd.h>"), "");
  EXPECT_NE(objection_to_include(layers, "quota", "#include \"engine.h\""), "");
  EXPECT_NE(objection_to_include(layers, "app", "#include \"standin/books.h\""), "");
  EXPECT_NE(objection_to_include(layers, "nobody", "#include <vector>"), "");
}

TEST(Layers, ABrokenTableIsNotRead) {
  EXPECT_THROW(parse_layers("quota base\n"), std::runtime_error);
  EXPECT_THROW(parse_layers("quota: nowhere :\n"), std::runtime_error);
}

TEST(Rules, AFileOfMoreThanFiveHundredLinesIsTooLong) {
  std::string source(500, '\n');
  EXPECT_TRUE(too_long(source).empty());
  source += "\n";
  EXPECT_EQ(too_long(source).size(), 1u);
}

TEST(Rules, AHeaderBeginsWithPragmaOnceAndAComment) {
  EXPECT_TRUE(header_without_contract("#pragma once\n// What it is.\n").empty());
  EXPECT_FALSE(header_without_contract("// What it is.\n#pragma once\n").empty());
  EXPECT_FALSE(header_without_contract("#pragma once\n#include <vector>\n").empty());
  EXPECT_FALSE(header_without_contract("").empty());
}

TEST(Rules, UsingNamespaceIsFoundInCodeOnly) {
  EXPECT_EQ(using_namespace("int x;\n  using  namespace std;\n").at(0).line, 2);
  EXPECT_TRUE(using_namespace("// using namespace std;\n").empty());
}

TEST(Rules, AnAwaitInAConditionIsFound) {
  for (const char* bad : {"if (co_await f()) return;", "if (!co_await f(x)) co_return;", "if (a && (b || co_await f())) {}",
                          "x = a ? co_await f() : 0;", "x = a ? 0 : co_await f();"}) {
    EXPECT_EQ(await_in_condition(bad).size(), 1u) << bad;
  }
  for (const char* good : {"if (a) co_await f();", "while (co_await f()) {}", "const bool ok = co_await f(); if (ok) g();",
                           "// if (co_await f())", "switch (x) { case 1: co_await f(); }", "x = co_await f(a ? b : c);"}) {
    EXPECT_TRUE(await_in_condition(good).empty()) << good;
  }
}

TEST(Rules, ACapturingLambdaInsideAnAwaitIsFound) {
  for (const char* bad : {"co_await f([&] { g(); });", "co_await f(1, [=](int x) { return x; });",
                          "auto r = co_await f(\n    a,\n    [this] { g(); });", "co_await run([x = 1] {});",
                          "if (co_await f([&x] {})) return;"}) {
    EXPECT_EQ(capturing_lambda_in_await(bad).size(), 1u) << bad;
  }
}

TEST(Rules, OtherBracketsNearAnAwaitAreFine) {
  for (const char* good : {"co_await f([] { g(); });", "co_await list[i].go();", "co_await f(a[b], c()[d]);",
                           "auto g = [&] {}; co_await f(g);", "co_await f(g); h([&] {});", "// co_await f([&] {});",
                           "if (co_await f()) h([&] {});"}) {
    EXPECT_TRUE(capturing_lambda_in_await(good).empty()) << good;
  }
}

TEST(Rules, NotesToSelfAreFound) {
  for (const char* bad : {"// TO"
                          "DO later",
                          "/* FIX"
                          "ME */",
                          "# XX"
                          "X",
                          "// HA"
                          "CK"}) {
    EXPECT_EQ(leftover_marks(bad).size(), 1u) << bad;
  }
  EXPECT_TRUE(leftover_marks("hackneyed XX"
                             "XX")
                  .empty());
}

TEST(Rules, ATestThatSleepsIsFound) {
  for (const char* bad : {"std::this_thread::sleep_for(1s);", "sleep_until(t);", "usleep(10);", "::sleep(1);"}) {
    EXPECT_EQ(sleeps(bad).size(), 1u) << bad;
  }
  EXPECT_TRUE(sleeps("co_await loop.sleep(Millis(5));  // sleep_for\n").empty());
}

TEST(Rules, ABlindWaitInJavaScriptIsFound) {
  EXPECT_EQ(blind_waits("await new Promise((r) => setTimeout(r, 100));").size(), 1u);
  EXPECT_EQ(blind_waits("import { setTimeout } from 'node:timers/promises';").size(), 1u);
  EXPECT_TRUE(blind_waits("await until(() => ready);").empty());
}

TEST(Rules, TabsAndTrailingBlanksAreFound) {
  EXPECT_TRUE(stray_blanks("a b\n").empty());
  EXPECT_EQ(stray_blanks("a\tb\n").size(), 1u);
  EXPECT_EQ(stray_blanks("ok\na \n").at(0).line, 2);
  EXPECT_EQ(stray_blanks("a\r\n").size(), 1u);
  EXPECT_EQ(stray_blanks("a").size(), 1u);
}

}  // namespace
}  // namespace ktl::tidy
