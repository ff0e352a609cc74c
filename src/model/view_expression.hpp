#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "model/schema.hpp"

namespace tidemark {

/// Reads a view's column, such as `sum(failed_runs) / sum(total_runs)`; docs/views.md, "Columns". `view` has its rollup,
/// scope and `by` already. The result has no name yet; its `text` is the canonical form, which reads back as the same.
/// Errors: InputError, `column 12 of the expression: expected …, found …`.
ViewColumn parse_view_column(std::string_view text, const Schema& schema, const ViewDef& view);

/// Reads `total_runs > 0 and failure_rate >= 0.5`, of columns of the layout that are numbers.
/// Errors: InputError, as above.
std::vector<ViewDef::Comparison> parse_having(std::string_view text, const Schema& schema, const ViewDef& view);

/// The canonical texts.
std::string format_having(const std::vector<ViewDef::Comparison>& having, const Schema& schema, const ViewDef& view);
std::string_view name_of(ViewDef::Comparison::Op op);

}  // namespace tidemark
