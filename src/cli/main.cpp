#include <malloc.h>

#include <csignal>

#include "cli/command.hpp"

namespace {

/// Requests come and go by the hundred kilobytes: handing each back to the system costs page faults, and an arena for
/// every thread costs memory.
void tune_allocator() {
  mallopt(M_ARENA_MAX, 2);
  mallopt(M_MMAP_THRESHOLD, 4 << 20);
  mallopt(M_TRIM_THRESHOLD, 8 << 20);
}

}  // namespace

int main(int argc, char** argv) {
  // A reader that went away is an error of write(), so that a store is closed properly all the same.
  std::signal(SIGPIPE, SIG_IGN);
  tune_allocator();
  tidemark::cli::Console console;
  return tidemark::cli::run({argv + 1, argv + argc}, console);
}
