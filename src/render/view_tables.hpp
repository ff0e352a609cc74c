#pragma once
#include <vector>

#include <tidemark/table.hpp>
#include <tidemark/views.hpp>

/// Views and their refreshes as tables, for commands and the HTTP API. Pure. Contract: docs/cli.md, "views".
namespace tidemark {

/// A row for each view: how it stands.
Table views_table(const std::vector<ViewInfo>& views);

/// A row for each attempt.
Table refreshes_table(const std::vector<Refresh>& attempts);

}  // namespace tidemark
