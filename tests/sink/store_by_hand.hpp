#pragma once
#include <cstdint>
#include <memory>

#include "sink/sync.hpp"
#include "support/memory_kv.hpp"

namespace tidemark::test {

inline constexpr Instant kStart{1767571200'000'000};  // 2026-01-05T00:00:00Z

/// A store in memory with rows put there by hand, as the two writers leave them: of one rollup, `hours`, by `owner`.
struct StoreByHand {
  std::shared_ptr<MemoryDisk> disk = std::make_shared<MemoryDisk>();
  SchemaPtr schema;
  std::unique_ptr<Store> store;
  std::unique_ptr<SinkRegistry> sinks;
  std::uint64_t position = 0;
  std::uint32_t drawn = 0;  ///< Nonces, so far.

  /// `agent`: who it is.
  explicit StoreByHand(std::uint8_t agent = 9);

  /// `owner` 1, 2, …; a computed counter of 0 leaves only the writer's row. The mark is for the sink that came first.
  void put_bucket(std::uint32_t owner, Instant start, std::uint64_t update, std::uint64_t computed, bool mark = true);

  SyncOutcome pass(Sink& to, Instant now, SyncPassOptions options = {});

  /// How many marks there are, of all sinks.
  std::size_t marks() const { return disk->size(Family::pending); }
};

}  // namespace tidemark::test
