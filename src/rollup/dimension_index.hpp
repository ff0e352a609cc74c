#pragma once
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "model/key.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Interns canonical keys: each gets an id that is short and keeps the buckets of one first value together.
/// New ids are given out at once and become the store's with the batch that first uses them.
/// Threads: one at a time (the writer's commit lock).
class DimensionIndex {
 public:
  explicit DimensionIndex(const Store& store);

  /// The id of a canonical key.
  DimensionsId id_of(std::string_view canonical);

  /// Adds what is new since the last confirm() to `batch`.
  void write(KvBatch& batch) const;
  /// The batch is committed: what was new is the store's.
  void confirm();
  /// The batch was not committed: what was new is forgotten.
  void roll_back();

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  using Ids = std::unordered_map<std::string, DimensionsId, TextHash, std::equal_to<>>;

  std::uint32_t lead_of_value(std::string_view canonical);

  const Store& store_;
  Ids ids_;
  std::unordered_map<Digest, std::uint32_t, DigestHash> leads_;
  struct New {
    Digest digest;
    DimensionsId id;
    std::string canonical;
  };
  std::vector<New> new_ids_;
  std::vector<std::pair<Digest, std::uint32_t>> new_leads_;
  std::uint32_t next_lead_ = 1, next_number_ = 1;
  std::uint32_t confirmed_lead_ = 1, confirmed_number_ = 1;
};

}  // namespace tidemark
