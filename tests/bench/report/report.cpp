#include "report/report.hpp"

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>

#include "common/host.hpp"
#include "common/workload_source.hpp"
#include "report/rows.hpp"

namespace tidemark::bench {
namespace {

double figure_or_nan(const Figures& figures, const char* key) {
  const auto found = key == nullptr ? figures.end() : figures.find(key);
  return found == figures.end() ? std::nan("") : found->second;
}

/// What stands in a column; nothing for no number.
std::string cell(double value, const char* unit = "") {
  if (std::isnan(value)) return {};
  char text[40];
  const int digits = value >= 1000 || value == std::floor(value) ? 0 : value >= 10 ? 1 : 2;
  std::snprintf(text, sizeof text, "%.*f%s", digits, value, unit);
  return text;
}

std::string ratio_cell(double value) { return std::isnan(value) ? std::string() : cell(value) + "x"; }

/// How far a line came; empty where nothing is asked.
std::string verdict(const ReportRow& row, double reached) {
  if (row.floor == 0 || std::isnan(reached)) return {};
  const bool smaller = row.smaller_is_better && row.peer_key == nullptr;
  const auto reaches = [&](double wanted) { return wanted != 0 && (smaller ? reached <= wanted : reached >= wanted); };
  return reaches(row.aim) ? "aim" : reaches(row.floor) ? "floor" : "NO";
}

void print(const ReportRow& row, const Figures& figures) {
  const double value = figure_or_nan(figures, row.key);
  const double peer = figure_or_nan(figures, row.peer_key);
  if (std::isnan(value) || (*row.what == '\0' && row.peer_key != nullptr && std::isnan(peer))) return;
  const double ratio = row.smaller_is_better ? peer / value : value / peer;
  const bool is_ratio = row.peer_key != nullptr;
  const auto target = [&](double wanted) {
    return wanted == 0 ? std::string() : is_ratio ? ratio_cell(wanted) : cell(wanted);
  };
  std::printf("%-27s %10s %-10s  %-30s %10s %8s %7s %6s  %s\n", row.what, *row.what == '\0' ? "" : cell(value).c_str(),
              row.unit, is_ratio ? row.against : "", cell(peer).c_str(), ratio_cell(ratio).c_str(),
              target(row.floor).c_str(), target(row.aim).c_str(), verdict(row, is_ratio ? ratio : value).c_str());
}

void write_json(const std::string& path, const Figures& figures) {
  std::ofstream out(path);
  const char* separator = "{\n";
  for (const auto& [name, value] : figures) {
    out << separator << "  \"" << name << "\": " << value;
    separator = ",\n";
  }
  out << "\n}\n";
  if (!out.flush()) throw std::runtime_error("cannot write " + path);
}

void require_same(const std::string& folder) {
  const std::vector<std::string> ours = read_lines(folder + "/tidemark.rows");
  int sides = 0;
  for (const char* peer : {"postgres_row", "postgres_statement", "sqlite"}) {
    const std::string path = folder + "/" + peer + ".rows";
    if (!std::filesystem::exists(path)) continue;
    const std::vector<std::string> theirs = read_lines(path);
    for (std::size_t i = 0; i < std::min(ours.size(), theirs.size()); ++i)
      if (ours[i] != theirs[i])
        throw std::runtime_error(std::string(peer) + " differs:\n  " + ours[i] + "\n  " + theirs[i]);
    if (ours.size() != theirs.size())
      throw std::runtime_error(std::to_string(ours.size()) + " buckets here, " + std::to_string(theirs.size()) +
                               " in " + peer);
    ++sides;
  }
  if (sides > 0)
    std::printf("\nTidemark and %d peers have the same %zu buckets, with the same percentiles to the last bit.\n",
                sides, ours.size());
}

/// What of the table is the machine's.
void remark_on_machine(const Figures& figures) {
  const double sync = figure_or_nan(figures, "host.sync_ms");
  const double quick = figure_or_nan(figures, "host.sync_p5_ms");
  if (std::isnan(sync)) return;
  std::printf(
      "\nThe disk takes %.2f ms to make a write durable: commits of %zu spans, one at a time, cannot pass %.0f "
      "spans/s.\n",
      sync, kSpansPerRequest, static_cast<double>(kSpansPerRequest) / sync * 1000);
  if (sync > 3 * quick)
    std::printf(
        "It can do it in %.2f ms: others use this machine or its disk. Go by CPU time and instructions, not by "
        "rates.\n",
        quick);
}

/// The sizes that growth was measured at: the smallest and the largest.
std::pair<std::uint64_t, std::uint64_t> sizes_of(const Figures& figures) {
  std::set<std::uint64_t> sizes;
  const std::string prefix = "growth_";
  for (const auto& [name, value] : figures)
    if (name.starts_with(prefix)) sizes.insert(std::stoull(name.substr(prefix.size())));
  if (sizes.size() < 2) throw std::runtime_error("growth takes two sizes");
  return {*sizes.begin(), *sizes.rbegin()};
}

}  // namespace

void report(const Figures& figures, const std::string& folder, const std::string& json_path) {
  if (!json_path.empty()) write_json(json_path, figures);
  std::printf("\n%-27s %10s %-10s  %-30s %10s %8s %7s %6s  %s\n", "", "Tidemark", "", "against", "", "ratio", "floor",
              "aim", "met");
  for (const ReportSection& section : report_sections()) {
    std::printf("\n%s\n", section.title);
    for (const ReportRow& row : section.rows) print(row, figures);
  }
  remark_on_machine(figures);
  require_same(folder);
}

void report_growth(const Figures& figures) {
  constexpr double kAllowed = 1.3;
  const auto [small, large] = sizes_of(figures);
  const auto at = [&](std::uint64_t size, const char* name) {
    return figure_or_nan(figures, ("growth_" + std::to_string(size) + "." + name).c_str());
  };
  std::printf("\n%-24s %14llu %14llu %8s\n", "spans", static_cast<unsigned long long>(small),
              static_cast<unsigned long long>(large), "ratio");
  for (const char* name : {"ingest_us", "ingest_cpu_us", "recompute_us", "recompute_cpu_us", "owner_ms", "job_ms",
                           "peak_mb", "bytes_per_span"}) {
    const double one = at(small, name);
    const double ten = at(large, name);
    std::printf("%-24s %14.3f %14.3f %7.2fx  %s\n", name, one, ten, ten / one,
                ten / one <= kAllowed ? "" : "over 1.3x");
  }
}

}  // namespace tidemark::bench
