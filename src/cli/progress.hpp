#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include <tidemark/engine.hpp>

#include "cli/console.hpp"

namespace tidemark::cli {

/// `recompute  [#########...........]  45 %  450,000 of 1,000,000`; without a known total, the count alone.
std::string progress_line(std::string_view what, std::uint64_t done, std::uint64_t total);

/// A line on stderr that is drawn over and over while long work runs, and is gone afterwards.
/// Does nothing when stderr is no terminal, or under `--quiet`. One thread at a time.
class ProgressBar {
 public:
  ProgressBar(Console& console, bool quiet) : console_(console), shown_(!quiet && console.error_is_terminal()) {}
  ~ProgressBar() { clear(); }
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  /// Draws at most ten times a second.
  void update(std::string_view what, std::uint64_t done, std::uint64_t total);
  void clear();
  /// For the engine; the bar must outlive it. Empty when nothing would be shown.
  Progress callback();

 private:
  Console& console_;
  bool shown_;
  bool drawn_ = false;
  double next_draw_ = 0;
};

}  // namespace tidemark::cli
