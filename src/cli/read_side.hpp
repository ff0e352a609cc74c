#pragma once
#include <memory>

#include <tidemark/engine.hpp>

#include "cli/options.hpp"

namespace tidemark::cli {

/// What the commands about views and dimension tables work on: the store, or the sink that the arguments name. A sink is
/// worked on without a store, unless one is named for its definitions. Errors: those of open_engine and ReadSide::open.
std::unique_ptr<ReadSide> open_read_side(const Arguments& arguments, bool for_writing);

/// The present time, or what goes by from `--now` on.
Clock clock_of(const Arguments& arguments);

}  // namespace tidemark::cli
