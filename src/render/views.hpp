#pragma once
#include <vector>

#include <tidemark/views.hpp>

#include "render/report.hpp"

/// Views and their refreshes as JSON. Pure. Contract: docs/cli.md and docs/http.md, "Views".
namespace tidemark {

/// An attempt: `id`, `view`, `by`, `status`, `started_at`, `completed_at`, `duration_seconds`, `rows`, `error`.
Report refresh_json(const Refresh& refresh);
/// A list of attempts.
Report refreshes_json(const std::vector<Refresh>& refreshes);
/// A view: `name`, `from`, `schedule`, `time_zone`, `public`, `refreshed_at`, `rows` of the refresh that made the present
/// ones, and `last_refresh`.
Report view_json(const ViewInfo& view);
/// A list of views.
Report views_json(const std::vector<ViewInfo>& views);

}  // namespace tidemark
