#pragma once
#include <cstdint>
#include <map>
#include <string>

namespace tidemark::bench {

/// What a scenario is given. Each runs in a process of its own, so that memory and threads are its own.
struct Setup {
  std::string folder;        ///< For stores, on a disk; shared by all scenarios of a run.
  std::string schema;        ///< The shipped definitions.
  std::string postgres_url;  ///< Empty: no server.
  std::uint64_t spans = 1'000'000;
  int rounds = 3;               ///< How often what is short is repeated; medians count.
  std::uint64_t memory_mb = 0;  ///< What `memory` and `idle` tell the library to stay within; 0: its usual sizes.
};

/// What a scenario measured, by name: `ingest.one_client` and so on; report/rows.cpp says what each means.
using Figures = std::map<std::string, double>;

/// Throws when something went wrong, wrong counts included.
using Scenario = void (*)(const Setup& setup, Figures& figures);

/// All of them by name.
const std::map<std::string, Scenario>& scenarios();

/// Adds the figures of one run of a scenario to `<folder>/figures/<scenario>.tsv`.
void append_figures(const std::string& folder, const std::string& scenario, const Figures& figures);
/// The figures of all scenarios in the folder; of those that ran several times, medians.
Figures read_figures(const std::string& folder);

}  // namespace tidemark::bench
