#include <algorithm>
#include <atomic>
#include <cstring>
#include <exception>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <rocksdb/write_batch.h>

#include "model/bytes.hpp"
#include "model/distribution.hpp"
#include "peers/raw_store.hpp"

namespace tidemark::bench {
namespace {

constexpr std::size_t kRowsPerBatch = 2000;

struct Row {
  std::uint64_t count;
  double percentiles[6];
};

Row row_of(const RawSpan* spans, std::size_t count, std::vector<std::int64_t>& values) {
  Row row{count, {}};
  double* out = row.percentiles;
  for (const bool queue : {false, true}) {
    values.resize(count);
    for (std::size_t i = 0; i < count; ++i) values[i] = queue ? spans[i].queue_us : spans[i].duration_us;
    std::sort(values.begin(), values.end());
    for (const double p : {0.5, 0.95, 0.99}) *out++ = percentile_of_sorted(values, p);
  }
  return row;
}

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error("raw RocksDB: " + status.ToString());
}

}  // namespace

/// All spans of an owner's hour lie side by side, so one pass over the log sees every bucket whole.
std::uint64_t RawStore::recompute_share(int share, int shares) {
  const std::unique_ptr<rocksdb::Iterator> log(db_->NewIterator({}, log_));
  std::vector<RawSpan> hour;
  std::vector<std::int64_t> values;
  rocksdb::WriteBatch batch;
  std::uint64_t covered = 0;
  const auto finish_hour = [&] {
    std::sort(hour.begin(), hour.end(), [](const RawSpan& a, const RawSpan& b) { return a.key < b.key; });
    for (std::size_t at = 0, end; at < hour.size(); at = end) {
      for (end = at; end < hour.size() && hour[end].key == hour[at].key;) ++end;
      const Row row = row_of(&hour[at], end - at, values);
      std::string key;
      put_big_endian(key, std::uint64_t{hour[at].hour} << 32 | hour[at].key);
      key += '%';
      check(batch.Put(rows_, key, {reinterpret_cast<const char*>(&row), sizeof row}));
      covered += row.count;
    }
    hour.clear();
    if (batch.Count() < static_cast<int>(kRowsPerBatch)) return;
    check(db_->Write({}, &batch));
    batch.Clear();
  };
  std::string place;
  for (log->SeekToFirst(); log->Valid(); log->Next()) {
    const std::string_view key(log->key().data(), 8);
    if (static_cast<std::uint8_t>(key[7]) % shares != share) continue;  // every so many-th hour
    if (key != place) {
      finish_hour();
      place = key;
    }
    const std::size_t before = hour.size();
    hour.resize(before + log->value().size() / sizeof(RawSpan));
    std::memcpy(&hour[before], log->value().data(), log->value().size());
  }
  check(log->status());
  finish_hour();
  check(db_->Write({}, &batch));
  return covered;
}

std::uint64_t RawStore::recompute(int threads) {
  std::atomic<std::uint64_t> covered = 0;
  std::mutex failure_mutex;
  std::exception_ptr failure;
  {
    std::vector<std::jthread> shares;
    for (int share = 0; share < threads; ++share)
      shares.emplace_back([&, share] {
        try {
          covered += recompute_share(share, threads);
        } catch (...) {
          const std::lock_guard lock(failure_mutex);
          failure = std::current_exception();
        }
      });
  }
  if (failure) std::rethrow_exception(failure);
  check(db_->SyncWAL());
  return covered;
}

}  // namespace tidemark::bench
