#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include <tidemark/table.hpp>

#include "model/bucket.hpp"
#include "model/rows_builder.hpp"
#include "read/numbering.hpp"

namespace tidemark {

/// What an answer's rows show of a rollup.
struct Shown {
  bool windows = true;               ///< Whether rows begin with their window's start.
  std::vector<int> by;               ///< Indices into RollupDef::by.
  std::vector<std::size_t> columns;  ///< Indices into RollupDef::columns.
};

/// Builds the table of an answer, row by row in any order; the table has them by window, then dimensions by bytes.
class Answer {
 public:
  Answer(const SourceDef& source, const RollupDef& rollup, Shown shown);

  struct Counters {
    std::uint64_t update = 0;
    std::uint64_t computed = 0;
  };
  /// One row. `unmergeable` and `incomplete`: slots whose columns are NULL for that reason; empty: none.
  void add(std::uint32_t window, std::uint32_t dimensions, const std::vector<State>& states, Counters counters,
           const std::vector<bool>& unmergeable, const std::vector<bool>& incomplete);

  WindowNumbers windows;
  DimensionNumbers dimensions;

  /// The answer is used up.
  Table finish();

 private:
  /// A shown column, and what it takes to show the usual kinds without asking their aggregate.
  struct ColumnPlan {
    const ColumnDef* column;
    std::size_t slot;
    double divisor;
    unsigned scale;
  };
  /// Makes the cells of dimensions up to that number.
  void prepare_dimensions(std::uint32_t number);
  RowCell result_cell(const ColumnPlan& plan, const State& state);
  std::vector<std::string> column_names() const;
  void add_notes(Table& table) const;

  const SourceDef& source_;
  const RollupDef& rollup_;
  Shown shown_;
  std::vector<ColumnPlan> columns_;
  RowsBuilder rows_;
  std::vector<RowCell> dimension_cells_;  // by number, as many as there are in `by`
  std::vector<std::uint32_t> window_of_, dimensions_of_;
  std::size_t dirty_ = 0, unmergeable_ = 0, incomplete_ = 0;
};

}  // namespace tidemark
