#include "store/recent_record.hpp"

#include <catch2/catch.hpp>

#include "model/key.hpp"
#include "model/schema_toml.hpp"
#include "model/span_batch.hpp"
#include "support/property.hpp"

namespace tidemark::test {
namespace {

constexpr const char* kDefinitions = R"toml(
[source.deploy]
time = "ended_at"
[source.deploy.fields]
owner = "text"
labels = "labels"
result = "result"
is_manual = "boolean"
ended_at = "instant"
queued_at = "instant"
waited = "duration"
price = "number(0.01)"
[recent.deploys]
source = "deploy"
per = ["owner"]
item = ["is_manual"]
columns = ["labels", "result", "queued_at", "waited", "price"]
)toml";

PackedUse random_use() {
  PackedUse use;
  use.used_at = Instant{*rc::gen::inRange<std::int64_t>(0, 5)};
  use.identity.bytes[0] = *rc::gen::inRange<std::uint8_t>(0, 16);
  use.item = "t" + std::to_string(use.identity.bytes[0] / 4);  // a span uses one thing
  use.sequence = use.identity.bytes[0];                        // a span is in one block
  return use;
}

std::string text_of(const std::vector<PackedUse>& uses) { return encode_recent_group("group", uses); }

std::vector<PackedUse> joined(std::vector<PackedUse> a, const std::vector<PackedUse>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace

TEST_CASE("merging uses gives the same in any order and grouping, and again") {
  check_property([] {
    const auto a = *rc::gen::container<std::vector<PackedUse>>(rc::gen::exec(random_use));
    const auto b = *rc::gen::container<std::vector<PackedUse>>(rc::gen::exec(random_use));
    const auto keep = *rc::gen::inRange<std::size_t>(1, 6);
    const auto all = merge_uses(joined(a, b), keep);
    RC_ASSERT(all.size() <= keep);
    RC_ASSERT(text_of(merge_uses(joined(b, a), keep)) == text_of(all));
    RC_ASSERT(text_of(merge_uses(joined(merge_uses(a, keep), merge_uses(b, keep)), keep)) == text_of(all));
    RC_ASSERT(text_of(merge_uses(joined(all, a), keep)) == text_of(all));
  });
}

TEST_CASE("a group's record says again what was put into it, newest first") {
  const SchemaPtr schema = parse_schema({{"test.toml", kDefinitions}});
  const SourceDef& source = schema->sources[0];
  const RecentDef& recent = schema->recents[0];
  PackedUse full{
      Instant{1'000'000}, Digest{{7}}, 12, canonical_key({{.is_set = false, .text = "true", .labels = {}}}), {}};
  put_recent_column(full.columns, FieldType::labels, 3, canonical_labels({"b", "a"}));
  put_recent_column(full.columns, FieldType::result, 4, "success");
  put_recent_column(full.columns, FieldType::instant, 5, {});
  put_recent_column(full.columns, FieldType::duration, 6, {});
  put_recent_column(full.columns, FieldType::number, -7, {});
  PackedUse empty{Instant{-5}, Digest{{8}}, 11, canonical_key({DimensionValue{}}), {}};
  for (const int field : recent.columns)
    put_recent_column(empty.columns, source.fields[static_cast<std::size_t>(field)].type, kNull, {});

  const std::string group = canonical_key({{.is_set = false, .text = "acme", .labels = {}}});
  const std::string record = encode_recent_group(group, {full, empty});
  RecentGroupReader reader(record, source, recent);
  REQUIRE(reader.left() == 2);
  CHECK(reader.group() == group);
  const RecentUse first = unpack(source, recent, reader.group(), reader.next());
  CHECK(first.group[0].text == "acme");
  CHECK(first.group_key == key_digest(group));
  CHECK(first.item[0].text == "true");
  CHECK(first.item_key == key_digest(full.item));
  CHECK(first.used_at == full.used_at);
  CHECK(first.identity == full.identity);
  CHECK(first.columns == std::vector<Cell>{std::vector<std::string>{"a", "b"}, std::string("success"), Instant{5},
                                           Decimal{6, 1'000'000}, Decimal{-7, 100}});
  const PackedUse second = reader.next();
  CHECK(second.used_at == empty.used_at);
  CHECK(second.sequence == 11);
  CHECK(unpack(source, recent, group, second).columns == std::vector<Cell>(5));
  CHECK(reader.left() == 0);

  for (std::size_t size = 0; size < record.size(); ++size) {
    const auto read_all = [&] {
      RecentGroupReader cut(std::string_view(record).substr(0, size), source, recent);
      while (cut.left() > 0) cut.next();
    };
    CHECK_THROWS_AS(read_all(), StoreError);
  }
  std::string newer = record;
  newer[0] = kRecentVersion + 1;
  CHECK_THROWS_WITH(RecentGroupReader(newer, source, recent), Catch::Contains("newer version"));
}

TEST_CASE("marks are sorted by sink, definition, group and sequence") {
  const RecentMark mark{2, 3, Digest{{9, 9}}, 300};
  const RecentMark read = parse_recent_mark(encode(mark));
  CHECK(read.sink == 2);
  CHECK(read.id == 3);
  CHECK(read.group == mark.group);
  CHECK(read.from == 300);
  CHECK(encode(mark) > encode(RecentMark{2, 3, Digest{{9, 9}}, 299}));
  CHECK(encode(mark) > encode(RecentMark{2, 3, Digest{{9, 8}}, 301}));
  CHECK(encode(mark) < encode(RecentMark{3, 0, Digest{}, 0}));
  CHECK(encode(mark).starts_with(recent_marks_of(2)));
  CHECK(id_of_recent_group(recent_group_key(77, Digest{{5}})) == 77);
  CHECK(digest_of_recent_group(recent_group_key(77, Digest{{5}})) == Digest{{5}});
}

}  // namespace tidemark::test
