#include "read/view_scope.hpp"

#include <algorithm>
#include <set>

namespace tidemark {
namespace {

/// Equal cells give equal bytes, and different ones different bytes.
void put_cell(std::string& out, const Cell& cell) {
  put_u8(out, static_cast<std::uint8_t>(cell.index()));
  struct Put {
    std::string& out;
    void operator()(std::monostate) const {}
    void operator()(std::int64_t v) const { put_signed(out, v); }
    void operator()(const Decimal& v) const { put_int128(out, v.units); }
    void operator()(double v) const { put_little_endian(out, v); }
    void operator()(const std::string& v) const { put_text(out, v); }
    void operator()(const std::vector<std::string>& v) const {
      put_varint(out, v.size());
      for (const std::string& text : v) put_text(out, text);
    }
    void operator()(Instant v) const { put_signed(out, v.us); }
    void operator()(bool v) const { put_u8(out, v ? 1 : 0); }
  };
  std::visit(Put{out}, cell);
}

bool is_absent(const Cell& cell) {
  const auto* text = std::get_if<std::string>(&cell);
  return is_null(cell) || (text != nullptr && text->empty());
}

Cell cell_of(const DimensionValue& value, FieldType type) {
  if (value.is_set) return value.labels;
  if (type != FieldType::boolean) return value.text;
  return value.text.empty() ? Cell() : Cell(value.text == "true");
}

Truth truth_of(const Predicate::Node& node, const Cell& cell) {
  if (is_absent(cell)) return Truth::unknown;
  if (const auto* flag = std::get_if<bool>(&cell)) return *flag == node.flag ? Truth::yes : Truth::no;
  const auto* text = std::get_if<std::string>(&cell);
  const bool equal = text != nullptr && std::binary_search(node.literals.begin(), node.literals.end(), *text);
  return equal ? Truth::yes : Truth::no;
}

void add_fields(const Predicate& where, std::set<int>& fields) {
  for (const Predicate::Node& node : where.nodes)
    if (node.field >= 0) fields.insert(node.field);
}

/// What the view names of its scope.
std::set<int> fields_of(const ViewDef& view) {
  std::set<int> fields(view.by.begin(), view.by.end());
  add_fields(view.where, fields);
  for (const auto& set : view.sets) {
    for (const ViewColumn& column : set) {
      if (column.field >= 0) fields.insert(column.field);
      for (const ViewOperand* operand : {&column.operand, &column.divisor}) {
        if (operand->field >= 0) fields.insert(operand->field);
        add_fields(operand->where, fields);
      }
    }
  }
  return fields;
}

}  // namespace

bool holds(const Predicate& condition, const std::vector<Cell>& scope) {
  if (condition.always()) return true;
  std::vector<Truth> stack;
  const auto combine = [&](Truth (*with)(Truth, Truth)) {
    const Truth right = stack.back();
    stack.pop_back();
    stack.back() = with(stack.back(), right);
  };
  for (const Predicate::Node& node : condition.nodes) {
    switch (node.op) {
      case Predicate::Op::equals_any:
      case Predicate::Op::truth_is: stack.push_back(truth_of(node, scope[static_cast<std::size_t>(node.field)])); break;
      case Predicate::Op::logical_not: stack.back() = truth_not(stack.back()); break;
      case Predicate::Op::logical_and: combine(truth_and); break;
      case Predicate::Op::logical_or: combine(truth_or); break;
    }
  }
  return stack.back() == Truth::yes;
}

std::vector<int> dimensions_of(const ViewDef& view) {
  std::set<int> dimensions;
  for (const int field : fields_of(view)) dimensions.insert(view.scope[static_cast<std::size_t>(field)].dimension);
  return {dimensions.begin(), dimensions.end()};
}

std::vector<int> tables_of(const ViewDef& view) {
  std::set<int> tables;
  for (const int field : fields_of(view)) tables.insert(view.scope[static_cast<std::size_t>(field)].table);
  tables.erase(-1);
  return {tables.begin(), tables.end()};
}

ViewScope::ViewScope(const ViewDef& view, const std::vector<DimensionRows>& tables,
                     std::vector<const Predicate*> conditions, std::vector<int> counted)
    : view_(view),
      tables_(tables),
      conditions_(std::move(conditions)),
      counted_(std::move(counted)),
      value_numbers_(counted_.size()) {}

const ViewScope::Place& ViewScope::of(const Bucket& bucket) {
  if (bucket.dimensions_id != 0) {
    const auto [at, is_new] = by_id_.try_emplace(bucket.dimensions_id);
    if (is_new) at->second = place_of(bucket);
    return at->second;
  }
  const auto [at, is_new] = by_values_.try_emplace(bucket.dimensions);
  if (is_new) at->second = place_of(bucket);
  return at->second;
}

std::vector<Cell> ViewScope::cells_of(const Bucket& bucket) const {
  std::vector<Cell> cells;
  cells.reserve(view_.scope.size());
  for (std::size_t f = 0; f < view_.scope.size(); ++f) {
    const ViewDef::Field& field = view_.scope[f];
    const DimensionValue& value = bucket.dimensions[static_cast<std::size_t>(field.dimension)];
    if (field.table < 0) {
      cells.push_back(cell_of(value, view_.scope_source.fields[f].type));
      continue;
    }
    const DimensionRows& rows = tables_[static_cast<std::size_t>(field.table)];
    const auto row = rows.find(value.text);
    cells.push_back(row == rows.end() ? Cell() : row->second[static_cast<std::size_t>(field.column)]);
  }
  return cells;
}

ViewScope::Place ViewScope::place_of(const Bucket& bucket) {
  std::vector<Cell> scope = cells_of(bucket);
  Place place;
  place.wanted = tidemark::holds(view_.where, scope);
  if (!place.wanted) return place;
  for (const Predicate* condition : conditions_) place.holds.push_back(tidemark::holds(*condition, scope));
  for (std::size_t c = 0; c < counted_.size(); ++c) {
    const Cell& cell = scope[static_cast<std::size_t>(counted_[c])];
    std::string bytes;
    put_cell(bytes, cell);
    auto& numbers = value_numbers_[c];
    place.counted.push_back(
        is_absent(cell) ? kNone : numbers.emplace(bytes, static_cast<std::uint32_t>(numbers.size())).first->second);
  }
  std::vector<Cell> cells;
  for (const int field : view_.by) cells.push_back(scope[static_cast<std::size_t>(field)]);
  place.key = number_of(std::move(cells), std::move(scope));
  return place;
}

std::uint32_t ViewScope::empty_key() {
  return number_of(std::vector<Cell>(view_.by.size()), std::vector<Cell>(view_.scope.size()));
}

std::uint32_t ViewScope::number_of(std::vector<Cell> cells, std::vector<Cell> scope) {
  std::string bytes;
  for (const Cell& cell : cells) put_cell(bytes, cell);
  const auto [at, is_new] = key_numbers_.emplace(std::move(bytes), static_cast<std::uint32_t>(keys_.size()));
  if (is_new) keys_.push_back({std::move(cells), std::move(scope)});
  return at->second;
}

}  // namespace tidemark
