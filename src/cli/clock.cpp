#include "cli/clock.hpp"

#include <chrono>

namespace tidemark::cli {

Instant real_now() {
  using std::chrono::duration_cast;
  const auto since_1970 = std::chrono::system_clock::now().time_since_epoch();
  return {duration_cast<std::chrono::microseconds>(since_1970).count()};
}

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace tidemark::cli
