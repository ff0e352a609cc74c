#pragma once
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "fleet/agent.hpp"
#include "fleet/record.hpp"

namespace tidemark::fleet {

/// A bucket of one agent's epoch.
struct RowKey {
  std::string agent;
  std::uint32_t epoch = 0;
  std::size_t rollup = 0;
  Instant start;
  std::string dimensions;
  friend auto operator<=>(const RowKey&, const RowKey&) = default;
};
std::string to_text(const RowKey& key);
/// `s3 s17 s4`.
std::string to_text(const Spans& spans);

/// Everything that stores have accepted, by bucket: what rows may say. Stores that were one share what they accepted
/// before that; where they have an epoch in common they may differ in what follows.
class Branches {
 public:
  void add(const Record& record);
  /// In the order of acceptance; none is the beginning of another.
  const std::vector<Spans>& of(const RowKey& key) const;
  /// Of one store alone.
  static std::map<RowKey, Spans> of(const Record& record);

 private:
  std::map<RowKey, std::vector<Spans>> branches_;
};

/// One sink, read past the network.
class SinkCheck {
 public:
  SinkCheck(const std::string& url, const std::string& definitions_path);

  /// Every row says exactly what the first spans of its bucket come to, as many as its counters say; and no row goes
  /// back to an older state. Rows that are as they were are not worked out again, but for `all`.
  void check_rows(const Branches& branches, bool all);

  /// How many spans may count twice, as the table of agents has it: over all epochs of each agent.
  std::map<std::string, std::uint64_t> unproven_spans() const;

  /// A row's counters, and the spans that it covers, as of the last check.
  struct Row {
    std::uint64_t updated = 0, computed = 0;
    bool finished = false;
    Spans spans;
    auto state() const { return std::tuple(computed, finished, updated); }
  };
  const std::map<RowKey, Row>& rows() const { return rows_; }

 private:
  void check_row(const RowKey& key, const Bucket& bucket, Row& row, const std::vector<Spans>& branches) const;

  SchemaPtr schema_;
  std::unique_ptr<Sink> sink_;
  std::map<RowKey, Row> rows_;
};

/// Compares a query's answer, over the store (`sink_url` empty) or over a sink, with what these spans come to. Columns
/// that are asked for: all; but for distributions that may be gone, percentiles of rollups that drop them; and those that
/// wait for a pass, where `computed` is false.
void check_query(Engine& engine, Instant now, const std::string& sink_url, const Rollup& rollup, const Covered& spans,
                 bool computed);

}  // namespace tidemark::fleet
