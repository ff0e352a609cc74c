#pragma once
#include <catch2/catch.hpp>
#include <rapidcheck.h>
#include <utility>

namespace tidemark::test {

/// Checks a rapidcheck property and fails the Catch test with it; rc::check alone only prints.
template <typename Testable>
void check_property(Testable&& testable) {
  CHECK(rc::check(std::forward<Testable>(testable)));
}

}  // namespace tidemark::test
