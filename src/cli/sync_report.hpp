#pragma once
#include <tidemark/engine.hpp>

#include "cli/common_options.hpp"
#include "cli/console.hpp"

namespace tidemark::cli {

/// Prints what a sync did, and as messages what somebody should know of it.
void print_sync_report(const SyncReport& done, const Arguments& arguments, Console& console);

}  // namespace tidemark::cli
