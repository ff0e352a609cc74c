#include <csignal>

#include "cli/command.hpp"

int main(int argc, char** argv) {
  // A reader that went away is an error of write(), so that a store is closed properly all the same.
  std::signal(SIGPIPE, SIG_IGN);
  tidemark::cli::Console console;
  return tidemark::cli::run({argv + 1, argv + argc}, console);
}
