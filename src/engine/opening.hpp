#pragma once
#include <memory>

#include <tidemark/engine.hpp>

#include "engine/environment.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Opens the store of `options` under the right definitions: the given ones; else, for a store that was made under the
/// shipped ones, those of this program; else the store's own. Makes a new store when there is none. A change of
/// definitions is checked, recorded, and filled from raw spans before this returns; a fill that was interrupted is
/// finished first.
std::unique_ptr<Store> open_store(const EngineOptions& options, Instant now, const Progress& progress,
                                  const Environment& environment);

}  // namespace tidemark
