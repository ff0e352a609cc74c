#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "model/bucket.hpp"
#include "model/read_models.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// What a view knows of a bucket by its dimensions alone: whether its conditions hold, the key of its row, and the values
/// that are counted. Worked out once for each combination of dimensions.
class ViewScope {
 public:
  /// `conditions`: beside the view's `where`, each of which may hold or not. `counted`: fields whose values get numbers.
  /// `tables`: by Schema::tables; those that the view does not use may be empty. All of it outlives this.
  ViewScope(const ViewDef& view, const std::vector<DimensionRows>& tables, std::vector<const Predicate*> conditions,
            std::vector<int> counted);

  static constexpr std::uint32_t kNone = UINT32_MAX;
  struct Place {
    bool wanted = false;                 ///< Whether the view's `where` holds.
    std::uint32_t key = 0;               ///< A number, from 0.
    std::vector<bool> holds;             ///< By `conditions`.
    std::vector<std::uint32_t> counted;  ///< By `counted`: the value's number, kNone where it is absent.
  };
  const Place& of(const Bucket& bucket);

  /// The number of a row's key that no bucket has yet, or the one it has: for views that have a row in any case.
  std::uint32_t empty_key();
  std::size_t keys() const { return keys_.size(); }
  /// The row's key, in the order of ViewDef::by.
  const std::vector<Cell>& key(std::uint32_t number) const { return keys_[number].cells; }
  /// The value of a field that the key decides.
  const Cell& attribute(std::uint32_t number, int field) const {
    return keys_[number].scope[static_cast<std::size_t>(field)];
  }

 private:
  struct Key {
    std::vector<Cell> cells;
    std::vector<Cell> scope;  ///< All fields, of the first bucket that came.
  };
  std::vector<Cell> cells_of(const Bucket& bucket) const;
  Place place_of(const Bucket& bucket);
  std::uint32_t number_of(std::vector<Cell> cells, std::vector<Cell> scope);

  const ViewDef& view_;
  const std::vector<DimensionRows>& tables_;
  std::vector<const Predicate*> conditions_;
  std::vector<int> counted_;
  std::unordered_map<std::uint64_t, Place> by_id_;
  std::map<std::vector<DimensionValue>, Place> by_values_;
  std::map<std::string, std::uint32_t> key_numbers_;
  std::vector<Key> keys_;
  std::vector<std::unordered_map<std::string, std::uint32_t>> value_numbers_;
};

/// Which dimensions' values a view needs: indices into RollupDef::by, ascending.
std::vector<int> dimensions_of(const ViewDef& view);

/// Which dimension tables a view needs: indices into Schema::tables, ascending.
std::vector<int> tables_of(const ViewDef& view);

/// Whether a condition holds of a row of cells, by field. An empty text is absent.
bool holds(const Predicate& condition, const std::vector<Cell>& scope);

}  // namespace tidemark
