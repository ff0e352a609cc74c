#pragma once
#include <tidemark/engine.hpp>

#include "store/catalog.hpp"
#include "store/kv.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Rollups and columns that are declared later are filled from the raw spans that survive: everything in the log up to
/// where their declaration found the two writers. What comes after is the writers' as ever. It runs before anything
/// else may open the store, in chunks with a position each, so a stop in between is gone on from.

/// Adds to `batch` the record of what a change of definitions has to fill, if anything.
void plan_fill(const KvStore& kv, const CatalogChange& change, KvBatch& batch);

bool fill_is_due(const KvStore& kv);

/// Does what was planned and removes the record.
/// Errors: StoreError; the next opening goes on.
/// Threads: exclusive use of the store.
void run_fill(Store& store, const Progress& progress);

}  // namespace tidemark
