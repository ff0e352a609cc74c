#pragma once
#include <tidemark/engine.hpp>

#include "store/store.hpp"

namespace tidemark {

/// Recents that are declared later, or with another meaning, are built from the raw spans that survive: everything in the
/// log up to where their declaration found the writer. What comes after is the writer's as ever. Those that are to keep
/// more, or for longer, add what these spans say to what they have; those that are gone are erased, with what waited of
/// them. It runs before anything else may open the store, in chunks with a position each, so a stop in between is gone on
/// from.

/// Whether the store's recents differ from its definitions.
bool recent_fill_is_due(const Store& store);

/// Errors: StoreError; the next opening goes on.
/// Threads: exclusive use of the store.
void run_recent_fill(const Store& store, const Progress& progress);

}  // namespace tidemark
