#include "fleet/checks.hpp"

#include <algorithm>

#include "engine/schema_files.hpp"
#include "fleet/mismatch.hpp"

namespace tidemark::fleet {
namespace {

std::string text_of(const Cell& cell) {
  struct Visitor {
    std::string operator()(std::monostate) const { return {}; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(const Decimal& v) const { return tidemark::to_text(v); }
    std::string operator()(double v) const { return tidemark::to_text(v); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const std::vector<std::string>& v) const { return std::to_string(v.size()) + " texts"; }
    std::string operator()(Instant v) const { return format_short(v); }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
  };
  return std::visit(Visitor{}, cell);
}

std::string text_of(const std::vector<DimensionValue>& dimensions) {
  std::string text;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    if (i != 0) text += '/';
    text += dimensions[i].text;
    for (std::size_t l = 0; l < dimensions[i].labels.size(); ++l) text += (l == 0 ? "" : ",") + dimensions[i].labels[l];
  }
  return text;
}

/// What differs, in words; nothing when all is as expected.
std::string difference(const Rollup& rollup, const std::vector<std::string>& found,
                       const std::vector<std::string>& expected) {
  std::string text;
  for (std::size_t c = 0; c < expected.size(); ++c)
    if (found[c] != expected[c])
      text += "\n    " + rollup.columns[c].name + " is '" + found[c] + "', but it should be '" + expected[c] + "'";
  return text;
}

bool is_beginning(const Spans& shorter, const Spans& longer) {
  return shorter.size() <= longer.size() && std::equal(shorter.begin(), shorter.end(), longer.begin());
}

}  // namespace

std::string to_text(const RowKey& key) {
  return rollups()[key.rollup].name + " " + format_short(key.start) + " " + key.dimensions + " of agent " +
         key.agent.substr(0, 8) + " epoch " + std::to_string(key.epoch);
}

std::string to_text(const Spans& spans) {
  std::string text;
  for (const Span* span : spans) text += (text.empty() ? "s" : " s") + std::to_string(span->number);
  return text.empty() ? "nothing" : text;
}

std::map<RowKey, Spans> Branches::of(const Record& record) {
  std::map<RowKey, Spans> all;
  for (const Accepted& entry : record.accepted)
    for (std::size_t r = 0; r < kRollups; ++r) {
      const Rollup& rollup = rollups()[r];
      if (!entry.left_out[r])
        all[{record.agent, entry.epoch, r, rollup.start_of(*entry.span), rollup.key_of(*entry.span, rollup.by)}]
            .push_back(entry.span);
    }
  return all;
}

void Branches::add(const Record& record) {
  for (auto& [key, spans] : of(record)) {
    std::vector<Spans>& known = branches_[key];
    const auto related = std::find_if(known.begin(), known.end(), [&](const Spans& other) {
      return is_beginning(spans, other) || is_beginning(other, spans);
    });
    if (related == known.end())
      known.push_back(std::move(spans));
    else if (related->size() < spans.size())
      *related = std::move(spans);
  }
}

const std::vector<Spans>& Branches::of(const RowKey& key) const {
  static const std::vector<Spans> kNone;
  const auto found = branches_.find(key);
  return found == branches_.end() ? kNone : found->second;
}

SinkCheck::SinkCheck(const std::string& url, const std::string& definitions_path)
    : schema_(read_or_shipped_schema({definitions_path})), sink_(open_sink(url, schema_, 0)) {
  sink_->prepare();
}

void SinkCheck::check_rows(const Branches& branches, bool all) {
  std::size_t found = 0;
  for (std::size_t r = 0; r < kRollups; ++r) {
    BucketFilter filter;
    filter.rollup = schema_->rollup_index(rollups()[r].name);
    sink_->scan(filter, [&](Bucket&& bucket) {
      const RowKey key{tidemark::to_text(bucket.agent), bucket.epoch, r, bucket.start, text_of(bucket.dimensions)};
      ++found;
      const auto before = rows_.find(key);
      Row row{bucket.update_counter, bucket.computed_counter, bucket.finished, {}};
      require(before == rows_.end() || before->second.state() <= row.state(),
              "the sink's row went back to an older state: " + to_text(key));
      if (!all && before != rows_.end() && before->second.state() == row.state()) return;
      check_row(key, bucket, row, branches.of(key));
      rows_[key] = std::move(row);
    });
  }
  require_equal(found, rows_.size(), "rows at the sink, of which none may vanish");
}

std::map<std::string, std::uint64_t> SinkCheck::unproven_spans() const {
  std::map<std::string, std::uint64_t> spans;
  for (const AgentRow& row : sink_->agents(std::nullopt)) spans[tidemark::to_text(row.agent)] += row.unproven_spans;
  return spans;
}

void SinkCheck::check_row(const RowKey& key, const Bucket& bucket, Row& row, const std::vector<Spans>& branches) const {
  const Rollup& rollup = rollups()[key.rollup];
  const std::string counters = "computed " + std::to_string(row.computed) + ", updated " + std::to_string(row.updated);
  require(row.computed <= row.updated, "a row has computed more spans than it has: " + to_text(key) + ", " + counters);
  require(!row.finished || row.computed == row.updated, "a finished row is dirty: " + to_text(key) + ", " + counters);
  std::vector<std::string> found;
  for (const Cell& cell :
       results_of(schema_->rollups[static_cast<std::size_t>(schema_->rollup_index(rollup.name))], bucket))
    found.push_back(text_of(cell));
  std::string wrong = "\n    no store has accepted so many";
  for (const Spans& accepted : branches) {
    if (accepted.size() < row.updated) continue;
    const Spans spans(accepted.begin(), accepted.begin() + static_cast<std::ptrdiff_t>(row.updated));
    Covered covered;
    covered.add(spans, row.computed);
    wrong = difference(rollup, found, rollup.row(covered));
    if (!wrong.empty()) continue;
    row.spans = spans;
    return;
  }
  throw Mismatch("the sink's row is wrong: " + to_text(key) + ", " + counters + ":" + wrong);
}

namespace {

/// A query and how its rows are made by hand.
struct Shape {
  Query query;
  std::vector<std::string> by;
  std::optional<Micros> width;  ///< None: one window for all.
};

std::vector<Shape> shapes_of(const Rollup& rollup) {
  Query plain;
  plain.rollup = rollup.name;
  std::vector<Shape> shapes = {{plain, rollup.by, rollup.every}};
  Query coarse = plain;
  coarse.by = {rollup.by.front()};
  if (rollup.every) {
    coarse.windows = Query::Windows::width;
    coarse.width = hours(6);
    shapes.push_back({coarse, *coarse.by, hours(6)});
    coarse.windows = Query::Windows::all;
  }
  shapes.push_back({coarse, *coarse.by, std::nullopt});
  return shapes;
}

std::map<std::string, Covered> group(const Rollup& rollup, const Shape& shape, const Covered& spans) {
  const auto key_of = [&](const Span& span) {
    const std::string window =
        shape.width ? format_short({span.ended.us - span.ended.us % shape.width->count}) + "/" : "";
    return window + rollup.key_of(span, shape.by);
  };
  std::map<std::string, Covered> groups;
  for (const Span* span : spans.updated) groups[key_of(*span)].updated.push_back(span);
  for (const Span* span : spans.computed) groups[key_of(*span)].computed.push_back(span);
  return groups;
}

std::vector<std::size_t> shown(const Rollup& rollup, bool computed) {
  std::vector<std::size_t> columns;
  for (std::size_t c = 0; c < rollup.columns.size(); ++c) {
    const Column& column = rollup.columns[c];
    if ((computed || !column.computed) && !(rollup.distribution_retention && column.percentile)) columns.push_back(c);
  }
  return columns;
}

}  // namespace

void check_query(Engine& engine, Instant now, const std::string& sink_url, const Rollup& rollup, const Covered& spans,
                 bool computed) {
  const auto columns = shown(rollup, computed);
  if (columns.empty()) return;
  for (Shape shape : shapes_of(rollup)) {
    for (const std::size_t c : columns) shape.query.columns.push_back(rollup.columns[c].name);
    auto groups = group(rollup, shape, spans);
    const Table table = engine.query(shape.query, now, sink_url);
    const std::string where = sink_url.empty() ? "the store's " + rollup.name : "the sink's " + rollup.name;
    for (const Row row : table.rows) {
      std::string key;
      for (std::size_t k = 0; k < table.key_columns; ++k) key += (k == 0 ? "" : "/") + row[k].to_string();
      const auto of_key = groups.find(key);
      require(of_key != groups.end(), where + " has a row that nobody sent: " + key);
      const auto expected = rollup.row(of_key->second);
      std::string wrong;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        const std::string found = row[table.key_columns + i].to_string();
        if (found != expected[columns[i]])
          wrong += "\n    " + shape.query.columns[i] + " is '" + found + "', but it should be '" +
                   expected[columns[i]] + "'";
      }
      require(wrong.empty(),
              where + ", " + key + " over " + std::to_string(of_key->second.updated.size()) + " spans:" + wrong);
      groups.erase(of_key);
    }
    if (!groups.empty())
      throw Mismatch(where + " lacks " + groups.begin()->first + " and " + std::to_string(groups.size() - 1) + " more");
  }
}

}  // namespace tidemark::fleet
