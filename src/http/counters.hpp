#pragma once
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <tidemark/time.hpp>

namespace tidemark::http {

/// What the server counts of itself. Threads: any.
class Counters {
 public:
  static constexpr std::array<double, 8> kDurationBounds = {0.001, 0.005, 0.025, 0.1, 0.5, 1, 5, 30};  ///< Seconds.
  struct Durations {
    std::array<std::uint64_t, kDurationBounds.size()> at_most{};  ///< Each counted once, at the first bound that fits.
    std::uint64_t count = 0;
    Micros sum{};
  };

  /// One answered request. `route` is a route's name, never what a client sent.
  void answered(const std::string& route, unsigned status, Micros took);
  std::map<std::pair<std::string, unsigned>, std::uint64_t> requests() const;
  std::map<std::string, Durations> durations() const;

  std::atomic<std::uint64_t> open_connections{0};
  std::atomic<std::uint64_t> accepted_connections{0};
  std::atomic<std::uint64_t> refused_connections{0};  ///< For want of room.
  std::atomic<std::uint64_t> evicted_connections{0};  ///< Idle ones that made room.
  std::atomic<std::uint64_t> timed_out{0};            ///< Connections whose client was too slow.
  std::atomic<std::uint64_t> received_bytes{0};       ///< Of bodies, as they came.

 private:
  struct OfRoute {
    std::map<unsigned, std::uint64_t> by_status;
    Durations durations;
  };
  mutable std::mutex mutex_;
  std::map<std::string, OfRoute> routes_;
};

}  // namespace tidemark::http
