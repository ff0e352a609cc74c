#include "model/results.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tidemark {
namespace {

using Word = std::pair<std::string_view, std::string_view>;

/// Ascending by the vendors' word, for the search.
constexpr std::array kWords{
    Word{"aborted", "cancellation"},
    Word{"action_required", "failure"},
    Word{"broken", "error"},
    Word{"canceled", "cancellation"},
    Word{"cancellation", "cancellation"},
    Word{"cancelled", "cancellation"},
    Word{"error", "error"},
    Word{"expired", "error"},
    Word{"fail", "failure"},
    Word{"failed", "failure"},
    Word{"failure", "failure"},
    Word{"neutral", "success"},
    Word{"not_built", "skip"},
    Word{"not_run", "skip"},
    Word{"pass", "success"},
    Word{"passed", "success"},
    Word{"skip", "skip"},
    Word{"skipped", "skip"},
    Word{"stale", "cancellation"},
    Word{"startup_failure", "error"},
    Word{"success", "success"},
    Word{"timed_out", "timeout"},
    Word{"timeout", "timeout"},
    Word{"unstable", "failure"},
};
static_assert(std::is_sorted(kWords.begin(), kWords.end()));
constexpr std::size_t kLongest = 15;

}  // namespace

std::optional<std::string_view> map_result(std::string_view vendor_word) {
  if (vendor_word.size() > kLongest) return std::nullopt;
  std::array<char, kLongest> buffer{};
  for (std::size_t i = 0; i < vendor_word.size(); ++i) {
    const char c = vendor_word[i];
    buffer[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  const std::string_view word(buffer.data(), vendor_word.size());
  const auto found = std::lower_bound(kWords.begin(), kWords.end(), word,
                                      [](const Word& w, std::string_view sought) { return w.first < sought; });
  if (found == kWords.end() || found->first != word) return std::nullopt;
  return found->second;
}

}  // namespace tidemark
