#pragma once
#include <tidemark/engine.hpp>

#include "model/key.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Recomputes every bucket whose raw spans all survive, from them alone, and compares every state with what is stored,
/// byte for byte. Buckets are done a share at a time, so that memory stays bounded whatever the log holds.
/// And compares the recents with the same spans (rollup/verify_recents.hpp).
/// The store should be checkpointed first. Buckets that wait for the recompute pass are skipped, and counted as such.
/// Threads: one at a time; writers go on meanwhile.
VerifyReport verify_store(const Store& store, const Progress& progress = {});

/// Counts a mismatch, and keeps the first few in words.
void add_mismatch(VerifyReport& report, const std::string& what);
/// Dimension values: `acme / api / x64 linux`.
std::string in_words(const std::vector<DimensionValue>& values);

}  // namespace tidemark
