#include "cli/interrupt.hpp"

#include <csignal>

namespace tidemark::cli {

namespace {
volatile std::sig_atomic_t signal_seen = 0;
void note_signal(int number) { signal_seen = number; }
}  // namespace

void catch_interrupts() {
  struct sigaction action {};
  action.sa_handler = note_signal;
  action.sa_flags = static_cast<int>(SA_RESETHAND);  // and no SA_RESTART
  sigemptyset(&action.sa_mask);
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return signal_seen != 0; }

int interrupt_exit_code() { return 128 + signal_seen; }

}  // namespace tidemark::cli
