#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

/// Random numbers that are the same on every machine: no std:: distribution, no libm function whose last bit differs
/// from one C library to the next. Pure.
namespace tidemark::cli {

/// splitmix64's output function: a bijection that scatters neighbouring numbers.
std::uint64_t mix64(std::uint64_t x);

/// xoshiro256**, seeded by splitmix64.
class Random {
 public:
  /// Different streams of one seed are independent.
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0);

  std::uint64_t next();
  /// Uniform in [0, 1), 53 bits.
  double uniform();
  /// Uniform in [0, n); n must be positive.
  std::uint64_t below(std::uint64_t n);
  /// Uniform in [least, most].
  std::uint64_t between(std::uint64_t least, std::uint64_t most) { return least + below(most - least + 1); }
  /// Standard normal.
  double normal();

 private:
  std::array<std::uint64_t, 4> state_;
};

/// Natural logarithm and exponential from the four basic operations alone, correct to about 1e-13.
double portable_log(double x);
double portable_exp(double x);

/// Picks rank k out of [0, n) with probability proportional to 1 / (k + 1)^exponent.
class Zipf {
 public:
  Zipf(std::size_t n, double exponent);
  std::size_t pick(Random& random) const;
  double probability(std::size_t rank) const;

 private:
  std::vector<double> cumulative_;
};

/// A permutation of [0, n) in constant memory: a four-round Feistel network that walks its cycles back into range.
class Permutation {
 public:
  Permutation(std::uint64_t n, std::uint64_t seed);
  std::uint64_t operator()(std::uint64_t i) const;

 private:
  std::uint64_t once(std::uint64_t i) const;

  std::uint64_t n_;
  int half_bits_;
  std::array<std::uint64_t, 4> keys_;
};

}  // namespace tidemark::cli
