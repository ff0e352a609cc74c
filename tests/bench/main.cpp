// docs/performance.md's scenarios: each measures one thing in a process of its own and adds its figures to a file, of
// which the report makes a table. scripts/bench runs them in order.
//
// bench_scenarios SCENARIO --folder DIR --schema TOML [--postgres URL] [--spans N] [--rounds N] [--memory MB]
// bench_scenarios report|growth-report --folder DIR [--json FILE]
#include <cstdlib>
#include <exception>
#include <iostream>
#include <map>
#include <stdexcept>

#include "common/scenario.hpp"
#include "report/report.hpp"

namespace tidemark::bench {
namespace {

using Arguments = std::map<std::string, std::string>;

Arguments arguments_of(int argc, char** argv) {
  Arguments arguments;
  for (int i = 2; i + 1 < argc; i += 2) arguments[argv[i]] = argv[i + 1];
  if (argc < 2 || argc % 2 != 0 || !arguments.contains("--folder"))
    throw std::runtime_error("usage: bench_scenarios SCENARIO --folder DIR … (see the file's top)");
  return arguments;
}

std::string or_else(const Arguments& arguments, const std::string& name, const std::string& otherwise) {
  const auto found = arguments.find(name);
  return found == arguments.end() ? otherwise : found->second;
}

void run(const std::string& name, const Arguments& arguments) {
  const std::string folder = arguments.at("--folder");
  if (name == "report") return report(read_figures(folder), folder, or_else(arguments, "--json", {}));
  if (name == "growth-report") return report_growth(read_figures(folder));
  const auto scenario = scenarios().find(name);
  if (scenario == scenarios().end()) throw std::runtime_error("there is no scenario " + name);
  Setup setup;
  setup.folder = folder;
  setup.schema = arguments.at("--schema");
  setup.postgres_url = or_else(arguments, "--postgres", {});
  setup.spans = std::stoull(or_else(arguments, "--spans", "1000000"));
  setup.rounds = std::stoi(or_else(arguments, "--rounds", "3"));
  setup.memory_mb = std::stoull(or_else(arguments, "--memory", "0"));
  Figures figures;
  scenario->second(setup, figures);
  figures["workload.spans"] = static_cast<double>(setup.spans);
  append_figures(folder, name, figures);
}

}  // namespace
}  // namespace tidemark::bench

int main(int argc, char** argv) {
  try {
    tidemark::bench::run(argc > 1 ? argv[1] : "", tidemark::bench::arguments_of(argc, argv));
    return EXIT_SUCCESS;
  } catch (const std::exception& e) {
    std::cerr << "bench_scenarios: " << e.what() << '\n';
    return EXIT_FAILURE;
  }
}
