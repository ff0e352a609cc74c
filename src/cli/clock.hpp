#pragma once
#include <tidemark/time.hpp>

namespace tidemark::cli {

/// The real time. The command line asks nowhere else; everything below it is told the time.
Instant real_now();

/// Seconds of a clock that never goes back, for progress bars and "took".
double steady_seconds();

}  // namespace tidemark::cli
