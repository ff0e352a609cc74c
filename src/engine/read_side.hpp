#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/views.hpp>

#include "model/bucket_source.hpp"
#include "model/read_models.hpp"
#include "model/recent.hpp"
#include "model/schema.hpp"

namespace tidemark {

/// What a place's read side works on. All of it outlives the read side.
class ReadPlace {
 public:
  virtual ~ReadPlace() = default;
  virtual const Schema& schema() const = 0;
  virtual ReadModels& models() = 0;
  /// The place's buckets, as `now` has them finished; good until the next call.
  virtual BucketSource& buckets(Instant now) = 0;
  virtual std::string refreshed_by() const = 0;
  /// The last used things of a recent's group: newest first, at most `limit`, none used before `since`. `recent` is an index
  /// into Schema::recents, `group` the canonical key.
  virtual std::vector<RecentUse> recent(int recent, const std::string& group, std::size_t limit,
                                        std::optional<Instant> since) = 0;
};

std::unique_ptr<ReadSide> read_side_of(std::unique_ptr<ReadPlace> place);

}  // namespace tidemark
