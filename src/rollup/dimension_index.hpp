#pragma once
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/key.hpp"
#include "model/span_batch.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Interns canonical keys: each gets an id that is short and keeps the buckets of one first value together.
/// New ids are given out at once and become the store's with the batch that first uses them.
/// Threads: one at a time (whoever prepares the writer's next block).
class DimensionIndex {
 public:
  explicit DimensionIndex(const Store& store);

  /// The ids of canonical keys, in their order. Valid until the next call.
  std::span<const DimensionsId> ids_of(std::span<const std::string_view> canonical);

  /// Adds what is new since the last confirm() to `batch`.
  void write(KvBatch& batch) const;
  /// What is new is in a batch that will be committed before all that come after it, or nothing will be any more.
  void confirm();
  /// Bounds the memory. Only while the store has all that was ever confirmed.
  void trim();

 private:
  DimensionsId stored_or_new(std::size_t known, const Digest& digest);
  std::uint32_t lead_of_value(std::string_view canonical);

  const Store& store_;
  TextDictionary known_;              ///< Canonical keys that were asked for.
  std::vector<DimensionsId> ids_;     ///< Theirs; 0: not worked out.
  std::vector<std::int64_t> asked_;   // reused
  std::vector<DimensionsId> answer_;  // reused
  std::unordered_map<Digest, std::uint32_t, DigestHash> leads_;
  struct New {
    Digest digest;
    DimensionsId id;
    std::size_t known;  ///< Position in `ids_`.
  };
  std::vector<New> new_ids_;
  std::vector<std::pair<Digest, std::uint32_t>> new_leads_;
  std::uint32_t next_lead_ = 1, next_number_ = 1;
};

}  // namespace tidemark
