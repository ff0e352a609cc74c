#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tidemark::test {

/// Ordered bytes to bytes. A copy costs as much as a pointer's and is a value of its own: nodes never change, a change
/// makes those on its way anew. So snapshots, disk images and what was durable are plain copies.
/// A treap; its priorities are its keys' hashes, so the same entries have the same shape, whatever their history.
/// Threads: as a std::map; copies are independent of each other.
class MemoryTree {
  struct Node;
  using NodePtr = std::shared_ptr<const Node>;

 public:
  using Entry = std::pair<std::string, std::string>;

  void put(std::string_view key, std::string_view value);
  void erase(std::string_view key);
  /// Null when there is none. Good until this tree is changed or gone.
  const std::string* find(std::string_view key) const;
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::vector<Entry> entries() const;
  friend bool operator==(const MemoryTree& a, const MemoryTree& b) {
    return a.root_ == b.root_ || a.entries() == b.entries();
  }

  /// Goes through the entries that the tree had when the cursor was made.
  class Cursor {
   public:
    explicit Cursor(const MemoryTree& tree) : root_(tree.root_) {}
    void seek(std::string_view key);  ///< To the first key that is not smaller.
    void next();
    bool valid() const { return !path_.empty(); }
    const Entry& entry() const;

   private:
    NodePtr root_;
    std::vector<const Node*> path_;  // nodes whose entry and right side are still to come, the next one last
  };

 private:
  static NodePtr join(const NodePtr& low, const NodePtr& high);
  static std::pair<NodePtr, NodePtr> split(const NodePtr& node, std::string_view key);
  NodePtr with(const NodePtr& node, const NodePtr& added);
  NodePtr without(const NodePtr& node, std::string_view key);

  NodePtr root_;
  std::size_t size_ = 0;
};

}  // namespace tidemark::test
