#include <catch2/catch.hpp>

#include <array>

#include "model/predicate.hpp"

using namespace tidemark;

namespace {
constexpr std::array kAll{Truth::no, Truth::yes, Truth::unknown};
}

TEST_CASE("not follows SQL's truth table") {
  CHECK(truth_not(Truth::no) == Truth::yes);
  CHECK(truth_not(Truth::yes) == Truth::no);
  CHECK(truth_not(Truth::unknown) == Truth::unknown);
}

TEST_CASE("and follows SQL's truth table") {
  CHECK(truth_and(Truth::yes, Truth::yes) == Truth::yes);
  CHECK(truth_and(Truth::yes, Truth::unknown) == Truth::unknown);
  CHECK(truth_and(Truth::unknown, Truth::unknown) == Truth::unknown);
  for (const Truth t : kAll) CHECK(truth_and(Truth::no, t) == Truth::no);
}

TEST_CASE("or follows SQL's truth table") {
  CHECK(truth_or(Truth::no, Truth::no) == Truth::no);
  CHECK(truth_or(Truth::no, Truth::unknown) == Truth::unknown);
  CHECK(truth_or(Truth::unknown, Truth::unknown) == Truth::unknown);
  for (const Truth t : kAll) CHECK(truth_or(Truth::yes, t) == Truth::yes);
}

TEST_CASE("and and or commute, and De Morgan's laws hold") {
  for (const Truth a : kAll)
    for (const Truth b : kAll) {
      CHECK(truth_and(a, b) == truth_and(b, a));
      CHECK(truth_or(a, b) == truth_or(b, a));
      CHECK(truth_not(truth_and(a, b)) == truth_or(truth_not(a), truth_not(b)));
      CHECK(truth_not(truth_or(a, b)) == truth_and(truth_not(a), truth_not(b)));
    }
}
