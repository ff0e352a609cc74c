#pragma once
#include <array>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/outcome.hpp>
#include <tidemark/time.hpp>

namespace tidemark::http {

/// The last rejected spans of each reason, for people who wonder where theirs went. In memory alone. Threads: any.
class RecentRejects {
 public:
  static constexpr std::size_t kPerReason = 50;
  /// Longer texts are cut.
  static constexpr std::size_t kMaxTextBytes = 500;

  struct Entry {
    Instant at;
    std::string route;
    Rejection rejection;
  };

  /// Keeps the examples of a report; a report has the first ten of its rejections.
  void add(Instant at, std::string_view route, const std::vector<Rejection>& examples);

  /// Of one reason, or of all in the order of reasons; the newest first.
  std::vector<Entry> of(RejectReason reason) const;
  std::vector<Entry> all() const;

 private:
  mutable std::mutex mutex_;
  std::array<std::deque<Entry>, kRejectReasons> entries_;
};

}  // namespace tidemark::http
