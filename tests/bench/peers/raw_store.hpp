#pragma once
#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include <rocksdb/db.h>

#include "peers/raw_spans.hpp"

namespace tidemark::bench {

/// The fastest shape that we know of for this work in RocksDB, with nothing else done: spans packed per owner and hour, one
/// synced batch per commit; buckets in memory, their rows a checkpoint every 200,000 spans; identities, if asked for, in a
/// set and then in sorted files.
class RawStore {
 public:
  /// What is at the path goes first.
  RawStore(const std::string& path, bool with_identities);

  /// One durable commit. Returns how many of the spans were new.
  std::size_t commit(const RawSpan* spans, std::size_t count);
  void flush();

  /// Reads all spans back, sorts each bucket's values, and stores six percentiles of each, durably.
  /// Returns how many spans it covered.
  std::uint64_t recompute(int threads);

 private:
  struct Bucket {
    std::uint64_t count = 0, by_result[3] = {};
    std::int64_t sum_duration = 0, min_duration = INT64_MAX, max_duration = 0;
    std::int64_t sum_queue = 0, min_queue = INT64_MAX, max_queue = 0;
    bool changed = false;
  };
  struct IdentityHash {
    std::size_t operator()(const std::array<char, 16>& identity) const {
      std::size_t hash;
      __builtin_memcpy(&hash, identity.data(), sizeof hash);
      return hash;
    }
  };

  void forget_known(const RawSpan* spans, std::size_t count, std::vector<std::uint32_t>& wanted);
  void count_in(const RawSpan& span);
  void checkpoint();
  void load_identities();
  std::uint64_t recompute_share(int share, int shares);

  std::string path_;
  bool with_identities_;
  std::unique_ptr<rocksdb::DB> db_;
  rocksdb::ColumnFamilyHandle* log_ = nullptr;
  rocksdb::ColumnFamilyHandle* rows_ = nullptr;
  rocksdb::ColumnFamilyHandle* identities_ = nullptr;
  std::vector<std::unique_ptr<rocksdb::ColumnFamilyHandle>> handles_;  // after db_: they go first
  std::unordered_map<std::uint64_t, Bucket> buckets_;                  // by hour and key
  std::unordered_set<std::array<char, 16>, IdentityHash> recent_;
  std::uint64_t sequence_ = 0, since_checkpoint_ = 0, files_ = 0;
};

}  // namespace tidemark::bench
