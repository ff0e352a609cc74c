#pragma once
#include <random>
#include <string>
#include <vector>

#include "model/bucket.hpp"
#include "model/schema.hpp"
#include "sink/sink.hpp"

/// A schema with every kind of column, and buckets of it.
namespace tidemark::samples {

/// Rollups `kinds` (hourly, by owner, result, labels and manual; every aggregate) and `totals` (no hours; by owner).
inline constexpr int kKinds = 0;
inline constexpr int kTotals = 1;
SchemaPtr sample_schema();

/// The same with one more column in each rollup: `late_runs` and `late_notes` in `kinds`, `late_size` in `totals`.
SchemaPtr extended_schema();

/// What a bucket is made of: any number of spans with random fields, or states at their limits.
class BucketMaker {
 public:
  explicit BucketMaker(std::uint64_t seed) : random_(seed) {}

  /// A bucket of `spans` spans, each field of which is there or not.
  Bucket make(const Schema& schema, int rollup, int spans);
  std::uint64_t number(std::uint64_t below) { return random_() % below; }
  std::string text();

 private:
  void add_span(const SourceDef& source, const RollupDef& rollup, Bucket& bucket);

  std::mt19937_64 random_;
};

/// One span's values by field name; what is not named is absent.
struct Fields {
  std::vector<std::pair<std::string, std::int64_t>> numbers;
  std::vector<std::pair<std::string, std::string>> texts;
  Instant time;
  Digest identity;
};
void fold(const SourceDef& source, const RollupDef& rollup, const Fields& fields, Bucket& bucket);

/// A bucket without spans, with dimensions of the rollup's types and its key.
Bucket empty_bucket(const Schema& schema, int rollup, const std::string& owner);
/// After dimensions were changed.
void set_key(Bucket& bucket);

/// Sends rows of two agents and three hours for owner `acme`, and one of another owner. The durations of all of acme's.
Distribution send_two_agents(const Schema& schema, Sink& sink);

/// Fails the running test unless both are the same row: key, counters, results to the bit, and states as encoded.
void require_same(const RollupDef& rollup, const Bucket& expected, const Bucket& actual);

}  // namespace tidemark::samples
