#include "store/block.hpp"

#include <catch2/catch.hpp>

#include "model/schema_toml.hpp"
#include "store/column_codec.hpp"
#include "support/property.hpp"

namespace tidemark {
namespace {

SchemaPtr block_schema() {
  std::vector<SchemaText> texts(1);
  texts[0] = {"test.toml", R"toml(
[source.job]
time = "ended_at"
[source.job.fields]
owner = "text"
labels = "labels"
flag = "boolean"
amount = "number"
started_at = "instant"
ended_at = "instant"
duration = "ended_at - started_at"
[rollup.a]
source = "job"
every = "1h"
by = ["owner"]
[rollup.a.columns]
n = "count()"
[rollup.b]
source = "job"
every = "1h"
by = ["owner", "labels"]
[rollup.b.columns]
n = "count()"
)toml"};
  return parse_schema(texts);
}

struct Fixture {
  SchemaPtr schema = block_schema();
  SchemaMap map{schema, make_catalog(*schema, "", false)};

  Commit random_commit() {
    Commit commit;
    commit.accepted_at.us = *rc::gen::inRange<std::int64_t>(0, 2'000'000'000'000'000);
    commit.texts = {"acme", "", "größe"};
    SpanColumns columns;
    columns.source = 0;
    const auto n = *rc::gen::inRange<std::size_t>(1, 40);
    columns.fields.resize(schema->sources[0].fields.size());
    columns.dimensions.resize(2);
    const std::int64_t base = *rc::gen::inRange<std::int64_t>(0, 2'000'000'000'000'000);
    for (std::size_t i = 0; i < n; ++i) {
      columns.identities.push_back(digest_of(std::to_string(*rc::gen::arbitrary<int>())));
      const std::int64_t ended = base + *rc::gen::inRange<std::int64_t>(0, 1'000'000'000'000);
      columns.fields[0].push_back(*rc::gen::inRange<std::int64_t>(0, 3));
      columns.fields[1].push_back(*rc::gen::element<std::int64_t>(std::int64_t{kNull}, 1, 2));
      columns.fields[2].push_back(*rc::gen::element<std::int64_t>(std::int64_t{kNull}, 0, 1));
      columns.fields[3].push_back(*rc::gen::oneOf(rc::gen::just(kNull), rc::gen::arbitrary<std::int64_t>()));
      columns.fields[4].push_back(*rc::gen::oneOf(rc::gen::just(kNull), rc::gen::inRange<std::int64_t>(ended - 1'000'000, ended + 1)));
      columns.fields[5].push_back(ended);
      for (auto& ids : columns.dimensions) ids.push_back(*rc::gen::oneOf(rc::gen::just<std::uint64_t>(0), rc::gen::arbitrary<std::uint64_t>()));
    }
    derive_fields(schema->sources[0], columns);
    commit.sources.push_back(std::move(columns));
    return commit;
  }
};

}  // namespace

TEST_CASE_METHOD(Fixture, "a block reads back as the commit that it was written from") {
  test::check_property([this] {
    const Commit commit = random_commit();
    const std::string block = encode_block(commit, map);
    const Commit read = decode_block(block, map);
    RC_ASSERT(read.accepted_at == commit.accepted_at);
    RC_ASSERT(read.texts == commit.texts);
    RC_ASSERT(read.sources.size() == 1u);
    RC_ASSERT(read.sources[0].identities == commit.sources[0].identities);
    RC_ASSERT(read.sources[0].fields == commit.sources[0].fields);
    RC_ASSERT(read.sources[0].dimensions == commit.sources[0].dimensions);
    const BlockSummary summary = parse_block_summary(encode(summarize(commit, map, block.size())));
    RC_ASSERT(summary.spans() == commit.spans());
    RC_ASSERT(summary.bytes == block.size());
  });
}

TEST_CASE_METHOD(Fixture, "a bit that flips anywhere in a block is noticed") {
  test::check_property([this] {
    std::string block = encode_block(random_commit(), map);
    block[*rc::gen::inRange<std::size_t>(0, block.size())] ^= static_cast<char>(1 << *rc::gen::inRange(0, 8));
    RC_ASSERT_THROWS_AS(decode_block(block, map), StoreError);
  });
}

TEST_CASE("a column of any values reads back, in at most eight bytes each") {
  test::check_property([](std::vector<std::int64_t> values) {
    if (*rc::gen::arbitrary<bool>())
      for (std::size_t i = 0; i < values.size(); i += 3) values[i] = kNull;
    std::string bytes;
    encode_column(values, bytes);
    RC_ASSERT(bytes.size() <= 8 * values.size() + 12);
    ByteReader in(bytes);
    std::vector<std::int64_t> read;
    decode_column(in, values.size(), read);
    RC_ASSERT(read == values);
    RC_ASSERT(in.at_end());
  });
}

TEST_CASE("columns of one value, and of none, take next to nothing") {
  std::string bytes;
  encode_column(std::vector<std::int64_t>(1000, kNull), bytes);
  CHECK(bytes.size() == 1);
  bytes.clear();
  encode_column(std::vector<std::int64_t>(1000, 42), bytes);
  CHECK(bytes.size() == 2);
}

}  // namespace tidemark
