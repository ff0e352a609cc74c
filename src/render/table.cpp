#include "render/table.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <span>

#include "render/text_table.hpp"

namespace tidemark {

namespace {

/// Three decimals where that shows the number; four digits and an exponent where it is too large or too small for it.
std::string number_text(double v) {
  if (!std::isfinite(v)) return std::isnan(v) ? "NaN" : v > 0 ? "Infinity" : "-Infinity";
  char digits[64];
  const double size = std::fabs(v);
  const bool plain = size == 0 || (size >= 0.0005 && size < 1e15);
  const auto end = plain ? std::to_chars(digits, digits + sizeof digits, v, std::chars_format::fixed, 3).ptr
                         : std::to_chars(digits, digits + sizeof digits, v, std::chars_format::general, 4).ptr;
  return {digits, end};
}

/// Adds 1 to the last digit of decimal text, carrying on to the left.
void round_up(std::string& text) {
  for (std::size_t i = text.size(); i-- > 0;) {
    if (text[i] == '.' || text[i] == '-') continue;
    if (text[i] != '9') return void(++text[i]);
    text[i] = '0';
  }
  text.insert(text.starts_with('-') ? 1 : 0, "1");
}

/// A decimal, rounded to three places in its text: a double would lose digits before the point.
std::string decimal_text(std::string text) {
  const std::size_t point = text.find('.');
  if (point == std::string::npos || text.size() <= point + 4) return text;
  const bool up = text[point + 4] >= '5';
  text.resize(point + 4);
  if (up) round_up(text);
  return text;
}

std::string list_text(std::span<const std::string> list) {
  std::string out;
  for (const std::string& item : list) {
    if (!out.empty()) out += ',';
    out += printable(item);
  }
  return out;
}

bool is_number(const Value& v) {
  return v.kind() == Value::Kind::integer || v.kind() == Value::Kind::real || v.kind() == Value::Kind::decimal;
}

/// A column of numbers, and perhaps NULLs.
bool is_numeric_column(const Table& table, std::size_t column) {
  bool any = false;
  for (const Row row : table.rows) {
    if (is_number(row[column]))
      any = true;
    else if (!row[column].is_null())
      return false;
  }
  return any;
}

template <typename Visit>
void each_row(const Table& table, RowRange range, const Visit& visit) {
  const std::size_t end = std::min(range.end, table.rows.size());
  for (std::size_t r = range.begin; r < end; ++r) visit(table.rows[r]);
}

void append_json_row(std::string& out, const std::vector<std::string>& keys, const Row& row) {
  out += '{';
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i != 0) out += ", ";
    out += keys[i] + ": ";
    append_json(out, row[i]);
  }
  out += '}';
}

}  // namespace

std::string cell_text(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null: return "-";
    case Value::Kind::real: return number_text(value.real());
    case Value::Kind::decimal: return decimal_text(value.to_string());
    case Value::Kind::text: return printable(value.text());
    case Value::Kind::text_list: return list_text(value.list());
    case Value::Kind::integer:
    case Value::Kind::instant:
    case Value::Kind::boolean: return value.to_string();
  }
  return {};
}

std::string table_text(const Table& table, std::size_t max_width, RowRange range) {
  std::vector<TextColumn> columns;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    columns.push_back({printable(table.columns[i]), is_numeric_column(table, i)});
  }
  std::vector<std::vector<std::string>> rows;
  each_row(table, range, [&](const Row& row) {
    auto& cells = rows.emplace_back();
    for (const Value& value : row) cells.push_back(cell_text(value));
  });
  return text_table(columns, rows, max_width) + '(' + counted(rows.size(), "row") + ")\n";
}

std::string table_csv(const Table& table, RowRange range) {
  std::string out;
  const auto end_of_field = [&](std::size_t i) { out += i + 1 == table.columns.size() ? "\r\n" : ","; };
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    append_csv(out, Value(table.columns[i]));
    end_of_field(i);
  }
  each_row(table, range, [&](const Row& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      append_csv(out, row[i]);
      end_of_field(i);
    }
  });
  return out;
}

std::vector<std::string> json_keys(const Table& table) {
  std::vector<std::string> keys;
  for (const std::string& column : table.columns) append_json_text(keys.emplace_back(), column);
  return keys;
}

void append_json_rows(std::string& out, const Table& table, const std::vector<std::string>& keys, RowRange range) {
  bool first = true;
  each_row(table, range, [&](const Row& row) {
    if (!first) out += ",\n";
    first = false;
    append_json_row(out, keys, row);
  });
}

std::string table_json(const Table& table, RowRange range, std::optional<std::string_view> next) {
  const std::vector<std::string> keys = json_keys(table);
  std::string out = "{\n\"columns\": [";
  for (std::size_t i = 0; i < keys.size(); ++i) out += (i == 0 ? "" : ", ") + keys[i];
  out += "],\n\"rows\": [";
  if (range.begin < std::min(range.end, table.rows.size())) out += '\n';
  append_json_rows(out, table, keys, range);
  out += "],\n\"notes\": [";
  for (std::size_t i = 0; i < table.notes.size(); ++i) {
    if (i != 0) out += ", ";
    append_json_text(out, table.notes[i]);
  }
  out += ']';
  if (next) {
    out += ",\n\"next\": ";
    append_json(out, next->empty() ? Value() : Value(*next));
  }
  return out += "\n}\n";
}

std::string table_ndjson(const Table& table, RowRange range) {
  const std::vector<std::string> keys = json_keys(table);
  std::string out;
  each_row(table, range, [&](const Row& row) {
    append_json_row(out, keys, row);
    out += '\n';
  });
  return out;
}

}  // namespace tidemark
