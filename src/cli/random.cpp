#include "cli/random.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace tidemark::cli {

namespace {
constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
constexpr double kLn2 = 0.69314718055994530942;
}  // namespace

std::uint64_t mix64(std::uint64_t x) {
  x += kGolden;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

Random::Random(std::uint64_t seed, std::uint64_t stream) {
  std::uint64_t x = mix64(seed) ^ mix64(~stream);
  for (std::uint64_t& word : state_) word = mix64(x += kGolden);
}

std::uint64_t Random::next() {
  const std::uint64_t result = std::rotl(state_[1] * 5, 7) * 9;
  const std::uint64_t t = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= t;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

double Random::uniform() { return static_cast<double>(next() >> 11) * 0x1p-53; }

std::uint64_t Random::below(std::uint64_t n) {
  // The bias of n / 2^64 is far below anything a workload could show.
  return static_cast<std::uint64_t>((static_cast<unsigned __int128>(next()) * n) >> 64);
}

double Random::normal() {
  // Marsaglia's polar method; sqrt is exact to the last bit everywhere.
  for (;;) {
    const double u = 2 * uniform() - 1;
    const double v = 2 * uniform() - 1;
    const double s = u * u + v * v;
    if (s > 0 && s < 1) return u * std::sqrt(-2 * portable_log(s) / s);
  }
}

double portable_log(double x) {
  int exponent = 0;
  double m = std::frexp(x, &exponent);  // exact
  if (m < 0.70710678118654752440) m *= 2, --exponent;
  // ln m = 2 artanh((m - 1) / (m + 1)); the argument is below 0.172, so twelve terms are enough.
  const double t = (m - 1) / (m + 1);
  const double square = t * t;
  double sum = 0;
  for (int k = 12; k >= 0; --k) sum = sum * square + 1.0 / (2 * k + 1);
  return exponent * kLn2 + 2 * t * sum;
}

double portable_exp(double x) {
  const double k = std::floor(x / kLn2 + 0.5);
  const double r = x - k * kLn2;  // at most 0.35
  double sum = 1;
  for (int i = 16; i >= 1; --i) sum = 1 + sum * r / i;
  return std::ldexp(sum, static_cast<int>(k));  // exact
}

Zipf::Zipf(std::size_t n, double exponent) {
  double sum = 0;
  for (std::size_t k = 1; k <= n; ++k) {
    sum += portable_exp(-exponent * portable_log(static_cast<double>(k)));
    cumulative_.push_back(sum);
  }
  for (double& c : cumulative_) c /= sum;
}

std::size_t Zipf::pick(Random& random) const {
  const auto it = std::upper_bound(cumulative_.begin(), cumulative_.end(), random.uniform());
  return std::min(static_cast<std::size_t>(it - cumulative_.begin()), cumulative_.size() - 1);
}

double Zipf::probability(std::size_t rank) const { return cumulative_[rank] - (rank == 0 ? 0 : cumulative_[rank - 1]); }

Permutation::Permutation(std::uint64_t n, std::uint64_t seed) : n_(n) {
  half_bits_ = std::max(1, (static_cast<int>(std::bit_width(n)) + 1) / 2);
  Random random(seed, 0x7065726d);
  for (std::uint64_t& key : keys_) key = random.next();
}

std::uint64_t Permutation::operator()(std::uint64_t i) const {
  // The network permutes a power of four that is less than eight times n; walking on from outside [0, n) ends inside.
  do i = once(i);
  while (i >= n_);
  return i;
}

std::uint64_t Permutation::once(std::uint64_t i) const {
  const std::uint64_t mask = (std::uint64_t{1} << half_bits_) - 1;
  std::uint64_t left = i >> half_bits_, right = i & mask;
  for (const std::uint64_t key : keys_) {
    const std::uint64_t mixed = left ^ (mix64(right ^ key) & mask);
    left = right;
    right = mixed;
  }
  return (left << half_bits_) | right;
}

}  // namespace tidemark::cli
