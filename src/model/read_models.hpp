#pragma once
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/table.hpp>
#include <tidemark/views.hpp>

#include "model/cell.hpp"
#include "model/schema.hpp"
#include "model/view_layout.hpp"

namespace tidemark {

/// A dimension table's rows: key to attributes, in the order of TableDef::columns. Durations and numbers are Decimals of
/// their field's divisor.
using DimensionRows = std::map<std::string, std::vector<Cell>>;

/// Where views' rows, the log of their refreshes and dimension tables are kept: a store, or a sink. Refreshing is written
/// once against it and BucketSource.
/// Threads: one at a time. Errors: StoreError or SinkError; a failed call has changed nothing, or all that it says.
class ReadModels {
 public:
  virtual ~ReadModels() = default;

  /// Puts a `running` row into the log. Rows that still are `running` and that the same `by` began for this view are of an
  /// attempt that was stopped half-way, and are closed as failed. Returns the new row's id.
  virtual std::uint64_t begin_refresh(const std::string& view, const std::string& by, Instant started) = 0;
  /// Replaces the view's rows and closes the log's row as a success, both at one instant. `rows` has the layout's columns.
  /// An attempt that began before the one whose rows are there (at a sink several may be on their way) is closed as a
  /// success, too, but leaves these rows.
  virtual void complete_refresh(const ViewLayout& layout, std::uint64_t id, Instant completed, const Table& rows) = 0;
  virtual void fail_refresh(std::uint64_t id, Instant completed, const std::string& error) = 0;

  /// The rows of the last complete refresh, in the order in which they came; none when there was none, or when they were
  /// made with another layout.
  virtual std::optional<Table> rows(const ViewLayout& layout) = 0;
  /// The newest first; of one view, or of all when `view` is empty.
  virtual std::vector<Refresh> log(const std::string& view, std::size_t limit) = 0;
  /// The last attempt that ended, and the one whose rows are there.
  struct Attempts {
    std::optional<Refresh> last, success;
  };
  virtual Attempts attempts(const std::string& view) = 0;
  /// Forgets what ended before `before`, but for what attempts() gives. Returns how many.
  virtual std::uint64_t trim_log(Instant before) = 0;

  /// All at one instant: the table has these rows alone, or with `merge` its other rows, too.
  virtual void put_table(const TableDef& table, const DimensionRows& rows, bool merge) = 0;
  virtual DimensionRows load_table(const TableDef& table) = 0;
};

}  // namespace tidemark
