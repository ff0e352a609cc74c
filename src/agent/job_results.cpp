#include "agent/job_results.hpp"

#include <charconv>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::agent {
namespace {

template <typename Number>
using Parts = std::vector<std::pair<std::string_view, Number*>>;

template <typename Report>
auto parts_of(Report& report) {
  using Number = std::conditional_t<std::is_const_v<Report>, const std::uint64_t, std::uint64_t>;
  using Plain = std::remove_const_t<Report>;
  if constexpr (std::is_same_v<Plain, RecomputeReport>) {
    return Parts<Number>{{"spans", &report.spans}, {"buckets", &report.buckets}, {"chunks", &report.chunks}};
  } else if constexpr (std::is_same_v<Plain, RetainReport>) {
    return Parts<Number>{
        {"blocks dropped", &report.blocks_dropped},        {"spans dropped", &report.spans_dropped},
        {"blocks kept", &report.blocks_kept_for_compute},  {"distributions dropped", &report.distributions_dropped},
        {"buckets dropped", &report.buckets_dropped},      {"identities dropped", &report.identities_dropped},
        {"label sets dropped", &report.label_sets_dropped}};
  } else {
    return Parts<Number>{{"rows", &report.rows},
                         {"transactions", &report.transactions},
                         {"waiting", &report.waiting},
                         {"refused", &report.quarantined}};
  }
}

template <typename Report>
std::string numbers_text(const Report& report) {
  std::string out;
  for (const auto& [name, number] : parts_of(report))
    out += (out.empty() ? "" : ", ") + std::string(name) + " " + std::to_string(*number);
  return out;
}

/// What is left of the text behind the numbers; nothing when they are not there.
template <typename Report>
std::optional<std::string_view> read_numbers(std::string_view text, Report& report) {
  bool first = true;
  for (const auto& [name, number] : parts_of(report)) {
    const std::string before = (first ? "" : ", ") + std::string(name) + " ";
    first = false;
    if (!text.starts_with(before)) return std::nullopt;
    text.remove_prefix(before.size());
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *number);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  }
  return text;
}

template <typename Report>
std::optional<Report> parse_whole(const std::string& text) {
  Report report;
  const auto rest = read_numbers(text, report);
  if (!rest || !rest->empty()) return std::nullopt;
  return report;
}

constexpr std::string_view kSink = ", sink ";

}  // namespace

std::string to_text(const RecomputeReport& report) { return numbers_text(report); }
std::string to_text(const RetainReport& report) { return numbers_text(report); }
std::string to_text(const SyncReport& report) { return numbers_text(report) + std::string(kSink) + report.sink; }

std::optional<RecomputeReport> parse_recompute(const std::string& text) { return parse_whole<RecomputeReport>(text); }
std::optional<RetainReport> parse_retain(const std::string& text) { return parse_whole<RetainReport>(text); }

std::optional<SyncReport> parse_sync(const std::string& text) {
  SyncReport report;
  const auto rest = read_numbers(text, report);
  if (!rest || !rest->starts_with(kSink)) return std::nullopt;
  report.sink = rest->substr(kSink.size());
  return report;
}

}  // namespace tidemark::agent
