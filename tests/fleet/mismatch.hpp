#pragma once
#include <stdexcept>
#include <string>

namespace tidemark::fleet {

/// The product did something else than it promises.
struct Mismatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline void require(bool holds, const std::string& what) {
  if (!holds) throw Mismatch(what);
}

template <typename Value>
void require_equal(const Value& found, const Value& expected, const std::string& what) {
  if (found != expected)
    throw Mismatch(what + ": " + std::to_string(found) + ", but it should be " + std::to_string(expected));
}

}  // namespace tidemark::fleet
