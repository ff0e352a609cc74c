#include "model/view_expression.hpp"

#include <algorithm>
#include <array>

#include <tidemark/errors.hpp>

#include "model/decimal.hpp"
#include "model/expression.hpp"
#include "model/expression_lexer.hpp"
#include "model/nearest.hpp"
#include "model/predicate_text.hpp"
#include "model/view_layout.hpp"

namespace tidemark {
namespace {

using Kind = ViewOperand::Kind;

/// A function of a view, and the rollup's columns that it takes.
struct Function {
  std::string_view name;
  std::vector<AggregateKind> of;
};

const std::vector<Function>& functions() {
  using enum AggregateKind;
  static const std::vector<Function> all{{"sum", {count, sum}},  {"min", {min}},        {"max", {max}},
                                         {"first", {first}},     {"last", {last}},      {"avg", {avg}},
                                         {"count_distinct", {}}, {"regr_count", {corr}}};
  return all;
}

std::string quote_text(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? "''" : std::string(1, c);
  return quoted + "'";
}

class Parser {
 public:
  Parser(std::string_view text, const Schema& schema, const ViewDef& view)
      : lexer_(text), view_(view), rollup_(schema.rollups[static_cast<std::size_t>(view.rollup)]) {}

  ViewColumn parse() {
    ViewColumn column = lexer_.next().kind == Token::Kind::literal ? parse_constant() : parse_value();
    if (lexer_.next().kind != Token::Kind::end) lexer_.fail_expected("'where', '/' or the end");
    return column;
  }

 private:
  ViewColumn parse_constant() {
    ViewColumn column;
    column.kind = ViewColumn::Kind::constant;
    column.constant = lexer_.take().value;
    column.text = quote_text(column.constant);
    return column;
  }

  ViewColumn parse_value() {
    ViewColumn column;
    const int field = view_.scope_source.field_index(lexer_.next().text);
    if (lexer_.next().kind == Token::Kind::name && field >= 0) return parse_attribute(field);
    column.operand = parse_operand(column.text);
    const std::size_t at = lexer_.next().at;
    if (!lexer_.accept_sign("/")) return column;
    column.kind = ViewColumn::Kind::ratio;
    std::string divisor;
    column.divisor = parse_operand(divisor);
    column.text += " / " + divisor;
    for (const ViewOperand* operand : {&column.operand, &column.divisor})
      if (!adds_up(*operand))
        ExpressionLexer::fail(at, "expected counts or sums on both sides of '/', found '" + column.text + "'");
    return column;
  }

  bool adds_up(const ViewOperand& operand) const {
    if (operand.kind != Kind::merge) return true;
    const AggregateKind kind = rollup_.columns[static_cast<std::size_t>(operand.column)].kind;
    return kind == AggregateKind::count || kind == AggregateKind::sum || kind == AggregateKind::count_distinct;
  }

  /// A value that a row's key decides.
  ViewColumn parse_attribute(int field) {
    const Token token = lexer_.take();
    const ViewDef::Field& wanted = view_.scope[static_cast<std::size_t>(field)];
    const bool decided = std::any_of(view_.by.begin(), view_.by.end(), [&](int kept) {
      const ViewDef::Field& by = view_.scope[static_cast<std::size_t>(kept)];
      return kept == field || (by.table < 0 && by.dimension == wanted.dimension);
    });
    if (!decided)
      ExpressionLexer::fail(token.at, "expected " + describe(token) +
                                          " in 'by', or an aggregate such as count_distinct(" +
                                          std::string(token.text) + "), because a row has many of them");
    ViewColumn column;
    column.kind = ViewColumn::Kind::attribute;
    column.field = field;
    column.text = token.text;
    return column;
  }

  ViewOperand parse_operand(std::string& text) {
    if (lexer_.next().kind != Token::Kind::name) lexer_.fail_expected("an aggregate or a column of " + rollup_.name);
    const Token token = lexer_.take();
    ViewOperand operand;
    if (lexer_.accept_sign("(")) {
      parse_call(token, operand);
      lexer_.expect_sign(")");
    } else {
      operand.column = column_named(token);
    }
    text += format(operand);
    if (lexer_.accept_word("where")) {
      operand.where = parse_predicate(lexer_, view_.scope_source);
      text += " where " + format_predicate(operand.where, view_.scope_source);
    }
    return operand;
  }

  std::string format(const ViewOperand& operand) const {
    if (operand.kind == Kind::count_distinct)
      return "count_distinct(" + view_.scope_source.fields[static_cast<std::size_t>(operand.field)].name + ")";
    const ColumnDef& column = rollup_.columns[static_cast<std::size_t>(operand.column)];
    if (operand.kind == Kind::regr_count) return "regr_count(" + column.name + ")";
    if (column.kind == AggregateKind::count || column.kind == AggregateKind::sum) return "sum(" + column.name + ")";
    return column.name;
  }

  void parse_call(const Token& name, ViewOperand& operand) {
    const auto found = std::find_if(functions().begin(), functions().end(),
                                    [&](const Function& function) { return function.name == name.value; });
    if (found == functions().end()) fail_function(name);
    if (found->name == "count_distinct") return parse_distinct(operand);
    if (lexer_.next().kind != Token::Kind::name) lexer_.fail_expected("a column of " + rollup_.name);
    const Token token = lexer_.take();
    operand.column = column_named(token);
    operand.kind = found->name == "regr_count" ? Kind::regr_count : Kind::merge;
    const ColumnDef& column = rollup_.columns[static_cast<std::size_t>(operand.column)];
    if (std::find(found->of.begin(), found->of.end(), column.kind) != found->of.end()) return;
    std::string message = "expected a column of " + rollup_.name + " that is a " + kinds_of(*found) + ", found '" +
                          column.name + "', which is " + column.text;
    if (found->name != "regr_count") message += "; '" + column.name + "' by itself is that, merged exactly";
    ExpressionLexer::fail(token.at, message);
  }

  static std::string kinds_of(const Function& function) {
    std::string text;
    for (const AggregateKind kind : function.of) text += (text.empty() ? "" : " or ") + std::string(name_of(kind));
    return text;
  }

  [[noreturn]] void fail_function(const Token& name) const {
    std::vector<std::string_view> names;
    for (const Function& function : functions()) names.push_back(function.name);
    std::string message = "expected an aggregate (" + one_of(names) + "), or the name of a column of " + rollup_.name +
                          ", found " + describe(name) + suggest(name.value, names);
    if (name.value == "percentile_cont" || name.value == "median" || name.value == "corr")
      message += "; declare it as a column of " + rollup_.name + " and name that here: it is merged exactly";
    if (name.value == "count") message += "; write sum(…) of a column that counts";
    ExpressionLexer::fail(name.at, message);
  }

  void parse_distinct(ViewOperand& operand) {
    operand.kind = Kind::count_distinct;
    const Token token = lexer_.next();
    if (token.kind == Token::Kind::name && view_.scope_source.field_index(token.text) < 0 &&
        rollup_.column_index(token.text) >= 0) {
      operand.kind = Kind::merge;
      operand.column = column_named(lexer_.take());
      const ColumnDef& column = rollup_.columns[static_cast<std::size_t>(operand.column)];
      if (column.kind == AggregateKind::count_distinct) return;
      ExpressionLexer::fail(token.at, "expected a dimension or an attribute, found the column '" + column.name + "'");
    }
    operand.field = find_field(lexer_, view_.scope_source, "a dimension or an attribute");
  }

  int column_named(const Token& token) const {
    const int column = rollup_.column_index(token.text);
    if (column >= 0) return column;
    std::vector<std::string_view> names;
    for (const ColumnDef& def : rollup_.columns) names.push_back(def.name);
    ExpressionLexer::fail(token.at, "expected a column of " + rollup_.name + " (" + one_of(names) + "), found " +
                                        describe(token) + suggest(token.text, names));
  }

  ExpressionLexer lexer_;
  const ViewDef& view_;
  const RollupDef& rollup_;
};

using Op = ViewDef::Comparison::Op;
constexpr std::array<std::pair<std::string_view, Op>, 7> kOps{{{"<", Op::less},
                                                               {"<=", Op::less_equal},
                                                               {"=", Op::equal},
                                                               {"!=", Op::not_equal},
                                                               {">=", Op::greater_equal},
                                                               {">", Op::greater},
                                                               {"<>", Op::not_equal}}};

class HavingParser {
 public:
  HavingParser(std::string_view text, ViewLayout layout) : lexer_(text), layout_(std::move(layout)) {}

  std::vector<ViewDef::Comparison> parse() {
    std::vector<ViewDef::Comparison> all;
    do {
      if (all.size() == kMaxPredicateNodes)
        lexer_.fail_expected("at most " + std::to_string(kMaxPredicateNodes) + " comparisons");
      all.push_back(parse_comparison());
    } while (lexer_.accept_word("and"));
    if (lexer_.next().kind != Token::Kind::end) lexer_.fail_expected("'and' or the end");
    return all;
  }

 private:
  ViewDef::Comparison parse_comparison() {
    ViewDef::Comparison comparison;
    comparison.column = parse_column();
    const auto op =
        std::find_if(kOps.begin(), kOps.end(), [&](const auto& known) { return lexer_.next_is_sign(known.first); });
    if (op == kOps.end()) lexer_.fail_expected("'<', '<=', '=', '!=', '>=' or '>'");
    comparison.op = op->second;
    lexer_.take();
    if (lexer_.accept_sign("-")) comparison.number = "-";
    if (lexer_.next().kind != Token::Kind::number || !parse_decimal(lexer_.next().text))
      lexer_.fail_expected("a number");
    comparison.number += lexer_.take().text;
    return comparison;
  }

  int parse_column() {
    std::vector<std::string_view> names;
    for (const ViewLayout::Column& column : layout_.columns)
      if (is_number(column.type)) names.push_back(column.name);
    const Token token = lexer_.next();
    for (std::size_t i = 0; i < layout_.columns.size(); ++i) {
      if (token.kind != Token::Kind::name || layout_.columns[i].name != token.text) continue;
      if (!is_number(layout_.columns[i].type)) break;
      lexer_.take();
      return static_cast<int>(i);
    }
    ExpressionLexer::fail(token.at, "expected a column of the view that is a number" +
                                        (names.empty() ? "" : " (" + one_of(names) + ")") + ", found " +
                                        describe(token) + suggest(token.text, names));
  }

  static bool is_number(const ValueType& type) {
    return type.kind == ValueType::Kind::integer || type.kind == ValueType::Kind::numeric ||
           type.kind == ValueType::Kind::real;
  }

  ExpressionLexer lexer_;
  ViewLayout layout_;
};

void check_length(std::string_view text) {
  if (text.size() > kMaxExpressionBytes)
    throw InputError("expected an expression of at most " + std::to_string(kMaxExpressionBytes) + " bytes, found " +
                     std::to_string(text.size()));
}

}  // namespace

ViewColumn parse_view_column(std::string_view text, const Schema& schema, const ViewDef& view) {
  check_length(text);
  return Parser(text, schema, view).parse();
}

std::vector<ViewDef::Comparison> parse_having(std::string_view text, const Schema& schema, const ViewDef& view) {
  check_length(text);
  return HavingParser(text, view_layout(schema, view)).parse();
}

std::string format_having(const std::vector<ViewDef::Comparison>& having, const Schema& schema, const ViewDef& view) {
  const ViewLayout layout = view_layout(schema, view);
  std::string text;
  for (const ViewDef::Comparison& comparison : having)
    text += (text.empty() ? "" : " and ") + layout.columns[static_cast<std::size_t>(comparison.column)].name + " " +
            std::string(name_of(comparison.op)) + " " + comparison.number;
  return text;
}

std::string_view name_of(ViewDef::Comparison::Op op) {
  return std::find_if(kOps.begin(), kOps.end(), [&](const auto& known) { return known.second == op; })->first;
}

}  // namespace tidemark
