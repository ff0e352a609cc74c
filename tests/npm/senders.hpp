#pragma once
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "cli/supervisor.hpp"

/// The scripts of this folder, which use the packages that npm fetched, and what an agent counted of what they sent.
namespace tidemark::test {

/// The command line of a script for node().
inline std::vector<std::string> script(const std::string& name, const std::vector<std::string>& rest) {
  const char* folder = std::getenv("TIDEMARK_NPM");
  if (folder == nullptr) throw std::runtime_error("TIDEMARK_NPM does not say where the packages are");
  std::vector<std::string> words = {(std::filesystem::path(folder) / name).string()};
  words.insert(words.end(), rest.begin(), rest.end());
  return words;
}

inline RunOptions node() {
  RunOptions options;
  options.program = "node";
  return options;
}

/// `accepted`, `duplicates`, … since the store was made; `rejected.too_old` and so on by their names.
inline int total(const Supervisor& agent, const std::string& name) {
  const std::string status = agent.run({"status", "--output", "json"}).out;
  if (status.find("\"totals\": ") == std::string::npos) throw std::runtime_error("no totals in: " + status);
  const std::size_t at = status.find("\"" + name + "\": ");
  return at == std::string::npos ? 0 : std::atoi(status.c_str() + at + name.size() + 4);
}

/// The rows of all hours together, by some dimensions, as CSV without its header. Computes them first.
inline std::string rows(const Supervisor& agent, const std::string& rollup, const std::string& by,
                        const std::string& columns) {
  if (agent.run({"recompute"}).code != 0) throw std::runtime_error("recompute failed");
  const Ran ran = agent.run({"query", rollup, "--by", by, "--every", "all", "--format", "csv", "--columns", columns});
  if (ran.code != 0) throw std::runtime_error("query failed: " + ran.err);
  return ran.out.substr(ran.out.find('\n') + 1);
}

}  // namespace tidemark::test
