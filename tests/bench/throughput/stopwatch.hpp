#pragma once
#include <algorithm>
#include <chrono>
#include <vector>

namespace tidemark::bench {

/// Calls `work` and returns how many seconds it took.
template <typename Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The median of `times` calls, in milliseconds.
template <typename Work>
double median_ms_of(int times, const Work& work) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) all.push_back(seconds_of(work) * 1000);
  std::sort(all.begin(), all.end());
  return all[all.size() / 2];
}

}  // namespace tidemark::bench
