#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/time.hpp>

#include "model/predicate.hpp"
#include "model/source_def.hpp"

/// What is declared of the things that people read: dimension tables, views, recents. docs/views.md is the language.
namespace tidemark {

/// Attributes of a dimension's values: an account's plan. Its rows are put there by people, not by spans.
struct TableDef {
  std::string name;
  std::string key;                ///< The dimension whose values it describes: a text, by its name in any rollup.
  std::vector<FieldDef> columns;  ///< Text, boolean, instant, duration or number.

  int column_index(std::string_view name) const;  ///< -1 when there is none.
  friend bool operator==(const TableDef&, const TableDef&) = default;
};

/// One aggregate over the buckets of a view's group.
struct ViewOperand {
  enum class Kind : std::uint8_t {
    merge,           ///< The rollup's column, merged exactly over the buckets.
    count_distinct,  ///< How many different values a dimension or attribute has; absent ones do not count.
    regr_count,      ///< How many pairs are behind a column that is a correlation.
  };
  Kind kind = Kind::merge;
  int column = -1;  ///< merge, regr_count: index into RollupDef::columns.
  int field = -1;   ///< count_distinct: index into ViewDef::scope.
  Predicate where;  ///< Over ViewDef::scope, beside the view's own. Empty: every bucket.
  friend bool operator==(const ViewOperand&, const ViewOperand&) = default;
};

struct ViewColumn {
  enum class Kind : std::uint8_t {
    constant,   ///< The same text in every row of its set.
    attribute,  ///< An attribute of a dimension that the view keeps.
    operand,
    ratio,  ///< operand / divisor; NULL when the divisor is 0 or NULL.
  };
  std::string name;
  std::string text;  ///< As declared, normalised.
  Kind kind = Kind::operand;
  std::string constant;
  int field = -1;  ///< attribute: index into ViewDef::scope.
  ViewOperand operand;
  ViewOperand divisor;
  friend bool operator==(const ViewColumn&, const ViewColumn&) = default;
};

/// A small table over a rollup's buckets that is computed when it is refreshed, never when it is read.
/// Its columns, in order: `bucket_start` with `every`, what it groups by, the declared ones, and the rank if it has one.
struct ViewDef {
  /// A dimension of the rollup, or an attribute of one: what `by` and `where` can name.
  struct Field {
    int dimension = -1;  ///< Index into RollupDef::by.
    int table = -1;      ///< Index into Schema::tables; -1: the dimension itself.
    int column = -1;     ///< Index into TableDef::columns.
    friend bool operator==(const Field&, const Field&) = default;
  };
  enum class Span : std::uint8_t { all, last, this_day, this_week, this_month };
  struct Order {
    int column = -1;  ///< Of the view, in its order of columns.
    bool descending = false;
    friend bool operator==(const Order&, const Order&) = default;
  };
  struct Comparison {
    enum class Op : std::uint8_t { less, less_equal, equal, not_equal, greater_equal, greater };
    int column = -1;  ///< Of the view.
    Op op = Op::equal;
    std::string number;  ///< A decimal.
    friend bool operator==(const Comparison&, const Comparison&) = default;
  };

  std::string name;
  std::string from;  ///< A rollup, or a view whose rollup, window and conditions it takes over.
  int rollup = -1;
  Span span = Span::all;
  Micros length{};              ///< Of Span::last.
  std::optional<Micros> every;  ///< Width of its windows: a multiple of the rollup's. None: one for all.
  bool total = false;           ///< With `every`: also rows for the whole, whose `bucket_start` is NULL.
  bool fill = false;            ///< With `every`: also windows without buckets.
  std::vector<Field> scope;     ///< All dimensions first, then the attributes of all tables that describe one.
  SourceDef scope_source;       ///< The same as fields, for predicates: `account`, `account.plan`.
  std::vector<int> by;          ///< Indices into `scope`.
  Predicate where;              ///< Over `scope`; of the view that it is made from, too.
  Predicate own_where;          ///< As declared here.
  /// Rows of one shape, of the same names and types: one set for `columns`, several for `rows`.
  std::vector<std::vector<ViewColumn>> sets;
  std::vector<Comparison> having;
  std::vector<Order> order;
  std::optional<std::uint64_t> limit;
  std::string rank;  ///< The name of a column with SQL's rank() over `order`; empty: none.
  std::string refresh;    ///< A cron expression; empty: only when somebody asks.
  std::string time_zone;  ///< Of `refresh`; empty: UTC.
  bool is_public = false;  ///< Anybody may read it, without a token.
  friend bool operator==(const ViewDef&, const ViewDef&) = default;
};

/// "The last N distinct things used in this group", kept up to date by every span.
struct RecentDef {
  std::string name;
  int source = -1;
  std::vector<int> per;      ///< Fields that make the group: text, labels, result or boolean. Empty: one group.
  std::vector<int> item;     ///< Fields that make the thing. Empty: every span is one of its own.
  std::vector<int> columns;  ///< Fields of its last use that are shown beside it; any type.
  Predicate where;           ///< Over the source's fields. Empty: every span.
  std::uint32_t keep = 240;  ///< How many things of a group are kept: the last used ones.
  std::optional<Micros> window;  ///< Older uses are not shown.
  bool is_public = false;        ///< Anybody may read it, without a token.
  friend bool operator==(const RecentDef&, const RecentDef&) = default;
};

}  // namespace tidemark
