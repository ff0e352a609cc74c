#pragma once
#include <memory>
#include <optional>
#include <string>

#include "http/host.hpp"
#include "http/view_pages.hpp"

namespace tidemark::http {

/// When the view is refreshed after `now` by its schedule; nothing: it has none.
/// Errors: InputError for a schedule or a zone that the engine would not have opened with.
std::optional<Instant> next_refresh(const ViewInfo& view, Instant now);

/// Prepares the page of a view as it stands in the host's store, or at one of its sinks. Threads: any.
/// Errors: those of Engine::view and ViewPages::publish.
void publish_view(Host& host, ViewPages& pages, const std::string& view, const std::string& sink = {});

}  // namespace tidemark::http
