#pragma once
#include <cstdint>
#include <set>
#include <string>

#include <tidemark/time.hpp>

namespace tidemark::fleet {

/// What a run may be told beside its seed, to find out what of it makes it fail.
struct Switches {
  int steps = -1;                 ///< Stop the disturbances after so many steps; -1: where the seed says.
  std::set<std::string> without;  ///< Kinds of events that are left out: names of events as the trace shows them.
  /// What is left out else, because it is known not to hold: `retention`, `copies`, `sinks` (simulate.hpp).
  std::set<std::string> beyond;
  bool trace = false;  ///< Say everything that happens, not only the end of it.
};

/// What a seed decides about a run as a whole.
struct Plan {
  int agents = 0;
  int sinks = 1;
  int steps = 0;
  Micros pace;               ///< The longest time between two steps.
  int owners = 0, jobs = 0;  ///< Few, so that agents share buckets.
  int largest_request = 0;   ///< Spans.
  std::uint64_t checkpoint_spans = 0, chunk_spans = 0;
  std::size_t rows_per_transaction = 0;
  int threads = 1;          ///< Of a recompute pass.
  int network_trouble = 0;  ///< Percent of transactions with which something happens.
  int crashes = 0;          ///< Percent of steps that make a disk fail soon.
  bool forks = false;       ///< Whether stores are copied, restored and wiped.
  /// Whether copies look the same in every respect, or take the same epoch as others, so that only a sink can tell.
  bool unnoticed = false;
  bool clocks_jump = false;
};

/// One of a hundred seeds has 1,000 small agents, the others 2 to 20.
Plan plan_of(std::uint64_t seed, const Switches& switches);

}  // namespace tidemark::fleet
