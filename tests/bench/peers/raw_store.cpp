#include "peers/raw_store.hpp"

#include <algorithm>
#include <filesystem>
#include <stdexcept>

#include <rocksdb/filter_policy.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "model/bytes.hpp"

namespace tidemark::bench {
namespace {

constexpr std::uint64_t kSpansPerCheckpoint = 200'000;

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw std::runtime_error("raw RocksDB: " + status.ToString());
}

rocksdb::Slice slice(const std::array<char, 16>& identity) { return {identity.data(), identity.size()}; }

}  // namespace

RawStore::RawStore(const std::string& path, bool with_identities) : path_(path), with_identities_(with_identities) {
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  rocksdb::Options options;
  options.create_if_missing = options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  rocksdb::BlockBasedTableOptions table;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10, false));
  rocksdb::ColumnFamilyOptions family;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  family.compression = rocksdb::kLZ4Compression;
  rocksdb::ColumnFamilyOptions digests = family;
  digests.compression = rocksdb::kNoCompression;
  rocksdb::DB* db = nullptr;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
  check(rocksdb::DB::Open(options, path, {{"default", family}, {"rows", family}, {"identities", digests}}, &handles,
                          &db));
  db_.reset(db);
  for (rocksdb::ColumnFamilyHandle* handle : handles) handles_.emplace_back(handle);
  log_ = handles[0], rows_ = handles[1], identities_ = handles[2];
}

/// Leaves in `wanted` the spans that nobody has sent before.
void RawStore::forget_known(const RawSpan* spans, std::size_t count, std::vector<std::uint32_t>& wanted) {
  std::erase_if(wanted, [&](std::uint32_t i) { return !recent_.insert(spans[i].identity).second; });
  if (files_ == 0) return;
  std::sort(wanted.begin(), wanted.end(),
            [&](auto a, auto b) { return slice(spans[a].identity).compare(slice(spans[b].identity)) < 0; });
  std::vector<rocksdb::Slice> keys;
  for (const std::uint32_t i : wanted) keys.push_back(slice(spans[i].identity));
  std::vector<rocksdb::PinnableSlice> values(count);
  std::vector<rocksdb::Status> found(count);
  db_->MultiGet({}, identities_, keys.size(), keys.data(), values.data(), found.data(), true);
  std::size_t at = 0;
  std::erase_if(wanted, [&](std::uint32_t) { return found[at++].ok(); });
}

void RawStore::count_in(const RawSpan& span) {
  Bucket& b = buckets_[std::uint64_t{span.hour} << 32 | span.key];
  ++b.count;
  ++b.by_result[span.result];
  b.sum_duration += span.duration_us;
  b.min_duration = std::min(b.min_duration, span.duration_us);
  b.max_duration = std::max(b.max_duration, span.duration_us);
  b.sum_queue += span.queue_us;
  b.min_queue = std::min(b.min_queue, span.queue_us);
  b.max_queue = std::max(b.max_queue, span.queue_us);
  b.changed = true;
}

std::size_t RawStore::commit(const RawSpan* spans, std::size_t count) {
  std::vector<std::uint32_t> order(count);
  for (std::uint32_t i = 0; i < count; ++i) order[i] = i;
  if (with_identities_) forget_known(spans, count, order);
  const auto place = [&](std::uint32_t i) { return std::uint64_t{spans[i].owner} << 32 | spans[i].hour; };
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return place(a) < place(b); });
  rocksdb::WriteBatch batch;
  std::string key, value;
  for (std::size_t at = 0; at < order.size();) {
    const std::uint64_t owner_hour = place(order[at]);
    value.clear();
    for (; at < order.size() && place(order[at]) == owner_hour; ++at)
      value.append(reinterpret_cast<const char*>(&spans[order[at]]), sizeof(RawSpan));
    key.clear();
    put_big_endian(key, owner_hour);
    put_big_endian(key, sequence_);
    check(batch.Put(log_, key, value));
  }
  rocksdb::WriteOptions synced;
  synced.sync = true;
  check(db_->Write(synced, &batch));
  ++sequence_;
  for (const std::uint32_t i : order) count_in(spans[i]);
  if ((since_checkpoint_ += count) >= kSpansPerCheckpoint) checkpoint();
  return order.size();
}

void RawStore::checkpoint() {
  std::vector<std::uint64_t> changed;
  for (auto& [key, bucket] : buckets_)
    if (std::exchange(bucket.changed, false)) changed.push_back(key);
  std::sort(changed.begin(), changed.end());
  rocksdb::WriteBatch batch;
  for (const std::uint64_t place : changed) {
    std::string key;
    put_big_endian(key, place);
    check(batch.Put(rows_, key, {reinterpret_cast<const char*>(&buckets_[place]), sizeof(Bucket)}));
  }
  check(db_->Write({}, &batch));
  if (with_identities_) load_identities();
  since_checkpoint_ = 0;
}

void RawStore::load_identities() {
  std::vector<std::array<char, 16>> sorted(recent_.begin(), recent_.end());
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return slice(a).compare(slice(b)) < 0; });
  const std::string file = path_ + "/load-" + std::to_string(files_++) + ".sst";
  rocksdb::SstFileWriter writer({}, db_->GetOptions(identities_), identities_);
  check(writer.Open(file));
  for (const auto& identity : sorted) check(writer.Put(slice(identity), {}));
  check(writer.Finish());
  rocksdb::IngestExternalFileOptions move;
  move.move_files = true;
  check(db_->IngestExternalFile(identities_, {file}, move));
  recent_.clear();
}

void RawStore::flush() {
  checkpoint();
  check(db_->Flush({}, {log_, rows_, identities_}));
}

}  // namespace tidemark::bench
