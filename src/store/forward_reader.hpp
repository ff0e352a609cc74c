#pragma once
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "store/kv.hpp"

namespace tidemark {

/// A cursor that only goes forward: steps to neighbours, seeks over gaps.
class ForwardReader {
 public:
  explicit ForwardReader(std::unique_ptr<KvCursor> cursor) : cursor_(std::move(cursor)) {}

  /// To the first key that is not below `key`. Keys must ascend from call to call. False: there is none.
  bool move_to(std::string_view key);
  /// The next key may be any.
  void restart() { started_ = valid_ = false; }
  /// The value of exactly `key`, until the next call.
  std::optional<std::string_view> get(std::string_view key) {
    if (!move_to(key) || key_ != key) return std::nullopt;
    return cursor_->value();
  }

  // After move_to.
  void next() {
    cursor_->next();
    look();
  }
  bool valid() const { return valid_; }
  std::string_view key() const { return key_; }
  std::string_view value() const { return cursor_->value(); }

 private:
  /// Asking the cursor is two virtual calls each time, so its answers are kept.
  void look() {
    valid_ = cursor_->valid();
    if (valid_) key_ = cursor_->key();
  }

  std::unique_ptr<KvCursor> cursor_;
  std::string_view key_;
  bool started_ = false;
  bool valid_ = false;
};

}  // namespace tidemark
