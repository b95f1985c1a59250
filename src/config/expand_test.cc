#include "config/expand.h"

#include <gtest/gtest.h>

#include "config/test_support.h"

namespace ktl::config {
namespace {

std::string expanded(const std::string& text, Variables variables) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.text = text;
  Findings findings({}, Language::english);
  expand_variables(node, environment_of(std::move(variables)), findings);
  if (!findings.empty()) return "problem: " + findings.take()[0].message;
  return node.is_null() ? "null" : node.text;
}

TEST(Expand, ReferencesAreReplacedInsideAText) {
  EXPECT_EQ(expanded("redis://:${P}@${H:-localhost}:6379", {{"P", "pw"}}), "redis://:pw@localhost:6379");
  EXPECT_EQ(expanded("${A}${B}", {{"A", "1"}, {"B", "2"}}), "12");
  EXPECT_EQ(expanded("한${A}글", {{"A", "-"}}), "한-글");
}

TEST(Expand, TheDefaultAlsoStandsInForAnEmptyVariable) {
  EXPECT_EQ(expanded("${A:-x}", {{"A", ""}}), "x");
  EXPECT_EQ(expanded("${A:-}", {}), "null");
  EXPECT_EQ(expanded("${A}", {{"A", ""}}), "null");
  EXPECT_EQ(expanded("${A:-a:-b}", {}), "a:-b");
}

TEST(Expand, ADollarAloneIsADollar) {
  EXPECT_EQ(expanded("$A costs $5 $$ $", {}), "$A costs $5 $$ $");
  EXPECT_EQ(expanded("$${A}", {{"A", "x"}}), "${A}");
}

TEST(Expand, WhatAVariableHoldsIsNotExpandedAgain) {
  EXPECT_EQ(expanded("${A}", {{"A", "${A}"}}), "${A}");
}

TEST(Expand, AReferenceThatCannotBeResolvedIsAProblem) {
  EXPECT_TRUE(expanded("${A}", {}).starts_with("problem: environment variable A is not set"));
  EXPECT_TRUE(expanded("${}", {}).starts_with("problem: "));
  EXPECT_TRUE(expanded("${A", {{"A", "1"}}).starts_with("problem: "));
}

}  // namespace
}  // namespace ktl::config
