#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include <tidemark/errors.hpp>

#include "model/cron.hpp"
#include "model/decimal.hpp"
#include "model/expression.hpp"
#include "model/expression_lexer.hpp"
#include "model/nearest.hpp"
#include "model/predicate_text.hpp"
#include "model/schema_names.hpp"
#include "model/schema_reader.hpp"
#include "model/schema_toml.hpp"
#include "model/text.hpp"
#include "model/time_zone.hpp"
#include "model/view_expression.hpp"
#include "model/view_layout.hpp"

namespace tidemark {
namespace {

/// Words for the windows that begin with a calendar's unit.
constexpr std::array<std::pair<std::string_view, ViewDef::Span>, 4> kSpans{{{"all", ViewDef::Span::all},
                                                                            {"this day", ViewDef::Span::this_day},
                                                                            {"this week", ViewDef::Span::this_week},
                                                                            {"this month", ViewDef::Span::this_month}}};

class ViewReader {
 public:
  ViewReader(TableReader table, const std::string& name, const Schema& schema, const FindView& find_view)
      : table_(std::move(table)), schema_(schema), find_view_(find_view) {
    view_.name = name;
  }

  ViewDef read() {
    read_from();
    make_scope();
    read_window();
    read_every();
    read_by();
    read_where();
    const TomlEntry* columns = table_.find("columns");
    const TomlEntry* rows = table_.find("rows");
    const TomlEntry* having = table_.find("having");
    const TomlEntry* order = table_.find("order_by");
    read_limit_and_rank();
    read_schedule();
    view_.is_public = table_.boolean("public", false);
    table_.refuse_unknown();
    read_sets(columns, rows);
    check_names(columns != nullptr ? *columns : *rows);
    if (having != nullptr)
      guarded(*having, [&] {
        view_.having = parse_having(table_.text("having", "a condition such as \"total_runs > 0\""), schema_, view_);
      });
    if (order != nullptr) read_order(*order);
    if (!view_.rank.empty() && view_.order.empty())
      table_.fail(*table_.find("rank"), "expected 'order_by', too: it is what the rank counts by");
    return std::move(view_);
  }

 private:
  const RollupDef& rollup() const { return schema_.rollups[static_cast<std::size_t>(view_.rollup)]; }
  const SourceDef& source() const { return schema_.sources[static_cast<std::size_t>(rollup().source)]; }

  /// Puts file, line and key before what went wrong inside an expression.
  void guarded(const TomlEntry& entry, const std::function<void()>& read) const {
    try {
      read();
    } catch (const InputError& error) {
      table_.fail(entry, error.what());
    }
  }

  void read_from() {
    view_.from = table_.text("from", "the name of a rollup or of another view");
    view_.rollup = schema_.rollup_index(view_.from);
    if (view_.rollup >= 0) return;
    const TomlEntry& entry = *table_.find("from");
    base_ = find_view_(table_, entry);
    if (base_ == nullptr) {
      std::vector<std::string_view> names;
      for (const RollupDef& def : schema_.rollups) names.push_back(def.name);
      table_.fail(entry, "expected a declared rollup" + (names.empty() ? "" : " (" + one_of(names) + ")") +
                             " or another view, found '" + view_.from + "'" + suggest(view_.from, names));
    }
    view_.rollup = base_->rollup;
    view_.span = base_->span;
    view_.length = base_->length;
    view_.where = base_->where;
  }

  void make_scope() {
    view_.scope_source.name = rollup().name + " and its dimension tables";
    for (std::size_t d = 0; d < rollup().by.size(); ++d) {
      view_.scope.push_back({static_cast<int>(d), -1, -1});
      view_.scope_source.fields.push_back(source().fields[static_cast<std::size_t>(rollup().by[d])]);
    }
    for (std::size_t d = 0; d < rollup().by.size(); ++d)
      for (std::size_t t = 0; t < schema_.tables.size(); ++t)
        if (schema_.tables[t].key == view_.scope_source.fields[d].name) add_attributes(d, t);
  }

  void add_attributes(std::size_t dimension, std::size_t index) {
    const TableDef& def = schema_.tables[index];
    for (std::size_t c = 0; c < def.columns.size(); ++c) {
      view_.scope.push_back({static_cast<int>(dimension), static_cast<int>(index), static_cast<int>(c)});
      FieldDef field = def.columns[c];
      field.name = def.name + "." + field.name;
      view_.scope_source.fields.push_back(std::move(field));
    }
  }

  void read_window() {
    constexpr std::string_view kExpected =
        "a duration such as \"30d\" or \"24h\", \"all\", \"this day\", \"this week\" or \"this month\"";
    const auto text = table_.optional_text("window", kExpected);
    if (!text) return;
    const TomlEntry& entry = *table_.find("window");
    const auto word = std::find_if(kSpans.begin(), kSpans.end(), [&](const auto& span) { return span.first == *text; });
    if (word != kSpans.end()) {
      view_.span = word->second;
    } else {
      view_.span = ViewDef::Span::last;
      if (!parse_duration(*text)) table_.fail_expected(entry, kExpected);
      view_.length = *table_.duration("window");
    }
    if (view_.span == ViewDef::Span::all) return;
    if (!rollup().every)
      table_.fail(entry, "expected \"all\" or nothing, because '" + rollup().name + "' has no windows; found \"" +
                             *text + "\"");
    const std::int64_t width = rollup().every->count;
    const bool week = view_.span == ViewDef::Span::this_week && width == days(7).count;
    if (view_.span != ViewDef::Span::last && days(1).count % width != 0 && !week)
      table_.fail(entry, "expected a duration, because the buckets of '" + rollup().name + "' are " +
                             format_duration(*rollup().every) + " wide and do not begin with it; found \"" + *text +
                             "\"");
  }

  void read_every() {
    view_.every = table_.duration("every");
    view_.total = table_.boolean("total", false);
    view_.fill = table_.boolean("fill", false);
    for (const auto& [key, set] : {std::pair{"total", view_.total}, {"fill", view_.fill}})
      if (set && !view_.every) table_.fail(*table_.find(key), "expected 'every', too: it is about windows");
    if (!view_.every) return;
    const TomlEntry& entry = *table_.find("every");
    if (!rollup().every)
      table_.fail(entry, "expected none, because '" + rollup().name + "' has no windows; found some");
    if (const auto problem = problem_with_width(*view_.every)) table_.fail_expected(entry, *problem);
    if (view_.every->count % rollup().every->count != 0)
      table_.fail_expected(
          entry, "a multiple of " + format_duration(*rollup().every) + ", the width of '" + rollup().name + "'");
    if (!view_.fill) return;
    if (view_.span == ViewDef::Span::all)
      table_.fail(*table_.find("fill"), "expected a 'window' with a beginning, too; found all time");
    const std::int64_t windows = view_.span == ViewDef::Span::last ? view_.length.count / view_.every->count : 0;
    if (windows > static_cast<std::int64_t>(SchemaLimits::kWindows))
      table_.fail(entry, "expected at most " + std::to_string(SchemaLimits::kWindows) + " windows to fill, found " +
                             std::to_string(windows));
  }

  void read_by() {
    const TomlEntry* entry = table_.find("by");
    if (entry == nullptr) return;
    std::vector<std::string_view> names;
    for (const FieldDef& field : view_.scope_source.fields) names.push_back(field.name);
    const std::string expected = "a list of dimensions and attributes (" + one_of(names) + ")";
    for (const std::string& name : table_.texts("by", expected, SchemaLimits::kDimensions)) {
      const int field = view_.scope_source.field_index(name);
      if (field < 0) table_.fail(*entry, "expected " + expected + ", found '" + name + "'" + suggest(name, names));
      if (std::find(view_.by.begin(), view_.by.end(), field) != view_.by.end())
        table_.fail(*entry, "expected each of them once, found '" + name + "' twice");
      view_.by.push_back(field);
    }
  }

  void read_where() {
    const auto text = table_.optional_text("where", "a condition such as \"account.plan != 'free'\"");
    if (!text) return;
    guarded(*table_.find("where"), [&] {
      ExpressionLexer lexer(*text);
      view_.own_where = parse_predicate(lexer, view_.scope_source);
      if (lexer.next().kind != Token::Kind::end) lexer.fail_expected("'and', 'or' or the end");
    });
    auto& nodes = view_.where.nodes;
    const bool both = !nodes.empty();
    nodes.insert(nodes.end(), view_.own_where.nodes.begin(), view_.own_where.nodes.end());
    if (both) nodes.push_back({Predicate::Op::logical_and, -1, {}, false});
  }

  void read_limit_and_rank() {
    if (table_.find("limit") != nullptr)
      view_.limit = static_cast<std::uint64_t>(table_.integer("limit", 1, SchemaLimits::kRows));
    if (const auto rank = table_.optional_text("rank", "the name of the column with the rank")) view_.rank = *rank;
  }

  void read_schedule() {
    if (const auto text = table_.optional_text("refresh", "a cron expression such as \"*/5 * * * *\""))
      guarded(*table_.find("refresh"), [&] { view_.refresh = Cron::parse(*text).text(); });
    if (const auto zone = table_.optional_text("time_zone", "a time zone such as \"Europe/Amsterdam\"")) {
      guarded(*table_.find("time_zone"), [&] { check_time_zone_name(*zone); });
      view_.time_zone = *zone;
      if (view_.refresh.empty()) table_.fail(*table_.find("time_zone"), "expected 'refresh', too: it is its time zone");
    }
  }

  void read_sets(const TomlEntry* columns, const TomlEntry* rows) {
    if ((columns == nullptr) == (rows == nullptr))
      fail_at(table_.place(), {},
              std::string("expected [view.") + view_.name + ".columns] or several [[view." + view_.name +
                  ".rows]], found " + (columns == nullptr ? "neither" : "both"));
    if (columns != nullptr) {
      read_set(TableReader::table_of(table_.place(), *columns));
      return;
    }
    const TomlValue& list = rows->value;
    if (list.kind != TomlValue::Kind::list || list.items.empty())
      table_.fail_expected(*rows, "[[view." + view_.name + ".rows]], once or more");
    if (list.items.size() > SchemaLimits::kRowSets)
      table_.fail(*rows, "expected at most " + std::to_string(SchemaLimits::kRowSets) + ", found " +
                             std::to_string(list.items.size()));
    for (const TomlValue& item : list.items)
      read_set(TableReader({table_.place().file, item.line, table_.place().section + ".rows"}, item));
  }

  void read_set(const TableReader& table) {
    const auto& entries = table.entries();
    if (entries.empty()) fail_at(table.place(), {}, "expected at least one column, found none");
    if (entries.size() > SchemaLimits::kColumns)
      fail_at(table.place(), {},
              "expected at most " + std::to_string(SchemaLimits::kColumns) + " columns, found " +
                  std::to_string(entries.size()));
    std::vector<ViewColumn> set;
    for (const TomlEntry& entry : entries) set.push_back(read_column(table, entry));
    view_.sets.push_back(std::move(set));
    if (view_.sets.size() > 1) check_same_shape(table);
  }

  ViewColumn read_column(const TableReader& table, const TomlEntry& entry) const {
    if (const auto problem = problem_with_column_name(entry.key)) table.fail(entry, *problem);
    if (entry.value.kind != TomlValue::Kind::text)
      table.fail_expected(entry, "an expression such as \"sum(total_runs)\"");
    ViewColumn column;
    try {
      column = parse_view_column(entry.value.text, schema_, view_);
    } catch (const InputError& error) {
      table.fail(entry, error.what());
    }
    column.name = entry.key;
    return column;
  }

  /// All sets share the table's columns.
  void check_same_shape(const TableReader& table) {
    const auto shape_of = [&](const std::vector<ViewColumn>& set) {
      ViewDef one = view_;
      one.sets = {set};
      return view_layout(schema_, one).columns;
    };
    if (shape_of(view_.sets.front()) == shape_of(view_.sets.back())) return;
    fail_at(table.place(), {},
            "expected columns of the same names, order and types as in the first rows of '" + view_.name +
                "', found others");
  }

  void check_names(const TomlEntry& columns) {
    std::set<std::string> names{"row_number", "row_key"};
    for (const ViewLayout::Column& column : view_layout(schema_, view_).columns) {
      if (const auto problem = problem_with_column_name(column.name)) table_.fail(columns, *problem);
      if (!names.insert(column.name).second)
        table_.fail(columns, "expected another name than '" + column.name + "', which the view's table has already");
    }
  }

  void read_order(const TomlEntry& entry) {
    const ViewLayout layout = view_layout(schema_, view_);
    std::vector<std::string_view> names;
    for (const ViewLayout::Column& column : layout.columns)
      if (column.name != view_.rank) names.push_back(column.name);
    const std::string expected =
        "a list of columns of the view (" + one_of(names) + "), each with 'desc' behind it or not";
    for (const std::string& text : table_.texts("order_by", expected, SchemaLimits::kColumns)) {
      const std::size_t space = text.find(' ');
      const std::string name = text.substr(0, space);
      const std::string word = to_lower(trim(space == std::string::npos ? "" : std::string_view(text).substr(space)));
      const auto found = std::find(names.begin(), names.end(), name);
      if (found == names.end() || (word != "" && word != "asc" && word != "desc"))
        table_.fail(entry, "expected " + expected + ", found '" + text + "'" + suggest(name, names));
      view_.order.push_back({static_cast<int>(found - names.begin()), word == "desc"});
    }
  }

  TableReader table_;
  const Schema& schema_;
  const FindView& find_view_;
  const ViewDef* base_ = nullptr;
  ViewDef view_;
};

}  // namespace

ViewDef read_view(TableReader table, const std::string& name, const Schema& schema, const FindView& find_view) {
  return ViewReader(std::move(table), name, schema, find_view).read();
}

}  // namespace tidemark
