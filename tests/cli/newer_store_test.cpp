#include <catch2/catch.hpp>

#include "cli/program.hpp"
#include "model/bytes.hpp"
#include "store/meta.hpp"

using namespace tidemark;
using namespace tidemark::test;
using Catch::Contains;

TEST_CASE("a store of a newer version is refused, and left as it is", "[store]") {
  const Scratch scratch;
  const std::string store = scratch.path("store");
  REQUIRE(run_program({"ingest", scratch.file("empty", ""), "--store", store}).code == 0);
  const auto open = [&] { return open_rocksdb(store, KvOptions{}); };
  std::string newer;
  put_little_endian(newer, meta::kFormatVersion + 1);
  {
    const auto kv = open();
    KvBatch batch;
    batch.put(Family::meta, "format", newer);
    kv->commit(batch, KvStore::Durability::synced);
    kv->close();
  }
  for (const char* command : {"status", "recompute", "retain"}) {
    const Ran ran = run_program({command, "--store", store});
    INFO(command << ": " << ran.err);
    CHECK(ran.code == 1);
    CHECK_THAT(ran.err, Contains("use a newer version of Tidemark"));
    CHECK(ran.out.empty());
  }
  CHECK(open()->get(Family::meta, "format") == newer);
}
