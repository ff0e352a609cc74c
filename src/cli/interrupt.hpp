#pragma once

namespace tidemark::cli {

/// From here on the first SIGINT or SIGTERM is only noted, so that work can stop in a good place; a second one ends the
/// process at once, which is safe, too. Blocking reads return early.
void catch_interrupts();

/// Whether one came.
bool interrupted();

/// The exit code for the signal that came: 130 for SIGINT, 143 for SIGTERM.
int interrupt_exit_code();

}  // namespace tidemark::cli
