#include "rollup/verify.hpp"

#include "rollup/rebuild.hpp"
#include "rollup/verify_recents.hpp"
#include "store/bucket_assembly.hpp"

namespace tidemark {
namespace {

/// Spans whose buckets are held in memory together.
constexpr std::uint64_t kSpansPerShare = 2'000'000;
constexpr std::size_t kExamples = 10;

class Verification {
 public:
  Verification(const Store& store, VerifyReport& report) : store_(store), report_(report), at_(store.kv().snapshot()) {
    position_ = meta::load_position(store.kv(), meta::Reader::checkpoint, at_);
  }

  std::uint64_t count_spans() const {
    std::uint64_t spans = 0;
    store_.scan_log_index(
        0, position_, [&](std::uint64_t, const BlockSummary& s) { return spans += s.spans(), true; }, at_);
    return spans;
  }

  /// One rollup's buckets whose key falls into share `share` of `shares`.
  void run(int rollup, std::uint64_t share, std::uint64_t shares) {
    const Rebuild rebuild(store_, rollup);
    const auto in_share = [&](const BucketKey& key) { return BucketKeyHash()(key) % shares == share; };
    RebuiltBuckets rebuilt;
    store_.scan_log(
        0, position_,
        [&](std::uint64_t sequence, std::string_view block) {
          rebuild.add(decode_block(block, store_.map()), sequence, store_.epoch_of(sequence), in_share, rebuilt);
          return true;
        },
        at_);
    BucketAssembly assembly(store_, rollup, Instant{0}, at_);
    for (auto& [key, bucket] : rebuilt) compare(rollup, key, bucket, assembly);
  }

  void run_recents(const Progress& progress) { verify_recents(store_, position_, at_, report_, progress); }

 private:
  void compare(int rollup, const BucketKey& key, const RebuiltBucket& rebuilt, BucketAssembly& assembly) {
    const RollupDef& def = store_.schema().rollups[static_cast<std::size_t>(rollup)];
    const auto row = store_.kv().get(Family::buckets, encode(key), at_);
    if (!row && key.start() < store_.sealed_before(rollup)) {
      ++report_.buckets_skipped;  // dropped by retention
      return;
    }
    if (!row) return mismatch(def, key, assembly, "has spans in the log and no row");
    const auto computed = store_.kv().get(Family::computed, encode(key), at_);
    Bucket stored = assembly.assemble(key, *row, computed ? std::optional<std::string_view>(*computed) : std::nullopt);
    const bool all_survive = rebuilt.spans == stored.update_counter;
    if (rebuilt.spans > stored.update_counter)
      return mismatch(
          def, key, assembly,
          "has counted " + std::to_string(stored.update_counter) + " of " + std::to_string(rebuilt.spans) + " spans");
    if (!all_survive || stored.unmergeable || stored.computed_counter != stored.update_counter) {
      ++(all_survive && !stored.unmergeable ? report_.buckets_waiting : report_.buckets_skipped);
      return;
    }
    ++report_.buckets_checked;
    for (std::size_t s = 0; s < def.slots.size(); ++s) {
      if (s < stored.incomplete_slots.size() && stored.incomplete_slots[s]) continue;
      compare_slot(def, s, key, rebuilt.states[s], stored.states[s], assembly);
    }
  }

  void compare_slot(const RollupDef& def, std::size_t slot, const BucketKey& key, const State& rebuilt,
                    const State& stored, BucketAssembly& assembly) {
    const Aggregate& aggregate = aggregate_of(def.slots[slot].kind);
    std::string a;
    std::string b;
    aggregate.encode(rebuilt, a);
    aggregate.encode(stored, b);
    if (a != b) mismatch(def, key, assembly, "differs in " + def.slots[slot].text);
    for (const ColumnDef& column : def.columns)
      if (column.slot == static_cast<int>(slot) &&
          aggregate.result(rebuilt, column) != aggregate.result(stored, column))
        mismatch(def, key, assembly, "differs in column " + column.name);
  }

  void mismatch(const RollupDef& def, const BucketKey& key, BucketAssembly& assembly, const std::string& what) {
    add_mismatch(report_, def.name + " " + format_short(key.start()) + " " +
                              in_words(assembly.dimensions(key.dimensions)) + ": " + what);
  }

  const Store& store_;
  VerifyReport& report_;
  SnapshotPtr at_;
  std::uint64_t position_ = 0;
};

}  // namespace

VerifyReport verify_store(const Store& store, const Progress& progress) {
  VerifyReport report;
  Verification verification(store, report);
  report.spans = verification.count_spans();
  const std::uint64_t shares = report.spans / kSpansPerShare + 1;
  const std::uint64_t total = shares * store.schema().rollups.size();
  std::uint64_t done = 0;
  for (std::size_t r = 0; r < store.schema().rollups.size(); ++r) {
    for (std::uint64_t share = 0; share < shares; ++share) {
      verification.run(static_cast<int>(r), share, shares);
      if (progress) progress("verify", ++done, total);
    }
  }
  verification.run_recents(progress);
  return report;
}

void add_mismatch(VerifyReport& report, const std::string& what) {
  if (++report.mismatches <= kExamples) report.examples.push_back(what);
}

std::string in_words(const std::vector<DimensionValue>& values) {
  std::string words;
  for (const DimensionValue& value : values) {
    if (&value != &values.front()) words += " / ";
    if (!value.is_set) words += value.text;
    for (const std::string& label : value.labels) words += (&label == &value.labels.front() ? "" : " ") + label;
  }
  return words;
}

}  // namespace tidemark
