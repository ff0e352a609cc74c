#include "read/refresh.hpp"

#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "model/view_layout.hpp"
#include "read/view_support.hpp"
#include "store/store_read_models.hpp"
#include "support/memory_kv.hpp"

namespace tidemark::test {
namespace {

constexpr Instant kNow{1767571200'000'000};

/// Fails when it is told to.
class Unsteady final : public BucketSource {
 public:
  explicit Unsteady(RunBuckets buckets) : buckets_(std::move(buckets)) {}
  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override {
    buckets_.scan(filter, take);
    if (fails) throw StoreError("the disk cannot be read");
  }
  bool fails = false;

 private:
  RunBuckets buckets_;
};

struct World {
  SchemaPtr schema = runs_schema(R"toml(
[view.accounts]
from = "runs"
by = ["account"]
where = "account.plan != 'free'"
refresh = "*/5 * * * *"
[view.accounts.columns]
total = "sum(total_runs)"
)toml");
  Unsteady buckets{RunBuckets(schema, {{"acme", "flow", kNow, 1, 1, false}, {"beta", "flow", kNow, 1, 1, false}})};
  StoreReadModels models{open_memory(std::make_shared<MemoryDisk>())};
  Instant now = kNow;

  const ViewDef& view() const { return schema->views[0]; }
  Refresh refresh() {
    return refresh_view(*schema, view(), {buckets, models, "me"}, [&] { return now = now + seconds(1); });
  }
  std::size_t rows() {
    const auto table = models.rows(view_layout(*schema, view()));
    return table ? table->rows.size() : 0;
  }
};

}  // namespace

TEST_CASE("a refresh that fails is in the log with its error, and the rows of the last good one stay") {
  World world;
  world.models.put_table(world.schema->tables[0], {{"acme", account("pro", false)}}, false);
  CHECK(world.refresh().status == Refresh::Status::success);
  CHECK(world.rows() == 1);

  world.buckets.fails = true;
  const Refresh failed = world.refresh();
  CHECK(failed.status == Refresh::Status::failed);
  CHECK(failed.error == "the disk cannot be read");
  CHECK(world.rows() == 1);
  const ViewInfo info = view_info(world.view(), world.models);
  CHECK(info.schedule == "*/5 * * * *");
  CHECK(info.last->id == failed.id);
  CHECK(info.success->id < failed.id);
  CHECK(info.success->rows == 1);

  world.buckets.fails = false;
  world.models.put_table(world.schema->tables[0], {{"beta", account("pro", false)}}, true);
  CHECK(world.refresh().rows == 2);
  CHECK(world.rows() == 2);
  CHECK(world.models.log("accounts", 10).size() == 3);
}

TEST_CASE("an attempt says when it began and ended by the clock that it is given") {
  World world;
  const Refresh attempt = world.refresh();
  CHECK(attempt.started == kNow + seconds(1));
  CHECK(attempt.completed == kNow + seconds(2));
  CHECK(world.models.log("", 1).front().completed == attempt.completed);
}

}  // namespace tidemark::test
