#pragma once
#include <cstdint>

namespace tidemark::http {

/// What the operating system says of this process; 0 where it does not.
struct ProcessNumbers {
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
  double cpu_seconds = 0;
};

ProcessNumbers process_numbers();

}  // namespace tidemark::http
