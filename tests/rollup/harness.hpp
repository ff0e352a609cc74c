#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rollup/recompute.hpp"
#include "rollup/retention.hpp"
#include "rollup/writer.hpp"
#include "support/memory_kv.hpp"

namespace tidemark::test {

/// 2026-01-05T00:00:00Z, a Monday: where these tests' time begins.
inline constexpr Instant kStart{1767571200'000'000};

/// A span as the tests write it down.
struct TestSpan {
  std::string id;
  std::string owner = "acme";
  std::string job = "build";
  std::string result = "success";
  std::vector<std::string> labels = {"linux"};
  Instant ended = kStart;
  std::int64_t duration_us = 1'000'000;
  bool has_start = true;
  std::string run = {};
  Way way = Way::ndjson;  ///< The same for all of a request.
};

/// Two rollups of one source as the shipped definitions have them (one folded inline, one computed as a whole), and one
/// without hours. `more` is TOML behind it.
SchemaPtr test_schema(const std::string& more = {});
std::string test_schema_text(const std::string& more = {});

/// One life of a store: opened on a disk that outlives it. Destroying it is a kill: nothing is written then.
class TestStore {
 public:
  explicit TestStore(std::shared_ptr<MemoryDisk> disk, SchemaPtr schema = test_schema(), WriterOptions options = {},
                     RecomputeOptions recompute_options = {});

  IngestReport write(const std::vector<TestSpan>& spans, std::optional<Instant> now = {}, bool backfill = false);
  SpanBatch batch_of(const std::vector<TestSpan>& spans) const;
  std::vector<Bucket> buckets(const std::string& rollup, Instant now = kStart + days(400)) const;
  /// The only bucket of the rollup that has these values of `owner` and start; fails the test when there is none.
  Bucket bucket(const std::string& rollup, const std::string& owner, Instant start = kStart) const;

  std::unique_ptr<Store> store;
  std::unique_ptr<SinkRegistry> sinks;
  std::unique_ptr<Writer> writer;
  std::unique_ptr<Recompute> recompute;
  std::unique_ptr<Retention> retention;
};

/// The whole content of a bucket as text: dimensions, counters and every column, exactly.
std::string describe(const RollupDef& rollup, const Bucket& bucket);
/// All buckets of all rollups, sorted: two stores that say the same have equal ones.
std::map<std::string, std::string> describe_all(const TestStore& store);

/// What the rollups must say, worked out naively from distinct spans by sorting.
std::map<std::string, std::string> describe_naively(const Schema& schema, const std::vector<TestSpan>& spans);

}  // namespace tidemark::test
