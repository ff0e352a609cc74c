#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "fleet/plan.hpp"
#include "fleet/world.hpp"

/// A simulated fleet: agents that are the real engine on disks in memory, real SQLite sinks, and between them a network
/// that loses, delays, repeats and reorders; crashes, power losses, wrong clocks, copied, restored and wiped stores. One
/// seed decides everything, so a run that fails fails again.
///
///   scripts/simulate 4711                         runs one seed; says all that happens when it fails
///   scripts/simulate 1 10000                      runs many, on all cores, and says which fail
///
/// To shrink a run, in the environment of either:
///   TIDEMARK_FLEET_STEPS=120                      heals and checks after 120 steps: bisect for the first step that matters
///   TIDEMARK_FLEET_WITHOUT='network,fail,clone'   leaves out kinds of events: names as in world.cpp; `network` is all
///                                                 trouble of the network, `fail` disks that fail, `meanwhile` what comes
///                                                 while a pass is on its way. The rest stays as it is
///   TIDEMARK_FLEET_TRACE=1                        shows everything that happened, not only the end of it
///
/// Where copies are told by a sink alone, three things are left out, because they are known not to hold. To look at them:
///   TIDEMARK_FLEET_BEYOND='retention,copies,sinks'
///     retention  raw spans are dropped, so an epoch cannot be cut exactly: spans stay in the old epoch's rows
///     copies     a store that does not know yet that it is a copy is copied once more, and that copy does know
///     sinks      a second sink, which lacks rows if it lagged behind when the fork was found (docs/fleet.md)
///
/// Files: plan.hpp is what a seed decides as a whole; world.hpp the fleet and its time; events.cpp what may happen, heal.cpp
/// the end; agent.hpp a machine; network.hpp what lies between agents and sinks; record.hpp what a store must hold;
/// definitions.hpp and formulas.hpp the naive model of every column; checks.hpp compares the two.
///
/// What is checked, beside that nothing throws that was not made to:
/// - every answer to a sender: accepted, duplicates, refused, sealed, exactly; and after each opening that the log holds what
///   was acknowledged, and of what was not answered all or nothing;
/// - every row that is ever seen at a sink: it is what the first n spans of its bucket come to, in the order in which
///   one store accepted them, n being the row's counters; and no row ever goes back;
/// - at the end, when everything works again: every acknowledged span counts once, for any window and dimensions,
///   through the real read code. What counts twice or is gone must be of a store that was copied, restored or wiped.
namespace tidemark::fleet {

struct Outcome {
  std::uint64_t seed = 0;
  std::string failure;  ///< Empty: all is well.
  std::string story;    ///< Of a failure, or with Switches::trace: what happened, and how to see that again.
  Tally tally;
};

/// Runs one seed.
Outcome simulate(std::uint64_t seed, const Switches& switches);

/// Runs the seeds from first to last, on all cores, and returns those that failed, and what happened in all of them.
std::vector<Outcome> simulate_all(std::uint64_t first, std::uint64_t last, const Switches& switches, Tally& tally);

}  // namespace tidemark::fleet
