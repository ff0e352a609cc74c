#include "http/job_report.hpp"

#include "render/text_table.hpp"

namespace tidemark::http {
namespace {

Value optional_instant(const std::optional<Instant>& t) { return t ? Value(*t) : Value(); }
std::string optional_text(const std::optional<Instant>& t) { return t ? format_short(*t) : "-"; }
Value text_or_null(const std::string& text) { return text.empty() ? Value() : Value(text); }

std::string next_text(const Host::Job& job) { return job.running ? "now" : optional_text(job.next); }

/// To the millisecond.
std::string duration_text(const Host::Job& job) {
  if (!job.last_start || job.runs == 0) return "-";
  return Value::decimal(0, static_cast<std::uint64_t>(job.last_duration.count / 1000), 3).to_string() + " s";
}

}  // namespace

Report job_json(const Host::Job& job) {
  Report out;
  out.set("name", Value(job.name)).set("schedule", text_or_null(job.schedule));
  out.set("time_zone", text_or_null(job.time_zone)).set("running", Value(job.running));
  out.set("runs", job.runs).set("failures", job.failures).set("skipped", job.skipped);
  out.set("last_start", optional_instant(job.last_start)).set("last_success", optional_instant(job.last_success));
  out.set("last_duration_seconds", Value(static_cast<double>(job.last_duration.count) / 1e6));
  out.set("next", optional_instant(job.next));
  out.set("last_error", text_or_null(job.last_error)).set("last_result", text_or_null(job.last_result));
  return out;
}

std::string jobs_summary(const std::vector<Host::Job>& jobs) {
  if (jobs.empty()) return {};
  std::vector<std::vector<std::string>> rows;
  for (const Host::Job& job : jobs) {
    rows.push_back({printable(job.name), with_commas(job.runs), with_commas(job.failures),
                    optional_text(job.last_success), next_text(job),
                    printable(job.last_error.empty() ? job.last_result : job.last_error)});
  }
  return text_table({{"job"}, {"runs", true}, {"failures", true}, {"last success"}, {"next"}, {"last result"}}, rows);
}

std::string jobs_text(const std::vector<Host::Job>& jobs) {
  std::vector<std::vector<std::string>> rows;
  for (const Host::Job& job : jobs) {
    const std::string zone = job.time_zone.empty() ? std::string() : " " + job.time_zone;
    rows.push_back({printable(job.name), printable(job.schedule + zone), optional_text(job.last_start),
                    duration_text(job), next_text(job), with_commas(job.runs), with_commas(job.skipped),
                    with_commas(job.failures), printable(job.last_error.empty() ? job.last_result : job.last_error)});
  }
  return text_table({{"job"},
                     {"schedule"},
                     {"last start"},
                     {"took", true},
                     {"next"},
                     {"runs", true},
                     {"skipped", true},
                     {"failures", true},
                     {"last result"}},
                    rows) +
         '(' + counted(rows.size(), "job") + ")\n";
}

}  // namespace tidemark::http
