#pragma once
#include <memory>
#include <string>

#include <tidemark/engine.hpp>

#include "cli/console.hpp"
#include "cli/options.hpp"
#include "cli/report.hpp"
#include "cli/running_agent.hpp"

namespace tidemark::cli {

/// What the commands about views, dimension tables and recents work on: the store, or the sink that the arguments name. A sink is
/// worked on without a store, unless one is named for its definitions. Errors: those of open_engine and ReadSide::open.
std::unique_ptr<ReadSide> open_read_side(const Arguments& arguments, bool for_writing);

/// The agent that has the store; nullptr: nobody has it, or a sink is meant, which needs no store. As RunningAgent::find.
std::unique_ptr<RunningAgent> agent_of(const Arguments& arguments, Console& console);

/// Prints what the agent answers to `target` (without a format) in that format. Errors: as RunningAgent's.
void print_answer(RunningAgent& agent, const std::string& target, OutputFormat format, Console& console);

/// The present time, or what goes by from `--now` on.
Clock clock_of(const Arguments& arguments);

}  // namespace tidemark::cli
