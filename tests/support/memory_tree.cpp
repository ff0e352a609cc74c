#include "support/memory_tree.hpp"

namespace tidemark::test {

struct MemoryTree::Node {
  std::shared_ptr<const Entry> entry;
  std::uint64_t priority;
  NodePtr left, right;

  NodePtr with_left(NodePtr other) const {
    return std::make_shared<Node>(Node{entry, priority, std::move(other), right});
  }
  NodePtr with_right(NodePtr other) const {
    return std::make_shared<Node>(Node{entry, priority, left, std::move(other)});
  }
};

namespace {

/// FNV-1a, mixed: neighbouring keys differ in their last byte only.
std::uint64_t priority_of(std::string_view key) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return (hash ^ (hash >> 29)) * 0xbf58476d1ce4e5b9;
}

}  // namespace

MemoryTree::NodePtr MemoryTree::join(const NodePtr& low, const NodePtr& high) {
  if (!low) return high;
  if (!high) return low;
  if (low->priority >= high->priority) return low->with_right(join(low->right, high));
  return high->with_left(join(low, high->left));
}

/// What is smaller than `key`, and what is larger; nothing is equal.
std::pair<MemoryTree::NodePtr, MemoryTree::NodePtr> MemoryTree::split(const NodePtr& node, std::string_view key) {
  if (!node) return {};
  if (node->entry->first < key) {
    auto [low, high] = split(node->right, key);
    return {node->with_right(std::move(low)), std::move(high)};
  }
  auto [low, high] = split(node->left, key);
  return {std::move(low), node->with_left(std::move(high))};
}

MemoryTree::NodePtr MemoryTree::with(const NodePtr& node, const NodePtr& added) {
  // An equal key has an equal priority, so it is met before any node that has a lower one.
  if (!node || node->priority < added->priority) {
    auto [low, high] = split(node, added->entry->first);
    ++size_;
    return std::make_shared<Node>(Node{added->entry, added->priority, std::move(low), std::move(high)});
  }
  const int order = added->entry->first.compare(node->entry->first);
  if (order == 0) return std::make_shared<Node>(Node{added->entry, node->priority, node->left, node->right});
  return order < 0 ? node->with_left(with(node->left, added)) : node->with_right(with(node->right, added));
}

MemoryTree::NodePtr MemoryTree::without(const NodePtr& node, std::string_view key) {
  if (!node) return node;
  const int order = key.compare(node->entry->first);
  if (order == 0) {
    --size_;
    return join(node->left, node->right);
  }
  if (order < 0) {
    NodePtr left = without(node->left, key);
    return left == node->left ? node : node->with_left(std::move(left));
  }
  NodePtr right = without(node->right, key);
  return right == node->right ? node : node->with_right(std::move(right));
}

void MemoryTree::put(std::string_view key, std::string_view value) {
  const auto entry = std::make_shared<const Entry>(key, value);
  root_ = with(root_, std::make_shared<Node>(Node{entry, priority_of(key), nullptr, nullptr}));
}

void MemoryTree::erase(std::string_view key) { root_ = without(root_, key); }

const std::string* MemoryTree::find(std::string_view key) const {
  for (const Node* node = root_.get(); node != nullptr;) {
    const int order = key.compare(node->entry->first);
    if (order == 0) return &node->entry->second;
    node = (order < 0 ? node->left : node->right).get();
  }
  return nullptr;
}

std::vector<MemoryTree::Entry> MemoryTree::entries() const {
  std::vector<Entry> all;
  all.reserve(size_);
  Cursor cursor(*this);
  for (cursor.seek({}); cursor.valid(); cursor.next()) all.push_back(cursor.entry());
  return all;
}

void MemoryTree::Cursor::seek(std::string_view key) {
  path_.clear();
  for (const Node* node = root_.get(); node != nullptr;) {
    if (node->entry->first < key) {
      node = node->right.get();
      continue;
    }
    path_.push_back(node);
    node = node->left.get();
  }
}

void MemoryTree::Cursor::next() {
  const Node* node = path_.back()->right.get();
  path_.pop_back();
  for (; node != nullptr; node = node->left.get()) path_.push_back(node);
}

const MemoryTree::Entry& MemoryTree::Cursor::entry() const { return *path_.back()->entry; }

}  // namespace tidemark::test
