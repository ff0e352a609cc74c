#pragma once
#include "store/store.hpp"

/// Cuts the present epoch in two: what was accepted from a block on leaves the rows of the old epoch and makes rows of a
/// new one, as if that epoch had begun with the block. For a store that finds out late that another one has its identity:
/// the sink's rows of the old epoch are the other's, and this store's spans since go by themselves.
///
/// When the old epoch is sealed, so is the new one.
///
/// Buckets whose first span came after the cut move as they are. Of the others, the spans after the cut are made from the
/// log into a row of the new epoch, and taken out of the old row: by building that anew where all of its raw spans survive,
/// else by taking away (Aggregate::remove). Spans after the cut whose raw data retention has dropped stay in the old row of
/// a bucket that began before it.
///
/// Stopped anywhere, the next opening goes on: the first thing written is what is to be done, and each bucket changes at
/// once.
/// Threads: exclusive use of the store. Errors: StoreError.
namespace tidemark {

/// Plans a cut at `next.start`. The log must be computed to its end. Durable when it returns.
void plan_epoch_split(const Store& store, const meta::Epoch& next);

bool epoch_split_is_due(const KvStore& kv);

/// Does what was planned. `store` still has the old epoch as its present one; opened anew, it has the next.
void run_epoch_split(const Store& store);

}  // namespace tidemark
