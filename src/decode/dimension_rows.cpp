#include "decode/dimension_rows.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include <tidemark/errors.hpp>

#include "decode/json_tree.hpp"
#include "model/decimal.hpp"
#include "model/nearest.hpp"
#include "model/schema_toml.hpp"
#include "model/span_batch.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

constexpr std::size_t kMaxShownBytes = 64;

std::string_view expected_of(FieldType type) {
  switch (type) {
    case FieldType::boolean: return "true or false";
    case FieldType::instant: return "an RFC 3339 instant such as 2026-01-01T00:00:04.5Z";
    case FieldType::duration: return "a number of seconds";
    case FieldType::number: return "a number";
    default: return "a text";
  }
}

std::string shown(std::string_view text) {
  std::string clean;
  repair_utf8(text.substr(0, kMaxShownBytes), clean);
  return "'" + clean + (text.size() > kMaxShownBytes ? "…'" : "'");
}

/// Nothing: the text is no value of that type.
std::optional<Cell> cell_of(const FieldDef& field, std::string_view text) {
  switch (field.type) {
    case FieldType::boolean:
      if (text == "true" || text == "t") return Cell(true);
      if (text == "false" || text == "f") return Cell(false);
      return std::nullopt;
    case FieldType::instant: {
      const auto instant = parse_rfc3339(text);
      return instant ? std::optional(Cell(*instant)) : std::nullopt;
    }
    case FieldType::duration:
    case FieldType::number: {
      const auto decimal = parse_decimal(text);
      const auto units = decimal ? to_fixed_point(*decimal, field.divisor, field.step) : std::nullopt;
      return units ? std::optional(Cell(Decimal{*units, field.divisor})) : std::nullopt;
    }
    default: {
      std::string clean;
      repair_utf8(text, clean);
      return Cell(std::move(clean));
    }
  }
}

/// Collects rows, whatever they are written in.
class RowsReader {
 public:
  RowsReader(const TableDef& table, const std::string& name) : table_(table), name_(name) {}

  [[noreturn]] void fail(std::size_t line, const std::string& message) const {
    throw InputError(name_ + ":" + std::to_string(line) + ": " + message);
  }

  /// Where a value of that name goes: -1 is the key. Nothing: nowhere.
  std::optional<int> place_of(std::string_view column) const {
    if (column == table_.key) return -1;
    const int at = table_.column_index(column);
    return at < 0 ? std::nullopt : std::optional(at);
  }

  [[noreturn]] void fail_column(std::size_t line, std::string_view column) const {
    std::vector<std::string_view> names{table_.key};
    for (const FieldDef& def : table_.columns) names.push_back(def.name);
    fail(line, "expected " + one_of(names) + ", found " + shown(column) + suggest(column, names));
  }

  void begin() {
    key_.reset();
    cells_.assign(table_.columns.size(), Cell());
  }

  void set(std::size_t line, int place, std::string_view text) {
    if (place < 0) {
      key_.emplace();
      repair_utf8(text, *key_);
      cut_text(*key_);
      return;
    }
    const FieldDef& field = table_.columns[static_cast<std::size_t>(place)];
    auto cell = cell_of(field, text);
    if (!cell) fail(line, field.name + ": expected " + std::string(expected_of(field.type)) + ", found " + shown(text));
    cells_[static_cast<std::size_t>(place)] = std::move(*cell);
  }

  void end(std::size_t line) {
    if (!key_ || key_->empty()) fail(line, "expected a value of the key '" + table_.key + "', found none");
    if (rows_.size() == SchemaLimits::kRows)
      fail(line, "expected at most " + std::to_string(SchemaLimits::kRows) + " rows");
    const auto [first, is_new] = lines_.emplace(*key_, line);
    if (!is_new)
      fail(line,
           "expected each key once, found " + shown(*key_) + " here and in line " + std::to_string(first->second));
    rows_.emplace(std::move(*key_), std::move(cells_));
  }

  DimensionRows finish() { return std::move(rows_); }
  const TableDef& table() const { return table_; }

 private:
  const TableDef& table_;
  const std::string& name_;
  DimensionRows rows_;
  std::map<std::string, std::size_t> lines_;
  std::optional<std::string> key_;
  std::vector<Cell> cells_;
};

/// Splits RFC 4180.
class CsvReader {
 public:
  struct Value {
    std::string text;
    bool quoted = false;
  };
  CsvReader(std::string_view document, const RowsReader& rows) : rest_(document), rows_(rows) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }

  /// Where the record that was read began.
  std::size_t line() const { return line_; }

  bool next(std::vector<Value>& record) {
    line_ = next_line_;
    record.clear();
    while (rest_.starts_with('\n') || rest_.starts_with("\r\n")) take_end();  // empty lines
    line_ = next_line_;
    if (rest_.empty()) return false;
    do record.push_back(value());
    while (take(','));
    if (!rest_.empty() && !take_end())
      rows_.fail(line_, "expected a comma or the end of the line behind a quoted value");
    return true;
  }

 private:
  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool take_end() {
    const std::size_t size = rest_.starts_with("\r\n") ? 2 : rest_.starts_with('\n') ? 1 : 0;
    rest_.remove_prefix(size);
    next_line_ += size > 0;
    return size > 0;
  }

  Value value() {
    if (take('"')) return {quoted(), true};
    const std::size_t end = std::min(rest_.find_first_of(",\n"), rest_.size());
    std::string_view text = rest_.substr(0, end);
    if (text.ends_with('\r') && end < rest_.size() && rest_[end] == '\n') text.remove_suffix(1);
    rest_.remove_prefix(text.size());
    return {std::string(text), false};
  }

  std::string quoted() {
    std::string text;
    for (;;) {
      const std::size_t quote = rest_.find('"');
      if (quote == std::string_view::npos)
        rows_.fail(line_, "expected a quote at the end of a quoted value, found none");
      const std::string_view part = rest_.substr(0, quote);
      next_line_ += static_cast<std::size_t>(std::count(part.begin(), part.end(), '\n'));
      text += part;
      rest_.remove_prefix(quote + 1);
      if (!take('"')) return text;
      text += '"';
    }
  }

  std::string_view rest_;
  const RowsReader& rows_;
  std::size_t line_ = 1, next_line_ = 1;
};

void read_csv(std::string_view document, RowsReader& rows) {
  CsvReader reader(document, rows);
  std::vector<CsvReader::Value> record;
  if (!reader.next(record))
    rows.fail(1, "expected a header with '" + rows.table().key + "' and attributes, found nothing");
  std::vector<int> places;
  for (const auto& column : record) {
    const auto place = rows.place_of(trim(column.text));
    if (!place) rows.fail_column(reader.line(), column.text);
    if (std::find(places.begin(), places.end(), *place) != places.end())
      rows.fail(reader.line(), "expected each attribute once, found " + shown(column.text) + " twice");
    places.push_back(*place);
  }
  if (std::find(places.begin(), places.end(), -1) == places.end())
    rows.fail(reader.line(), "expected the key '" + rows.table().key + "' in the header, found none");
  while (reader.next(record)) {
    if (record.size() != places.size())
      rows.fail(reader.line(),
                "expected " + std::to_string(places.size()) + " values, found " + std::to_string(record.size()));
    rows.begin();
    for (std::size_t i = 0; i < places.size(); ++i)
      if (record[i].quoted || !record[i].text.empty()) rows.set(reader.line(), places[i], record[i].text);
    rows.end(reader.line());
  }
}

void read_object(const JsonTree& tree, std::size_t line, RowsReader& rows) {
  using Kind = JsonTree::Kind;
  rows.begin();
  tree.each_member(tree.root(), [&](std::string_view key, const JsonTree::Node& value) {
    const auto place = rows.place_of(key);
    if (!place) rows.fail_column(line, key);
    const FieldDef* field = *place < 0 ? nullptr : &rows.table().columns[static_cast<std::size_t>(*place)];
    const FieldType type = field == nullptr ? FieldType::text : field->type;
    const bool is_number = type == FieldType::duration || type == FieldType::number;
    switch (value.kind()) {
      case Kind::null: return;
      case Kind::string:
        if (type == FieldType::boolean) break;
        return rows.set(line, *place, value.text());
      case Kind::number:
        if (!is_number) break;
        return rows.set(line, *place, value.text());
      case Kind::yes:
      case Kind::no:
        if (type != FieldType::boolean) break;
        return rows.set(line, *place, value.kind() == Kind::yes ? "true" : "false");
      default: break;
    }
    rows.fail(line, std::string(key) + ": expected " + std::string(expected_of(type)));
  });
  rows.end(line);
}

void read_ndjson(std::string_view document, RowsReader& rows) {
  JsonTree tree;
  for (std::size_t line = 1; !document.empty(); ++line) {
    const std::size_t end = std::min(document.find('\n'), document.size());
    const std::string_view text = trim(document.substr(0, end));
    document.remove_prefix(std::min(end + 1, document.size()));
    if (text.empty()) continue;
    std::size_t used = 0;
    if (tree.parse(text, used) != JsonTree::Status::ok) rows.fail(line, "expected an object: " + tree.message());
    if (tree.root().kind() != JsonTree::Kind::object || used < text.size())
      rows.fail(line, "expected one object a line, found something else");
    read_object(tree, line, rows);
  }
}

}  // namespace

DimensionRows decode_dimension_rows(const TableDef& table, std::string_view document, TableFormat format,
                                    const std::string& name) {
  RowsReader rows(table, name);
  if (format == TableFormat::csv)
    read_csv(document, rows);
  else
    read_ndjson(document, rows);
  return rows.finish();
}

}  // namespace tidemark
