#pragma once
#include <memory>

#include <tidemark/engine.hpp>

#include "engine/environment.hpp"
#include "store/catalog.hpp"
#include "store/kv.hpp"

namespace tidemark {

/// Begins a new epoch when the store finds itself in another place than it was opened in before: it is a copy, or was
/// restored. First everything in its log is computed into the rows of the epoch that ends, so that these are exact and
/// nothing touches them again. Stopped anywhere, the next opening does it again.
/// The store must be open for writing, with no fill due. Errors: StoreError.
void begin_epoch_if_moved(const std::shared_ptr<KvStore>& kv, const Catalog& catalog, const EngineOptions& options,
                          const Progress& progress, const Environment& environment);

}  // namespace tidemark
