#include "cli/workload_text.hpp"

#include <charconv>

namespace tidemark::cli {

namespace {

void append_digits(std::string& out, std::uint64_t n, int digits) {
  char text[20];
  for (int i = digits; i-- > 0; n /= 10) text[i] = static_cast<char>('0' + n % 10);
  out.append(text, static_cast<std::size_t>(digits));
}

void append_number(std::string& out, std::int64_t n) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, n).ptr);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  // No text of a workload needs escaping.
  out += ",\"";
  out += name;
  out += "\":\"";
  out += value;
  out += '"';
}

void append_time(std::string& out, std::string_view name, Instant t) {
  out += ",\"";
  out += name;
  out += "\":\"";
  append_instant(out, t);
  out += '"';
}

/// Begins with the label that the sender happens to name first.
void append_json_labels(std::string& out, const WorkloadSpan& span) {
  out += ",\"labels\":[";
  const std::size_t n = span.labels->size();
  for (std::size_t i = 0; i < n; ++i) {
    out += i == 0 ? "\"" : ",\"";
    out += (*span.labels)[(span.first_label + i) % n];
    out += '"';
  }
  out += ']';
}

void append_sql_labels(std::string& out, const WorkloadSpan& span) {
  out += "\"{";
  for (const std::string& label : *span.labels) {
    if (out.back() != '{') out += ',';
    out += "\"\"";
    out += label;
    out += "\"\"";
  }
  out += "}\"";
}

std::string_view source_name(SpanKind kind) {
  return kind == SpanKind::job ? "job" : kind == SpanKind::pipeline ? "pipeline" : "test";
}

}  // namespace

void append_instant(std::string& out, Instant t) {
  const std::int64_t day = t.us / days(1).count;
  auto rest = static_cast<std::uint64_t>(t.us % days(1).count);
  // Days to a date, as in Howard Hinnant's chrono-compatible algorithms; March is the first month.
  const std::int64_t z = day + 719468;
  const std::int64_t era = z / 146097;
  const auto doe = static_cast<std::uint64_t>(z - era * 146097);
  const std::uint64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const std::uint64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const std::uint64_t mp = (5 * doy + 2) / 153;
  const std::uint64_t month = mp < 10 ? mp + 3 : mp - 9;
  append_digits(out, yoe + static_cast<std::uint64_t>(era) * 400 + (month <= 2 ? 1 : 0), 4);
  out += '-';
  append_digits(out, month, 2);
  out += '-';
  append_digits(out, doy - (153 * mp + 2) / 5 + 1, 2);
  const std::uint64_t us = rest % 1'000'000;
  rest /= 1'000'000;
  out += 'T';
  append_digits(out, rest / 3600, 2);
  out += ':';
  append_digits(out, rest / 60 % 60, 2);
  out += ':';
  append_digits(out, rest % 60, 2);
  out += '.';
  append_digits(out, us, 6);
  out += 'Z';
}

void append_id(std::string& out, std::uint64_t id) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (int shift = 60; shift >= 0; shift -= 4) out += kHex[(id >> shift) & 15];
}

void append_ndjson(std::string& out, const WorkloadSpan& span) {
  out += "{\"source\":\"";
  out += source_name(span.kind);
  out += "\",\"id\":\"";
  append_id(out, span.id);
  out += '"';
  append_field(out, "owner", span.owner);
  append_field(out, "repository", span.repository);
  if (span.kind == SpanKind::test) {
    append_field(out, "suite", span.suite);
    append_field(out, "test", span.test);
  } else {
    append_field(out, "pipeline", span.pipeline);
  }
  if (span.kind == SpanKind::job) {
    append_field(out, "job", span.job);
    append_field(out, "runner", span.runner);
    append_json_labels(out, span);
  } else {
    append_field(out, "branch", span.branch);
  }
  if (span.kind == SpanKind::test)
    out += span.default_branch ? ",\"default_branch\":true" : ",\"default_branch\":false";
  append_field(out, "result", span.result);
  if (span.kind == SpanKind::job) append_time(out, "queued_at", span.queued_at);
  append_time(out, "started_at", span.started_at);
  append_time(out, "ended_at", span.ended_at);
  out += "}\n";
}

std::string csv_header(SpanKind kind) {
  switch (kind) {
    case SpanKind::job:
      return "id,owner,repository,pipeline,job,result,runner,labels,queued_at,started_at,ended_at,duration_us,queue_"
             "us\n";
    case SpanKind::pipeline: return "id,owner,repository,pipeline,branch,result,started_at,ended_at,duration_us\n";
    case SpanKind::test:
      return "id,owner,repository,suite,test,branch,default_branch,result,started_at,ended_at,duration_us\n";
  }
  return {};
}

void append_csv_line(std::string& out, const WorkloadSpan& span) {
  const auto field = [&](std::string_view text) {
    out += text;
    out += ',';
  };
  append_id(out, span.id);
  out += ',';
  field(span.owner);
  field(span.repository);
  field(span.kind == SpanKind::test ? span.suite : span.pipeline);
  field(span.kind == SpanKind::test ? span.test : span.kind == SpanKind::job ? span.job : span.branch);
  if (span.kind == SpanKind::test) {
    field(span.branch);
    field(span.default_branch ? "true" : "false");
  }
  field(span.result);
  if (span.kind == SpanKind::job) {
    field(span.runner);
    append_sql_labels(out, span);
    out += ',';
    append_instant(out, span.queued_at);
    out += ',';
  }
  append_instant(out, span.started_at);
  out += ',';
  append_instant(out, span.ended_at);
  out += ',';
  append_number(out, (span.ended_at - span.started_at).count);
  if (span.kind == SpanKind::job) {
    out += ',';
    append_number(out, (span.started_at - span.queued_at).count);
  }
  out += '\n';
}

}  // namespace tidemark::cli
