#pragma once
#include <cstdint>
#include <vector>

namespace tidemark::fleet {

/// Everything that is left to chance in a simulation comes from one of these; the same seed gives the same numbers on
/// every machine. (SplitMix64: Steele, Lea, Flood, "Fast Splittable Pseudorandom Number Generators", 2014.)
class Chance {
 public:
  explicit Chance(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }
  /// From 0 to n − 1.
  int below(int n) { return static_cast<int>(next() % static_cast<std::uint64_t>(n)); }
  /// From low to high, both included.
  int between(int low, int high) { return low + below(high - low + 1); }
  bool percent(int p) { return below(100) < p; }
  std::size_t index(std::size_t size) { return static_cast<std::size_t>(next() % size); }
  template <typename T>
  const T& pick(const std::vector<T>& all) {
    return all[index(all.size())];
  }
  /// From 0 to n − 1, the k-th as often as 1/(k + 1).
  int zipf(int n) {
    double total = 0;
    for (int k = 0; k < n; ++k) total += 1.0 / (k + 1);
    double left = static_cast<double>(next() >> 11) * 0x1p-53 * total;
    for (int k = 0; k + 1 < n; ++k)
      if ((left -= 1.0 / (k + 1)) < 0) return k;
    return n - 1;
  }
  /// One that is independent of this one: what it is used for leaves the others' numbers as they are.
  Chance fork() { return Chance(next()); }

 private:
  std::uint64_t state_;
};

}  // namespace tidemark::fleet
