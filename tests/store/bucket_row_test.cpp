#include "store/bucket_row.hpp"

#include <catch2/catch.hpp>

#include "model/schema_toml.hpp"
#include "model/span_batch.hpp"
#include "support/property.hpp"

namespace tidemark {
namespace {

constexpr const char* kFirst = R"toml(
total = "count()"
sum = "sum(duration)"
largest = "max(duration)"
smallest_us = "min(duration)"
mean = "avg(duration)"
last_owner = "last(owner)"
jobs = "count_distinct(job)"
related = "corr(duration, queue)"
median = "median(duration)"
p95 = "percentile_cont(0.95, duration)"
queue_median = "median(queue)"
)toml";

/// `total` and `queue_median` are gone; p99 shares the slot of the median; a count and a percentile are new.
constexpr const char* kSecond = R"toml(
failed = "count() where owner = 'x'"
sum = "sum(duration)"
largest = "max(duration)"
smallest_us = "min(duration)"
mean = "avg(duration)"
last_owner = "last(owner)"
jobs = "count_distinct(job)"
related = "corr(duration, queue)"
median = "median(duration)"
p99 = "percentile_cont(0.99, duration)"
failed_median = "median(duration) where owner = 'x'"
)toml";

/// All is gone but one column.
constexpr const char* kThird = R"toml(
sum = "sum(duration)"
)toml";

SchemaPtr schema_with(const std::string& columns, bool folded) {
  std::vector<SchemaText> texts(1);
  texts[0] = {"test.toml", R"toml(
[source.job]
time = "ended_at"
[source.job.fields]
owner = "text"
job = "text"
queued_at = "instant"
started_at = "instant"
ended_at = "instant"
duration = "ended_at - started_at"
queue = "started_at - queued_at"
[rollup.all]
source = "job"
every = "1h"
by = ["owner"]
inline = )toml" + std::string(folded ? "true" : "false") +
                               "\n[rollup.all.columns]" + columns};
  return parse_schema(texts);
}

/// A codec over a catalog of its own.
struct Codec {
  explicit Codec(SchemaPtr s) : Codec(s, make_catalog(*s, "", false)) {}
  Codec(SchemaPtr s, Catalog c)
      : schema(std::move(s)), catalog(std::move(c)), map(schema, catalog), codec(map, 0, catalog) {}
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;
  /// The same store under other definitions, some raw spans being gone by then.
  Codec changed(const SchemaPtr& other) const {
    const auto gone = [](const std::string&) { return std::optional(Instant{1}); };
    return Codec(other, update_catalog(catalog, *other, "changed", false, gone, Instant{0}).catalog);
  }

  const RollupDef& rollup() const { return codec.rollup(); }
  SchemaPtr schema;
  Catalog catalog;
  SchemaMap map;
  RowCodec codec;
};

/// States of these slots over random spans.
std::vector<State> random_states(const RollupDef& rollup, const std::vector<int>& slots, std::size_t spans) {
  std::vector<State> states(slots.size());
  for (std::size_t n = 0; n < spans; ++n) {
    const Digest identity = digest_of(std::to_string(*rc::gen::arbitrary<int>()));
    const std::string text = *rc::gen::element<std::string>("x", "y", "größe");
    for (std::size_t i = 0; i < slots.size(); ++i) {
      Contribution c;
      c.value = *rc::gen::oneOf(rc::gen::just(kNull), rc::gen::inRange<std::int64_t>(0, 50),
                                rc::gen::inRange<std::int64_t>(-1'000'000'000'000, 1'000'000'000'000));
      c.second = *rc::gen::inRange<std::int64_t>(0, 1000);
      const SlotDef& slot = rollup.slots[static_cast<std::size_t>(slots[i])];
      if (slot.kind == AggregateKind::last || slot.kind == AggregateKind::count_distinct) c.text = text;
      c.time = Instant{static_cast<std::int64_t>(n)};
      c.identity = &identity;
      aggregate_of(slot.kind).add(states[i], c);
    }
  }
  return states;
}

/// What retention does to a state.
void drop_distribution(const SlotDef& slot, State& state) {
  if (slot.kind != AggregateKind::percentile_cont) return;
  auto& held = state.get_or_make<DistributionState>();
  if (held.distribution.empty()) return;
  for (const double p : slot.percentiles) held.results.emplace_back(p, held.distribution.percentile(p));
  held.distribution = {};
  held.dropped = true;
}

std::string encoded(const SlotDef& slot, const State& state) {
  std::string bytes;
  aggregate_of(slot.kind).encode(state, bytes);
  return bytes;
}

SlotUses random_uses(const RollupDef& rollup) {
  SlotUses uses;
  for (std::size_t s = 0; s < rollup.slots.size(); ++s)
    uses.push_back(*rc::gen::element(SlotUse::none, SlotUse::result, SlotUse::state));
  return *rc::gen::element(uses, SlotUses());
}

/// States as a reader of many rows has them: left over from other rows.
std::vector<State> left_over(const RollupDef& rollup) {
  std::vector<int> all;
  for (std::size_t s = 0; s < rollup.slots.size(); ++s) all.push_back(static_cast<int>(s));
  auto states = random_states(rollup, all, *rc::gen::inRange<std::size_t>(0, 3));
  for (std::size_t s = 0; s < states.size(); ++s)
    if (*rc::gen::arbitrary<bool>()) drop_distribution(rollup.slots[s], states[s]);
  return states;
}

/// Whether a state that was read as `use` shows what `expected` does, and is the same where it has to be.
void require_same(const RollupDef& rollup, std::size_t slot, SlotUse use, const State& expected, const State& actual) {
  if (use == SlotUse::none) return;
  for (const ColumnDef& column : rollup.columns)
    if (column.slot == static_cast<int>(slot)) RC_ASSERT(result_of(column, actual) == result_of(column, expected));
  if (use == SlotUse::state) RC_ASSERT(encoded(rollup.slots[slot], actual) == encoded(rollup.slots[slot], expected));
}

SlotUse use_of(const SlotUses& uses, std::size_t slot) { return uses.empty() ? SlotUse::state : uses[slot]; }

}  // namespace

TEST_CASE("a computed row gives back its states, whole or only what columns show, into any states") {
  const Codec folded(schema_with(kFirst, true));
  const Codec whole(schema_with(kFirst, false));
  test::check_property([&] {
    const Codec& c = *rc::gen::element(&folded, &whole) == &folded ? folded : whole;
    ComputedRow row;
    row.computed_counter = *rc::gen::inRange<std::uint64_t>(0, 1000);
    row.states = random_states(c.rollup(), c.codec.computed_slots(), *rc::gen::inRange<std::size_t>(0, 12));
    if (*rc::gen::arbitrary<bool>())
      for (std::size_t i = 0; i < row.states.size(); ++i)
        drop_distribution(c.rollup().slots[static_cast<std::size_t>(c.codec.computed_slots()[i])], row.states[i]);
    const std::string bytes = c.codec.encode(row);

    const ComputedRow decoded = c.codec.decode_computed(bytes);
    RC_ASSERT(decoded.computed_counter == row.computed_counter);
    RC_ASSERT(c.codec.encode(decoded) == bytes);
    const SlotUses uses = random_uses(c.rollup());
    auto states = left_over(c.rollup());
    RC_ASSERT(c.codec.read_computed(bytes, uses, states) == row.computed_counter);
    for (std::size_t i = 0; i < row.states.size(); ++i) {
      const auto slot = static_cast<std::size_t>(c.codec.computed_slots()[i]);
      require_same(c.rollup(), slot, use_of(uses, slot), row.states[i], states[slot]);
    }
  });
}

TEST_CASE("a writer's row and its seed give back their states, whole or only what columns show, into any states") {
  const Codec folded(schema_with(kFirst, true));
  const Codec whole(schema_with(kFirst, false));
  test::check_property([&] {
    const Codec& c = *rc::gen::element(&folded, &whole) == &folded ? folded : whole;
    WriterRow row;
    row.update_counter = *rc::gen::inRange<std::uint64_t>(1, 1000);
    row.seed_sequence = *rc::gen::inRange<std::uint64_t>(0, 1'000'000);
    row.states = random_states(c.rollup(), c.codec.writer_slots(), *rc::gen::inRange<std::size_t>(0, 12));
    const auto seed = random_states(c.rollup(), c.codec.computed_slots(), *rc::gen::inRange<std::size_t>(0, 3));
    row.seed = c.codec.encode_seed(seed);
    row.seed_layout = c.codec.layout();
    std::string bytes;
    c.codec.encode(row, 77, bytes);

    const WriterRow decoded = c.codec.decode_writer(bytes);
    RC_ASSERT(decoded.update_counter == row.update_counter);
    RC_ASSERT(decoded.seed_sequence == row.seed_sequence);
    RC_ASSERT(decoded.through == 77u);
    RC_ASSERT(decoded.seed == row.seed);
    const SlotUses uses = random_uses(c.rollup());
    auto states = left_over(c.rollup());
    const WriterHead head = c.codec.read_writer(bytes, uses, states);
    c.codec.read_seed(head, uses, states);
    RC_ASSERT(head.update_counter == row.update_counter);
    for (std::size_t s = 0; s < states.size(); ++s) {
      const auto& own = c.codec.writer_slots();
      const auto at = std::find(own.begin(), own.end(), static_cast<int>(s));
      const auto& others = c.codec.computed_slots();
      const State& expected = at != own.end()
                                  ? row.states[static_cast<std::size_t>(at - own.begin())]
                                  : seed[static_cast<std::size_t>(
                                        std::find(others.begin(), others.end(), static_cast<int>(s)) - others.begin())];
      require_same(c.rollup(), s, use_of(uses, s), expected, states[s]);
    }
  });
}

TEST_CASE("rows of an earlier layout show percentiles that were declared later, and nothing of columns that were") {
  const Codec before(schema_with(kFirst, false));
  const SchemaPtr schema = schema_with(GENERATE(kSecond, kThird), false);
  const Codec after = before.changed(schema);
  REQUIRE(after.catalog.rollups[0].layouts.size() == 2);
  test::check_property([&] {
    ComputedRow row;
    row.states = random_states(before.rollup(), before.codec.computed_slots(), *rc::gen::inRange<std::size_t>(0, 8));
    WriterRow seeded;
    seeded.update_counter = 1;
    seeded.seed = before.codec.encode_seed(row.states);
    std::string writer;
    before.codec.encode(seeded, 0, writer);
    const std::string computed = before.codec.encode(row);

    for (const bool from_seed : {false, true}) {
      const SlotUses uses = random_uses(after.rollup());
      auto states = left_over(after.rollup());
      const WriterHead head = after.codec.read_writer(writer, uses, states);
      if (from_seed)
        after.codec.read_seed(head, uses, states);
      else
        after.codec.read_computed(computed, uses, states);
      for (std::size_t s = 0; s < states.size(); ++s) {
        State expected;
        for (std::size_t old = 0; old < before.rollup().slots.size(); ++old)
          if (before.rollup().slots[old].text == after.rollup().slots[s].text) expected = row.states[old];
        require_same(after.rollup(), s, use_of(uses, s), expected, states[s]);
      }
    }
  });
}

TEST_CASE("a computed row that is cut short, or of an unknown form, is refused") {
  const Codec c(schema_with(kFirst, false));
  ComputedRow row;
  row.states.resize(c.codec.computed_slots().size());
  for (std::size_t i = 0; i < row.states.size(); ++i) {
    const SlotDef& slot = c.rollup().slots[static_cast<std::size_t>(c.codec.computed_slots()[i])];
    if (slot.kind == AggregateKind::percentile_cont) aggregate_of(slot.kind).add(row.states[i], {.value = 5});
  }
  const std::string bytes = c.codec.encode(row);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_THROWS_AS(c.codec.decode_computed(bytes.substr(0, n)), StoreError);
  std::vector<State> states(c.rollup().slots.size());
  CHECK_THROWS_AS(c.codec.read_computed("\x07", {}, states), StoreError);
}

}  // namespace tidemark
