#include "render/ingest_report.hpp"

#include "render/text_table.hpp"

namespace tidemark {

namespace {

RejectReason reason_at(std::size_t i) { return static_cast<RejectReason>(i); }

std::string reasons_text(const Rejections& rejections) {
  std::string out;
  for (std::size_t i = 0; i < kRejectReasons; ++i) {
    const std::uint64_t n = rejections.of(reason_at(i));
    if (n == 0) continue;
    out += (out.empty() ? "" : ", ") + std::string(name_of(reason_at(i))) + ' ' + with_commas(n);
  }
  return out;
}

Report rejected_json(const Rejections& rejections) {
  Report out;
  out.set("total", rejections.total());
  for (std::size_t i = 0; i < kRejectReasons; ++i) {
    out.set(std::string(name_of(reason_at(i))), rejections.of(reason_at(i)));
  }
  return out;
}

Report examples_json(const Rejections& rejections) {
  Report out = Report::list();
  for (const Rejection& r : rejections.examples()) {
    Report example;
    example.set("reason", Value(name_of(r.reason)));
    example.set("where", Value(r.where));
    example.set("message", Value(r.message));
    out.add(std::move(example));
  }
  return out;
}

}  // namespace

bool undecodable(const IngestReport& report) {
  const Rejections& rejections = report.decode.rejections;
  const std::uint64_t broken = rejections.of(RejectReason::malformed) + rejections.of(RejectReason::too_large) +
                               rejections.of(RejectReason::too_deep);
  const std::uint64_t spans = report.accepted + report.duplicates + report.decode.ignored;
  return spans == 0 && broken != 0 && broken == rejections.total();
}

std::string summary_line(const IngestReport& report) {
  const DecodeReport& decode = report.decode;
  std::string out = "accepted " + with_commas(report.accepted) + "  duplicates " + with_commas(report.duplicates) +
                    "  rejected " + with_commas(decode.rejections.total());
  if (decode.rejections.total() != 0) out += " (" + reasons_text(decode.rejections) + ')';
  const auto add = [&](const char* what, std::uint64_t n) {
    if (n != 0) out += std::string("  ") + what + ' ' + with_commas(n);
  };
  add("differing duplicates", report.differing_duplicates);
  add("ignored", decode.ignored);
  add("guarded", report.guarded);
  add("sealed", report.sealed);
  add("repaired texts", decode.repaired_text);
  add("cut texts", decode.cut_text);
  add("dropped attributes", decode.dropped_attributes);
  add("unknown results", decode.unknown_results);
  add("clamped times", decode.clamped_times);
  add("missing queue times", decode.missing_queue);
  return out;
}

Report ingest_json(const IngestOutcome& outcome) {
  const IngestReport& total = outcome.total;
  const DecodeReport& decode = total.decode;
  Report failed = Report::list();
  for (const auto& [name, message] : outcome.failed_files) {
    failed.add(Report().set("name", Value(name)).set("message", Value(message)));
  }
  Report out;
  out.set("accepted", total.accepted);
  out.set("duplicates", total.duplicates);
  out.set("differing_duplicates", total.differing_duplicates);
  out.set("rejected", rejected_json(decode.rejections));
  out.set("ignored", decode.ignored);
  out.set("guarded", total.guarded);
  out.set("sealed", total.sealed);
  out.set("repaired_text", decode.repaired_text);
  out.set("cut_text", decode.cut_text);
  out.set("dropped_attributes", decode.dropped_attributes);
  out.set("unknown_results", decode.unknown_results);
  out.set("clamped_times", decode.clamped_times);
  out.set("missing_queue", decode.missing_queue);
  out.set("examples", examples_json(decode.rejections));
  out.set("failed_files", std::move(failed));
  out.set("interrupted", Value(outcome.interrupted));
  return out;
}

}  // namespace tidemark
