#pragma once
#include <cstdint>

/// This program's operator new, in every library that is linked in, counts.
namespace tidemark::bench {

struct Allocations {
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
};
/// Of all threads, since the program began.
Allocations allocations();

}  // namespace tidemark::bench
