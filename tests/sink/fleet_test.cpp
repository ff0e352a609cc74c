#include <unistd.h>

#include <catch2/catch.hpp>

#include <tidemark/errors.hpp>

#include "model/schema_toml.hpp"
#include "sink/fleet_cases.hpp"
#include "sink/postgres_place.hpp"
#include "sink/samples.hpp"

using namespace tidemark;
using namespace tidemark::conformance;

namespace {

constexpr Instant kSyncedAt{1'767'600'000'000'000};

/// Rows of agents with the older and with the newest definitions.
void send_fleet(PostgresPlace& place, const fleet::Definitions& definitions, std::uint64_t seed) {
  std::int64_t version = 0;
  for (const SchemaPtr& schema : {definitions.older(), definitions.newest(), definitions.older()}) {
    const auto sink = place.open(schema, ++version);
    sink->prepare();
    for (const int rollup : {0, 1}) {
      const auto sample = seed * 10 + static_cast<std::uint64_t>(version);
      sink->upsert(rollup, fleet::agents_buckets(*schema, rollup, 40, sample), kSyncedAt);
    }
  }
}

void require_same(const fleet::Texts& cpp, const fleet::Texts& sql) {
  REQUIRE(cpp.size() == sql.size());
  for (std::size_t row = 0; row < cpp.size(); ++row) REQUIRE(cpp[row] == sql[row]);
}

std::string select(const Schema& schema, const Query& query, const std::string& from) {
  return "SELECT " + fleet::columns_sql(schema, query) + " FROM " + from + " AS v" + fleet::order_sql(schema, query);
}

}  // namespace

TEST_CASE("the merged view gives what a query over the sink gives, bit for bit", "[pg]") {
  if (!postgres_is_there()) return;
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    INFO("seed " << seed);
    PostgresPlace place;
    const fleet::Definitions definitions(seed);
    send_fleet(place, definitions, seed);
    const SchemaPtr schema = definitions.newest();
    const auto sink = place.open(schema, 2);
    for (const char* rollup : {"kinds", "totals"}) {
      Query query;
      query.rollup = rollup;
      const std::string sql = select(*schema, query, place.schema() + "." + rollup + "_fleet");
      INFO(sql);
      require_same(fleet::from_cpp(*sink, *schema, query), place.sql(sql));
    }
  }
}

TEST_CASE("the window function gives what a query over the sink gives, for any window, dimensions and filter", "[pg]") {
  if (!postgres_is_there()) return;
  for (std::uint64_t seed = 101; seed <= 108; ++seed) {
    INFO("seed " << seed);
    PostgresPlace place;
    const fleet::Definitions definitions(seed);
    send_fleet(place, definitions, seed);
    const SchemaPtr schema = definitions.newest();
    const auto sink = place.open(schema, 2);
    samples::BucketMaker random(seed);
    for (int i = 0; i < 30; ++i) {
      const Query query = fleet::random_query(*schema, i % 4 == 0 ? 1 : 0, random);
      const std::string sql = select(*schema, query, fleet::window_sql(*schema, query, place.schema()));
      INFO(sql);
      require_same(fleet::from_cpp(*sink, *schema, query), place.sql(sql));
    }
  }
}
