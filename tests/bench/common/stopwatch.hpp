#pragma once
#include <algorithm>
#include <chrono>
#include <cstddef>
#include <vector>

namespace tidemark::bench {

/// Calls `work` and returns how many seconds it took.
template <typename Work>
double seconds_of(const Work& work) {
  const auto start = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// The value below which `share` of the values lie; `values` must not be empty.
inline double quantile(std::vector<double> values, double share) {
  const auto rank = static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(rank), values.end());
  return values[rank];
}

inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

/// The median of `times` calls, in milliseconds.
template <typename Work>
double median_ms_of(int times, const Work& work) {
  std::vector<double> all;
  for (int i = 0; i < times; ++i) all.push_back(seconds_of(work) * 1000);
  return median(std::move(all));
}

}  // namespace tidemark::bench
