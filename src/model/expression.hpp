#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "model/schema.hpp"

namespace tidemark {

/// The longest column expression, in bytes, and the most literals in one list.
inline constexpr std::size_t kMaxExpressionBytes = 16'384;
inline constexpr std::size_t kMaxLiterals = 1'000;

/// A column's declaration, such as `percentile_cont(0.95, duration) where result = 'failure'`, checked against the
/// fields of its source.
struct ColumnExpression {
  AggregateKind kind = AggregateKind::count;
  int field = -1;         ///< -1 for count().
  int second_field = -1;  ///< corr's second measure.
  double percentile = 0;  ///< Only for percentile_cont.
  Predicate where;        ///< Empty: every span.
};

/// Reads an expression; docs/schema.md, "Column expressions". `median(m)` becomes `percentile_cont(0.5, m)`; words of
/// the language may be written in any case, names of fields may not. Literals of one list are sorted, without repeats.
/// Errors: InputError, `column 12 of the expression: expected …, found …`; columns are counted from 1, in bytes.
ColumnExpression parse_expression(std::string_view text, const SourceDef& source);

/// Whether a field's name is a word of the language, and therefore can't be used.
bool is_reserved_word(std::string_view name);

/// The canonical text: equal expressions give equal texts, and parse_expression reads it back as the same.
std::string format_expression(const ColumnExpression& expression, const SourceDef& source);

/// The canonical text of the state behind it (SlotDef::text): the same without the percentile.
std::string format_state(const ColumnExpression& expression, const SourceDef& source);

}  // namespace tidemark
