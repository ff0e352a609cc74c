#include "http/loop_report.hpp"

#include "render/text_table.hpp"

namespace tidemark::http {
namespace {

Value optional_instant(const std::optional<Instant>& t) { return t ? Value(*t) : Value(); }
std::string optional_text(const std::optional<Instant>& t) { return t ? format_short(*t) : "-"; }

}  // namespace

Report loop_json(const Host::Loop& loop) {
  Report out;
  out.set("name", Value(loop.name)).set("running", Value(loop.running));
  out.set("runs", loop.runs).set("failures", loop.failures).set("skipped", loop.skipped);
  out.set("last_start", optional_instant(loop.last_start)).set("last_success", optional_instant(loop.last_success));
  out.set("last_duration_seconds", Value(static_cast<double>(loop.last_duration.count) / 1e6));
  out.set("next", optional_instant(loop.next));
  out.set("last_error", loop.last_error.empty() ? Value() : Value(loop.last_error));
  out.set("last_result", loop.last_result.empty() ? Value() : Value(loop.last_result));
  return out;
}

std::string loops_text(const std::vector<Host::Loop>& loops) {
  if (loops.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  for (const Host::Loop& loop : loops) {
    rows.push_back({printable(loop.name), with_commas(loop.runs), with_commas(loop.failures),
                    optional_text(loop.last_success), loop.running ? "now" : optional_text(loop.next),
                    printable(loop.last_error.empty() ? loop.last_result : loop.last_error)});
  }
  return text_table({{"loop"}, {"runs", true}, {"failures", true}, {"last success"}, {"next"}, {"last result"}}, rows);
}

}  // namespace tidemark::http
