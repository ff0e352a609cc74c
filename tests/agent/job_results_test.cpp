#include "agent/job_results.hpp"

#include <catch2/catch.hpp>

#include "support/property.hpp"

using namespace tidemark;
using namespace tidemark::agent;

TEST_CASE("what a pass did reads back from its words") {
  const RecomputeReport recompute{5, 3, 1, true};
  CHECK(to_text(recompute) == "spans 5, buckets 3, chunks 1");
  const auto read = parse_recompute(to_text(recompute));
  REQUIRE(read);
  CHECK(read->buckets == 3);
  CHECK_FALSE(parse_retain(to_text(recompute)));
  CHECK_FALSE(parse_recompute("spans 5, buckets 3, chunks"));
  CHECK_FALSE(parse_recompute("spans 5, buckets 3, chunks 1, more 2"));
  CHECK_FALSE(parse_recompute(""));
}

TEST_CASE("whatever numbers and sink a report has, they read back") {
  test::check_property([](std::uint64_t a, std::uint64_t b, std::uint64_t c, const std::string& name) {
    SyncReport sync;
    sync.sink = name;
    sync.rows = a;
    sync.transactions = b;
    sync.waiting = c;
    sync.quarantined = b;
    const auto sync_read = parse_sync(to_text(sync));
    RC_ASSERT(sync_read.has_value());
    RC_ASSERT(sync_read->sink == name);
    RC_ASSERT(sync_read->rows == a);
    RC_ASSERT(sync_read->waiting == c);
    RC_ASSERT(sync_read->quarantined == b);
    const RetainReport retain{a, b, c, c, b, a, c};
    const auto retain_read = parse_retain(to_text(retain));
    RC_ASSERT(retain_read.has_value());
    RC_ASSERT(retain_read->identities_dropped == a);
    RC_ASSERT(retain_read->spans_dropped == b);
    RC_ASSERT(retain_read->label_sets_dropped == c);
  });
}
