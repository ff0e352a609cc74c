#pragma once
#include <tidemark/engine.hpp>

#include "store/store.hpp"

namespace tidemark {

/// Compares the groups of all recents, as of `at`, with the raw spans that survive in the blocks before `end`: none of their
/// uses may be later than what the group's record has of the same thing, or newer than the oldest that it holds. Adds to
/// `report`. Uses whose raw spans are gone cannot be told from wrong ones, and are not looked at; neither are the uses that a
/// group of a recent with a window lacks, because it may have been dropped meanwhile.
/// Spans are done a chunk at a time, so that memory stays bounded whatever the log holds.
void verify_recents(const Store& store, std::uint64_t end, const SnapshotPtr& at, VerifyReport& report,
                    const Progress& progress);

}  // namespace tidemark
