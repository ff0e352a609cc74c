#pragma once
#include <string>

#include <tidemark/views.hpp>

#include "http/http_support.hpp"
#include "http/view_pages.hpp"

/// Views as a refresh left them, without one.
namespace tidemark::test {

/// What a view's `number`-th refresh made: `rows` rows of which each says the number, at `kNow` and so many seconds.
ViewRows refreshed(const std::string& name, std::int64_t number, std::size_t rows = 3);
ViewRows refreshed_public(const std::string& name, std::int64_t number, std::size_t rows = 3);
/// The same after a further attempt that failed with this error.
ViewRows then_failed(ViewRows view, const std::string& error);
ViewRows never_refreshed(const std::string& name);

/// Puts it on the server; `next` as in ViewPage.
void publish(Running& running, const ViewRows& view, std::optional<Instant> next = {});

}  // namespace tidemark::test
