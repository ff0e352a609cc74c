#include "model/nearest.hpp"

#include <algorithm>
#include <numeric>

namespace tidemark {
namespace {

/// Longer words are not compared: a message needs no suggestion for them.
constexpr std::size_t kLongest = 64;

/// How many single-character insertions, deletions and replacements turn `a` into `b`.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), 0u);
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string suggest(std::string_view word, const std::vector<std::string_view>& candidates) {
  if (word.size() > kLongest) return {};
  std::string_view best;
  std::size_t best_distance = kLongest;
  for (const std::string_view candidate : candidates) {
    const std::size_t distance = edit_distance(word, candidate);
    if (distance >= best_distance || distance * 3 > std::max(word.size(), candidate.size()) + 2) continue;
    best = candidate;
    best_distance = distance;
  }
  return best.empty() ? std::string() : " (did you mean '" + std::string(best) + "'?)";
}

std::string one_of(const std::vector<std::string_view>& words) {
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 == words.size() ? " or " : ", ";
    text += "'" + std::string(words[i]) + "'";
  }
  return text;
}

}  // namespace tidemark
