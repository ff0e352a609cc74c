#pragma once
#include <string>
#include <string_view>

#include "model/expression_lexer.hpp"
#include "model/predicate.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// Reads a `where` clause's predicate up to the first token that does not belong to it.
/// Errors: InputError with the place in the expression.
Predicate parse_predicate(ExpressionLexer& lexer, const SourceDef& source);

/// The canonical text, with as few parentheses as it needs; parse_predicate reads it back as the same nodes.
std::string format_predicate(const Predicate& predicate, const SourceDef& source);

/// Takes a field's name and gives its index. `expected` is what a message asks for when there is no such field.
int find_field(ExpressionLexer& lexer, const SourceDef& source, std::string_view expected);

}  // namespace tidemark
