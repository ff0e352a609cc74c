#include "store/dimensions_reader.hpp"

#include <algorithm>

namespace tidemark {
namespace {

/// Whether the values at those positions, which ascend, are the wanted ones.
bool has_values(std::string_view canonical, const DimensionsReader::Wanted& wanted) {
  int at = 0;
  for (const auto& [dimension, value] : wanted) {
    for (; at < dimension && !canonical.empty(); ++at) canonical.remove_prefix(first_of_key(canonical).size());
    if (!canonical.starts_with(value)) return false;
  }
  return true;
}

}  // namespace

std::string_view DimensionsReader::get(DimensionsId id) {
  if (id < last_) entries_.restart();
  last_ = id;
  key_ = dimensions_by_id(id);
  const auto canonical = entries_.get(key_);
  if (!canonical) throw unknown_dimensions(id);
  return *canonical;
}

std::vector<DimensionsId> DimensionsReader::with_values(DimensionsId first, DimensionsId end, const Wanted& wanted) {
  std::vector<DimensionsId> ids;
  entries_.restart();
  key_ = dimensions_by_id(first);
  for (bool more = entries_.move_to(key_); more; entries_.next(), more = entries_.valid()) {
    if (entries_.key().front() != key_.front()) break;
    const DimensionsId id = ByteReader(entries_.key().substr(1)).big_endian<DimensionsId>();
    if (id >= end) break;
    if (has_values(entries_.value(), wanted)) ids.push_back(id);
  }
  entries_.restart();
  return ids;
}

}  // namespace tidemark
