#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/bucket_source.hpp"
#include "model/read_models.hpp"
#include "model/schema_toml.hpp"
#include "read/view_plan.hpp"

/// Runs to make views of: events in, the rows of a view out.
namespace tidemark::test {

/// One run of one account. An empty text is absent.
struct Run {
  std::string account;
  std::string kind;
  Instant ended;
  std::int64_t duration_us = 0;
  std::int64_t cost_cents = 0;
  bool failed = false;
};

/// The definitions of a source `run` and a rollup `runs` by account and kind, `view` being what comes below them.
SchemaPtr runs_schema(const std::string& views);

/// Buckets of the rollup `runs`, as `agents` agents would have them: each takes every so-manieth run.
class RunBuckets : public BucketSource {
 public:
  RunBuckets(SchemaPtr schema, const std::vector<Run>& runs, std::size_t agents = 1);
  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override;
  std::size_t scans = 0;

 private:
  std::vector<Bucket> buckets_;
};

/// A view's rows, each as its values' texts, NULL as `-`.
std::vector<std::vector<std::string>> rows_of(const Schema& schema, const std::string& view, const std::vector<Run>& runs,
                                              Instant now, const DimensionRows& accounts = {}, std::size_t agents = 1);

/// `free` or not, internal or not.
inline std::vector<Cell> account(const std::string& plan, bool internal) { return {plan, internal}; }

}  // namespace tidemark::test
