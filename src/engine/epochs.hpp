#pragma once
#include <memory>

#include <tidemark/engine.hpp>

#include "engine/environment.hpp"
#include "sink/check_in.hpp"
#include "store/catalog.hpp"
#include "store/kv.hpp"

namespace tidemark {

/// Begins a new epoch when the store finds itself in another place than it was opened in before: it is a copy, or was
/// restored; and when its epoch was sealed. First everything in its log is computed into the rows of the epoch that ends,
/// so that these are exact and nothing touches them again. Finishes a cut that was interrupted.
/// Stopped anywhere, the next opening does it again.
/// The store must be open for writing, with no fill due. Errors: StoreError.
void begin_epoch_if_due(const std::shared_ptr<KvStore>& kv, const Catalog& catalog, const EngineOptions& options,
                        const Progress& progress, const Environment& environment);

/// Begins a new epoch because a sink found the present one to be another store's, too. It begins where the store was
/// last known to be alone: with what was accepted since the last check-in that a sink confirmed. Returns how many spans
/// that is, all of which may count twice, because the other one may have them.
/// The store must be computed, checkpointed and used by nobody. Errors: StoreError.
std::uint64_t begin_forked_epoch(const std::shared_ptr<KvStore>& kv, const Catalog& catalog,
                                 const EngineOptions& options, const Environment& environment, const Fork& fork);

}  // namespace tidemark
