#include "render/status.hpp"

#include "render/text_table.hpp"

namespace tidemark {

namespace {

Value optional_instant(const std::optional<Instant>& t) { return t ? Value(*t) : Value(); }

Report rollup_json(const Status::Rollup& rollup) {
  Report columns;
  for (const auto& [column, from] : rollup.columns_complete_from) columns.set(column, Value(from));
  Report out;
  out.set("name", Value(rollup.name)).set("buckets", rollup.buckets);
  out.set("complete_from", optional_instant(rollup.complete_from));
  out.set("columns_complete_from", std::move(columns));
  out.set("sealed_before", optional_instant(rollup.sealed_before));
  return out;
}

std::string megabytes(std::uint64_t bytes) {
  const std::uint64_t tenths = (bytes + 50'000) / 100'000;
  return with_commas(tenths / 10) + '.' + std::to_string(tenths % 10) + " MB";
}

std::string completeness(const Status::Rollup& rollup) {
  std::string text = rollup.complete_from ? "from " + format_short(*rollup.complete_from) : "yes";
  for (const auto& [column, from] : rollup.columns_complete_from) text += "; " + column + " from " + format_short(from);
  return text;
}

std::string rollups_text(const Status& status) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& rollup : status.rollups) {
    rows.push_back({rollup.name, with_commas(rollup.buckets), completeness(rollup),
                    rollup.sealed_before ? format_short(*rollup.sealed_before) : "-"});
  }
  return text_table({{"rollup"}, {"buckets", true}, {"complete"}, {"sealed before"}}, rows);
}

std::string sinks_text(const Status& status) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& sink : status.sinks) {
    rows.push_back(
        {printable(sink.name), with_commas(sink.waiting), with_commas(sink.quarantined), sink.last_sync ? format_short(*sink.last_sync) : "never"});
  }
  return text_table({{"sink"}, {"waiting", true}, {"of these refused", true}, {"last sync"}}, rows);
}

}  // namespace

Report status_json(const Status& status) {
  Report totals, rollups = Report::list(), sinks = Report::list();
  for (const auto& [name, n] : status.totals) totals.set(name, n);
  for (const auto& rollup : status.rollups) rollups.add(rollup_json(rollup));
  for (const auto& sink : status.sinks) {
    Report one;
    one.set("name", Value(sink.name)).set("waiting", sink.waiting).set("quarantined", sink.quarantined);
    Report examples = Report::list();
    for (const std::string& example : sink.quarantine_examples) examples.add(Value(example));
    one.set("quarantine_examples", std::move(examples));
    one.set("last_sync", optional_instant(sink.last_sync));
    sinks.add(std::move(one));
  }
  Report out;
  out.set("agent", Value(status.agent)).set("epoch", status.epoch);
  out.set("epoch_began", Value(status.epoch_began)).set("sealed", Value(status.sealed));
  out.set("unproven_spans", status.unproven_spans);
  out.set("schema_version", static_cast<std::uint64_t>(status.schema_version));
  out.set("log_first", status.log_first).set("log_next", status.log_next);
  out.set("checkpoint_position", status.checkpoint_position).set("recompute_position", status.recompute_position);
  out.set("raw_spans", status.raw_spans).set("raw_bytes", status.raw_bytes).set("dirty_spans", status.dirty_spans);
  out.set("totals", std::move(totals)).set("rollups", std::move(rollups)).set("sinks", std::move(sinks));
  return out;
}

std::string status_text(const Status& status) {
  std::string out = "agent       " + status.agent + ", epoch " + std::to_string(status.epoch) + ", schema version " +
                    std::to_string(status.schema_version) + (status.sealed ? ", sealed" : "") + '\n';
  if (status.unproven_spans != 0)
    out += "unproven    " + counted(status.unproven_spans, "span") + " may count twice (epoch " + status.epoch_began + ")\n";
  out += "log         " + counted(status.raw_spans, "raw span") + " in " +
         counted(status.log_next - status.log_first, "block") + ", " + megabytes(status.raw_bytes) + '\n';
  out += "positions   log [" + with_commas(status.log_first) + ", " + with_commas(status.log_next) + "), checkpoint " +
         with_commas(status.checkpoint_position) + ", recompute " + with_commas(status.recompute_position) + '\n';
  out += "to compute  " + counted(status.dirty_spans, "span") + '\n';
  if (!status.totals.empty()) out += '\n';
  std::vector<std::vector<std::string>> totals;
  for (const auto& [name, n] : status.totals) totals.push_back({name, with_commas(n)});
  if (!totals.empty()) out += text_table({{"since the store was made"}, {"count", true}}, totals);
  out += '\n' + rollups_text(status);
  if (!status.sinks.empty()) out += '\n' + sinks_text(status);
  for (const auto& sink : status.sinks)
    for (const std::string& example : sink.quarantine_examples) out += "refused: " + printable(example) + '\n';
  return out;
}

}  // namespace tidemark
