#include "rollup/fill.hpp"

#include <algorithm>
#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>
#include <limits>
#include <sstream>
#include <unordered_map>
#include <unordered_set>

#include "rollup/bucket_table.hpp"
#include "rollup/compute_rollup.hpp"
#include "rollup/dimension_index.hpp"
#include "rollup/fold.hpp"
#include "rollup/guard.hpp"
#include "rollup/key_resolver.hpp"
#include "rollup/latest_times.hpp"

namespace tidemark {
namespace {

constexpr std::string_view kRecord = "fill";
constexpr std::uint32_t kRecordVersion = 1;
constexpr std::size_t kChunkSpans = 200'000;

/// What is to be filled, and how far it has come. Names, not ids: they are looked up in the schema at hand.
struct FillRecord {
  std::vector<std::string> rollups;                         ///< New ones.
  std::vector<std::pair<std::string, std::string>> slots;   ///< (rollup, slot text), new in rollups that were there.
  std::uint64_t end = 0;           ///< Where the log ended when it was planned.
  std::uint64_t rows_next = 0;     ///< The next block whose rows are to be written.
  std::uint64_t compute_next = 0;  ///< The next block to be computed for the new rollups, once all rows are there.

  template <class Archive>
  void serialize(Archive& archive) {
    archive(rollups, slots, end, rows_next, compute_next);
  }
};

void put_record(KvBatch& batch, const FillRecord& record) {
  std::ostringstream out;
  {
    cereal::PortableBinaryOutputArchive archive(out);
    archive(kRecordVersion, record);
  }
  batch.put(Family::meta, kRecord, out.str());
}

FillRecord load_record(const KvStore& kv) {
  const auto bytes = kv.get(Family::meta, kRecord);
  if (!bytes) throw StoreError("the store has no record of a fill");
  std::istringstream in(*bytes);
  FillRecord record;
  try {
    cereal::PortableBinaryInputArchive archive(in);
    std::uint32_t version = 0;
    archive(version);
    if (version != kRecordVersion) throw StoreError("the store's fill is of another version; use a newer version of Tidemark");
    archive(record);
  } catch (const StoreError&) {
    throw;
  } catch (const std::exception& e) {  // a damaged length may ask for any amount of memory
    throw StoreError(std::string("the store's record of a fill is damaged: ") + e.what());
  }
  return record;
}

/// A piece of the log as it was committed.
struct LogChunk {
  std::uint64_t end = 0;  ///< The sequence to go on from.
  std::vector<std::unique_ptr<std::string>> blocks;  ///< What the commits' texts point into.
  std::vector<Commit> commits;
  std::vector<std::uint64_t> sequences;  ///< Of the commits.
};

LogChunk read_chunk(const Store& store, std::uint64_t begin, std::uint64_t limit) {
  LogChunk chunk;
  chunk.end = limit;
  std::size_t spans = 0;
  store.scan_log(begin, limit, [&](std::uint64_t sequence, std::string_view block) {
    if (spans >= kChunkSpans) {
      chunk.end = sequence;
      return false;
    }
    chunk.blocks.push_back(std::make_unique<std::string>(block));
    chunk.commits.push_back(decode_block(*chunk.blocks.back(), store.map()));
    chunk.sequences.push_back(sequence);
    spans += chunk.commits.back().spans();
    return true;
  });
  return chunk;
}

/// Adds columns that are new to rows that are there: their own slots only, no counter.
class SlotFill {
 public:
  SlotFill(const Store& store, int rollup, std::vector<int> slots) : store_(store), rollup_(rollup), codec_(store.codec(rollup)) {
    for (const int slot : slots) {
      add_position(codec_.writer_slots(), slot, writer_);
      add_position(codec_.computed_slots(), slot, computed_);
    }
  }

  int rollup() const { return rollup_; }

  /// Folds a block into the rows that count it: all of them when the writer's position has `passed` it, else those that
  /// a cut-off checkpoint wrote ahead. `computed`: the recompute pass has passed it, too.
  void fold(const Commit& commit, const SpanColumns& columns, const std::vector<std::uint64_t>& dimensions,
            std::uint64_t sequence, bool passed, bool computed) {
    const SlotFolder writer(store_.schema(), codec_.rollup(), codec_.writer_slots(), commit, columns);
    const SlotFolder late(store_.schema(), codec_.rollup(), codec_.computed_slots(), commit, columns);
    std::unordered_set<BucketKey, BucketKeyHash> seen;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (dimensions[i] == kNotInRollup) continue;
      const Instant start = codec_.rollup().bucket_start(writer.time(i));
      const BucketKey key = store_.bucket_key(rollup_, dimensions[i], start, store_.epoch_of(sequence));
      Rows* rows = load(key);
      if (rows == nullptr) continue;  // dropped by retention, or not written yet
      if (!passed && sequence >= rows->writer.through) continue;
      for (const std::size_t s : writer_) writer.add_to_slot(s, i, rows->writer.states[s]);
      const bool is_seed = rows->writer.seed_sequence == sequence && seen.insert(key).second;
      if (is_seed && !computed_.empty()) {
        auto states = codec_.decode_seed(rows->writer);
        for (const std::size_t s : computed_) late.add_to_slot(s, i, states[s]);
        rows->writer.seed = codec_.encode_seed(states);
        rows->writer.seed_layout = codec_.layout();
      }
      if (computed && rows->computed)
        for (const std::size_t s : computed_) late.add_to_slot(s, i, rows->computed->states[s]);
    }
  }

  void write(KvBatch& batch) {
    for (const auto& [key, rows] : rows_) {
      if (!rows.exists) continue;
      bytes_.clear();
      codec_.encode(rows.writer, rows.writer.through, bytes_);
      batch.put(Family::buckets, encode(key), bytes_);
      if (rows.computed) batch.put(Family::computed, encode(key), codec_.encode(*rows.computed));
    }
    rows_.clear();
  }

 private:
  struct Rows {
    bool exists = false;
    WriterRow writer;
    std::optional<ComputedRow> computed;
  };

  static void add_position(const std::vector<int>& slots, int slot, std::vector<std::size_t>& positions) {
    const auto at = std::find(slots.begin(), slots.end(), slot);
    if (at != slots.end()) positions.push_back(static_cast<std::size_t>(at - slots.begin()));
  }

  Rows* load(const BucketKey& key) {
    const auto [at, is_new] = rows_.try_emplace(key);
    Rows& rows = at->second;
    if (is_new) {
      const std::string bytes = encode(key);
      if (const auto row = store_.kv().get(Family::buckets, bytes)) {
        rows.exists = true;
        rows.writer = codec_.decode_writer(*row);
        if (const auto computed = store_.kv().get(Family::computed, bytes)) rows.computed = codec_.decode_computed(*computed);
      }
    }
    return rows.exists ? &rows : nullptr;
  }

  const Store& store_;
  int rollup_;
  const RowCodec& codec_;
  std::vector<std::size_t> writer_;    ///< Positions among the writer's states.
  std::vector<std::size_t> computed_;  ///< Positions among the recompute pass's states.
  std::unordered_map<BucketKey, Rows, BucketKeyHash> rows_;
  std::string bytes_;  // reused
};

class Fill {
 public:
  explicit Fill(Store& store)
      : store_(store),
        record_(load_record(store.kv())),
        dimensions_(store),
        guards_(store),
        resolver_(store, dimensions_, guards_),
        table_(store),
        checkpoint_(meta::load_position(store.kv(), meta::Reader::checkpoint)),
        computed_(meta::load_position(store.kv(), meta::Reader::recompute)) {
    for (const std::string& name : record_.rollups) rollups_.push_back(store.schema().rollup_index(name));
    std::unordered_map<int, std::vector<int>> slots;
    for (const auto& [name, text] : record_.slots) {
      const int rollup = store.schema().rollup_index(name);
      const auto& defs = store.schema().rollups[static_cast<std::size_t>(rollup)].slots;
      for (std::size_t s = 0; s < defs.size(); ++s)
        if (defs[s].text == text) slots[rollup].push_back(static_cast<int>(s));
    }
    for (auto& [rollup, indices] : slots) slot_fills_.emplace_back(store, rollup, indices);
  }

  void run(const Progress& progress) {
    while (record_.rows_next < record_.end) {
      write_rows();
      if (progress) progress("fill", record_.rows_next, record_.end);
    }
    while (record_.compute_next < computed_) compute();
    KvBatch batch;
    batch.erase(Family::meta, kRecord);
    store_.kv().commit(batch, KvStore::Durability::synced);
  }

 private:
  /// A chunk never reaches over a position, so that its blocks are all before it or all after.
  std::uint64_t chunk_limit() const {
    for (const std::uint64_t position : {computed_, checkpoint_})
      if (record_.rows_next < position) return std::min(position, record_.end);
    return record_.end;
  }

  void write_rows() {
    LogChunk chunk = read_chunk(store_, record_.rows_next, chunk_limit());
    KvBatch batch;
    for (std::size_t c = 0; c < chunk.commits.size(); ++c) {
      const bool changed = add_new_rollups(chunk.commits[c], chunk.sequences[c]);
      if (changed) batch.put(Family::log, sequence_key(chunk.sequences[c]), encode_block(chunk.commits[c], store_.map()));
      add_new_slots(chunk.commits[c], chunk.sequences[c]);
    }
    table_.freeze();
    table_.write(batch, chunk.end, 0, std::numeric_limits<std::size_t>::max());
    for (SlotFill& fill : slot_fills_) fill.write(batch);
    dimensions_.write(batch);
    guards_.write(batch);
    record_.rows_next = chunk.end;
    put_record(batch, record_);
    store_.kv().commit(batch, KvStore::Durability::later);
    table_.confirm();
    dimensions_.confirm();
    dimensions_.trim();
    guards_.confirm();
    guards_.trim();
  }

  bool add_new_rollups(Commit& commit, std::uint64_t sequence) {
    bool changed = false;
    for (SpanColumns& columns : commit.sources) {
      const auto& of_source = store_.map().rollups_of(columns.source);
      for (std::size_t r = 0; r < of_source.size(); ++r) {
        const bool is_new = std::find(rollups_.begin(), rollups_.end(), of_source[r]) != rollups_.end();
        if (!is_new) continue;
        KeyResolver::Counts counts;
        columns.dimensions[r] = resolver_.resolve_rollup(commit, columns, of_source[r], first_start(of_source[r]), counts);
        if (sequence < checkpoint_) table_.fold_rollup(commit, columns, of_source[r], columns.dimensions[r], sequence);
        changed = true;
      }
    }
    return changed;
  }

  /// Buckets before it would be filled in part only, so they are left out.
  Instant first_start(int rollup) const {
    const auto from = store_.catalog_rollup(rollup).complete_from;
    return from ? first_complete_start(store_.schema().rollups[static_cast<std::size_t>(rollup)].every, *from) : Instant{0};
  }

  void add_new_slots(const Commit& commit, std::uint64_t sequence) {
    for (SlotFill& fill : slot_fills_) {
      for (const SpanColumns& columns : commit.sources) {
        const auto& of_source = store_.map().rollups_of(columns.source);
        const auto at = std::find(of_source.begin(), of_source.end(), fill.rollup());
        if (at == of_source.end()) continue;
        const auto& dimensions = columns.dimensions[static_cast<std::size_t>(at - of_source.begin())];
        if (!dimensions.empty())
          fill.fold(commit, columns, dimensions, sequence, sequence < checkpoint_, sequence < computed_);
      }
    }
  }

  void compute() {
    const ChunkPlan plan(store_, rollups_);
    const std::uint64_t limit = std::min(computed_, store_.end_of_epoch_of(record_.compute_next));
    const SpanChunk chunk = read_spans(store_, plan, record_.compute_next, limit, kChunkSpans, 1);
    KvBatch batch;
    Raised raised;  // every sink is marked anew after a change of definitions
    const std::vector<Instant> unknown(plan.sources(), LatestTimes::kUnknown);
    compute_rollups(store_, rollups_, plan, chunk, sort_spans(store_, rollups_, chunk, 1), unknown, 1, batch, raised);
    record_.compute_next = chunk.end;
    put_record(batch, record_);
    store_.kv().commit(batch, KvStore::Durability::later);
  }

  Store& store_;
  FillRecord record_;
  DimensionIndex dimensions_;
  GuardIndex guards_;
  KeyResolver resolver_;
  BucketTable table_;
  std::uint64_t checkpoint_;
  std::uint64_t computed_;
  std::vector<int> rollups_;
  std::vector<SlotFill> slot_fills_;
};

}  // namespace

void plan_fill(const KvStore& kv, const CatalogChange& change, KvBatch& batch) {
  if (change.new_rollups.empty() && change.new_slots.empty()) return;
  FillRecord record;
  for (const std::string& name : change.new_rollups) record.rollups.push_back(name);
  record.slots = change.new_slots;
  const auto cursor = kv.cursor(Family::log_index);
  for (cursor->seek({}); cursor->valid(); cursor->next()) record.end = parse_sequence_key(cursor->key()) + 1;
  put_record(batch, record);
}

bool fill_is_due(const KvStore& kv) { return kv.get(Family::meta, kRecord).has_value(); }

void run_fill(Store& store, const Progress& progress) { Fill(store).run(progress); }

}  // namespace tidemark
