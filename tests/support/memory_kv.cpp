#include "support/memory_kv.hpp"

#include <mutex>
#include <thread>

namespace tidemark::test {
namespace {

/// So many commits that are not synced are told apart: power is lost to one of these states.
constexpr std::size_t kUnsyncedCommits = 32;

class MemorySnapshot final : public KvSnapshot {
 public:
  explicit MemorySnapshot(MemoryDisk::Families now) : families(std::move(now)) {}
  MemoryDisk::Families families;
};

class MemoryCursor final : public KvCursor {
 public:
  explicit MemoryCursor(const MemoryTree& tree) : cursor_(tree) {}
  void seek(std::string_view key) override { cursor_.seek(key); }
  void next() override { cursor_.next(); }
  bool valid() const override { return cursor_.valid(); }
  std::string_view key() const override { return cursor_.entry().first; }
  std::string_view value() const override { return cursor_.entry().second; }

 private:
  MemoryTree::Cursor cursor_;
};

}  // namespace

class MemoryKv final : public KvStore {
 public:
  explicit MemoryKv(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}

  void commit(const KvBatch& batch, Durability durability) override {
    std::this_thread::yield();  // as a disk does: others get on meanwhile
    const std::lock_guard lock(mutex_);
    write([&] {
      auto& unsynced = disk_->unsynced_;
      if (durability == Durability::synced) {
        unsynced.clear();
      } else {
        if (unsynced.size() == kUnsyncedCommits) unsynced.pop_front();
        unsynced.push_back(disk_->families_);
      }
      for (const KvBatch::Change& c : batch.changes()) {
        MemoryTree& tree = disk_->families_[static_cast<std::size_t>(c.family)];
        if (c.erase)
          tree.erase(batch.key(c));
        else
          tree.put(batch.key(c), batch.value(c));
      }
    });
  }

  std::optional<std::string> get(Family family, std::string_view key, const SnapshotPtr& at) const override {
    const MemoryTree tree = tree_of(family, at);
    const std::string* found = tree.find(key);
    return found == nullptr ? std::nullopt : std::optional(*found);
  }

  std::vector<std::optional<std::string>> get_many(Family family, const std::vector<std::string_view>& keys,
                                                   const SnapshotPtr& at) const override {
    const MemoryTree tree = tree_of(family, at);
    std::vector<std::optional<std::string>> found(keys.size());
    for (std::size_t i = 0; i < keys.size(); ++i)
      if (const std::string* value = tree.find(keys[i])) found[i] = *value;
    return found;
  }

  std::unique_ptr<KvCursor> cursor(Family family, const SnapshotPtr& at) const override {
    if (at && disk_->before_snapshot_cursor) disk_->before_snapshot_cursor(family);
    return std::make_unique<MemoryCursor>(tree_of(family, at));
  }

  SnapshotPtr snapshot() const override {
    const std::lock_guard lock(mutex_);
    return std::make_shared<MemorySnapshot>(disk_->families_);
  }

  void bulk_load(Family family, const Entries& entries) override {
    const std::lock_guard lock(mutex_);
    write([&] {
      each_state(family, [&](MemoryTree& tree) {
        entries([&](std::string_view key, std::string_view value) { tree.put(key, value); });
      });
    });
  }

  void set_expiry(Family family, Expired expired) override {
    const std::lock_guard lock(mutex_);
    expired_[static_cast<std::size_t>(family)] = std::move(expired);
  }

  void compact(Family family) override {
    const std::lock_guard lock(mutex_);
    const Expired& expired = expired_[static_cast<std::size_t>(family)];
    if (!expired) return;
    each_state(family, [&](MemoryTree& tree) {
      for (const auto& [key, value] : tree.entries())
        if (expired(key, value)) tree.erase(key);
    });
  }

  void reclaim(Family, std::string_view, std::string_view) override {}
  void copy_to(const std::string&) override { throw InputError("a store in memory has no folder to be copied into"); }
  std::uint64_t approximate_count(Family family) const override { return tree_of(family, {}).size(); }
  std::uint64_t bytes_on_disk(Family) const override { return 0; }
  void close() override {}

 private:
  template <typename Apply>
  void write(const Apply& apply) {
    if (failed_) throw StoreError("an earlier write to the disk in memory failed; open the store again");
    if (disk_->before_write) disk_->before_write(disk_->writes_done);
    if (disk_->writes_left == 0) {
      failed_ = true;
      if (std::exchange(disk_->failing_write_lands, false)) apply();
      throw StoreError("the disk failed, as the test asked");
    }
    apply();
    --disk_->writes_left;
    ++disk_->writes_done;
  }

  /// What bypasses the write-ahead log is there whatever commit the power loss goes back to.
  template <typename Change>
  void each_state(Family family, const Change& change) {
    change(disk_->families_[static_cast<std::size_t>(family)]);
    for (MemoryDisk::Families& state : disk_->unsynced_) change(state[static_cast<std::size_t>(family)]);
  }

  MemoryTree tree_of(Family family, const SnapshotPtr& at) const {
    const auto index = static_cast<std::size_t>(family);
    if (at) return static_cast<const MemorySnapshot&>(*at).families[index];
    const std::lock_guard lock(mutex_);
    return disk_->families_[index];
  }

  mutable std::mutex mutex_;
  std::shared_ptr<MemoryDisk> disk_;
  std::array<Expired, kFamilies> expired_;
  bool failed_ = false;
};

void MemoryDisk::repair() {
  writes_left = std::numeric_limits<std::uint64_t>::max();
  failing_write_lands = false;
}

void MemoryDisk::lose_power(std::size_t survivors) {
  if (survivors < unsynced_.size()) families_ = unsynced_[survivors];
  unsynced_.clear();
}

MemoryDisk::Entries MemoryDisk::entries(Family family) const {
  Entries all;
  for (auto& [key, value] : families_[static_cast<std::size_t>(family)].entries())
    all.emplace_hint(all.end(), key, value);
  return all;
}

void MemoryDisk::replace(Family family, const Entries& entries) {
  MemoryTree tree;
  for (const auto& [key, value] : entries) tree.put(key, value);
  families_[static_cast<std::size_t>(family)] = tree;
}

std::unique_ptr<KvStore> open_memory(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryKv>(std::move(disk));
}

}  // namespace tidemark::test
