#include "support/memory_kv.hpp"

#include <mutex>
#include <thread>

namespace tidemark::test {
namespace {

using Families = std::array<MemoryDisk::Entries, kFamilies>;

class MemorySnapshot final : public KvSnapshot {
 public:
  explicit MemorySnapshot(const Families& now) : families(std::make_shared<Families>(now)) {}
  std::shared_ptr<const Families> families;
};

class MemoryCursor final : public KvCursor {
 public:
  explicit MemoryCursor(MemoryDisk::Entries entries) : entries_(std::move(entries)), at_(entries_.end()) {}
  void seek(std::string_view key) override { at_ = entries_.lower_bound(key); }
  void next() override { ++at_; }
  bool valid() const override { return at_ != entries_.end(); }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }

 private:
  MemoryDisk::Entries entries_;
  MemoryDisk::Entries::const_iterator at_;
};

class MemoryKv final : public KvStore {
 public:
  explicit MemoryKv(std::shared_ptr<MemoryDisk> disk) : disk_(std::move(disk)) {}

  void commit(const KvBatch& batch, Durability durability) override {
    std::this_thread::yield();  // as a disk does: others get on meanwhile
    const std::lock_guard lock(mutex_);
    spend();
    for (const KvBatch::Change& c : batch.changes()) {
      auto& entries = disk_->families[static_cast<std::size_t>(c.family)];
      if (c.erase)
        entries.erase(std::string(batch.key(c)));
      else
        entries[std::string(batch.key(c))] = batch.value(c);
    }
    if (durability == Durability::synced) disk_->durable = disk_->families;
  }

  std::optional<std::string> get(Family family, std::string_view key, const SnapshotPtr& at) const override {
    const std::lock_guard lock(mutex_);
    const auto& entries = of(family, at);
    const auto found = entries.find(key);
    if (found == entries.end()) return std::nullopt;
    return found->second;
  }

  std::vector<std::optional<std::string>> get_many(Family family, const std::vector<std::string_view>& keys,
                                                   const SnapshotPtr& at) const override {
    std::vector<std::optional<std::string>> found;
    for (const std::string_view key : keys) found.push_back(get(family, key, at));
    return found;
  }

  std::unique_ptr<KvCursor> cursor(Family family, const SnapshotPtr& at) const override {
    const std::lock_guard lock(mutex_);
    return std::make_unique<MemoryCursor>(of(family, at));
  }

  SnapshotPtr snapshot() const override {
    const std::lock_guard lock(mutex_);
    return std::make_shared<MemorySnapshot>(disk_->families);
  }

  void bulk_load(Family family, const std::vector<std::pair<std::string_view, std::string_view>>& entries) override {
    const std::lock_guard lock(mutex_);
    spend();
    for (const auto& [key, value] : entries) {
      disk_->families[static_cast<std::size_t>(family)][std::string(key)] = value;
      disk_->durable[static_cast<std::size_t>(family)][std::string(key)] = value;
    }
  }

  void set_expiry(Family family, Expired expired) override { expired_[static_cast<std::size_t>(family)] = std::move(expired); }

  void reclaim(Family, std::string_view, std::string_view) override {}

  void compact(Family family) override {
    const Expired& expired = expired_[static_cast<std::size_t>(family)];
    if (!expired) return;
    const std::lock_guard lock(mutex_);
    std::erase_if(disk_->families[static_cast<std::size_t>(family)],
                  [&](const auto& entry) { return expired(entry.first, entry.second); });
  }

  void copy_to(const std::string&) override { throw InputError("a store in memory has no folder to be copied into"); }

  std::uint64_t approximate_count(Family family) const override { return of(family, {}).size(); }
  std::uint64_t bytes_on_disk(Family) const override { return 0; }
  void close() override {}

 private:
  void spend() {
    if (disk_->writes_left == 0) throw StoreError("the disk failed, as the test asked");
    --disk_->writes_left;
    ++disk_->writes_done;
  }

  const MemoryDisk::Entries& of(Family family, const SnapshotPtr& at) const {
    const auto index = static_cast<std::size_t>(family);
    return at ? (*static_cast<const MemorySnapshot&>(*at).families)[index] : disk_->families[index];
  }

  mutable std::mutex mutex_;
  std::shared_ptr<MemoryDisk> disk_;
  std::array<Expired, kFamilies> expired_;
};

}  // namespace

std::unique_ptr<KvStore> open_memory(std::shared_ptr<MemoryDisk> disk) {
  return std::make_unique<MemoryKv>(std::move(disk));
}

}  // namespace tidemark::test
