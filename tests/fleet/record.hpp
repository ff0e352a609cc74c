#pragma once
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

#include "fleet/definitions.hpp"

namespace tidemark::fleet {

/// A span that a store has accepted.
struct Accepted {
  const Span* span = nullptr;
  std::uint32_t epoch = 0;
  std::array<bool, kRollups> left_out{};  ///< Rollups that had sealed its bucket.
};

/// What a store must hold, as the simulation knows it. Copied whenever its disk is.
struct Record {
  std::string agent;               ///< Empty: it has never been opened.
  std::vector<Accepted> accepted;  ///< In order.
  std::vector<bool> known;         ///< By number of span: what is in `accepted`.
  /// What the disk may or may not hold behind that: a request that was not answered. All of it or nothing.
  std::vector<Accepted> doubtful;
  std::array<Instant, kRollups> sealed{};   ///< Buckets before it take no more spans.
  std::array<Instant, kRollups> sealing{};  ///< What it becomes when the pass that was stopped got so far.
  std::array<bool, 2> synced{};             ///< By sink: whether a sync to it has succeeded.
  /// How many spans the store had accepted at the beginning of the last sync that it knows to have succeeded: up to there it
  /// was alone.
  std::size_t alone_until = 0;

  bool knows(const Span& span) const {
    const auto number = static_cast<std::size_t>(span.number);
    return number < known.size() && known[number];
  }
  void accept(const Accepted& entry) {
    const auto number = static_cast<std::size_t>(entry.span->number);
    if (known.size() <= number) known.resize(number + 1);
    known[number] = true;
    accepted.push_back(entry);
  }
};

}  // namespace tidemark::fleet
