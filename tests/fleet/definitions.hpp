#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "fleet/formulas.hpp"

/// What the simulated fleet rolls up: each column as the product is told it, beside what it must come to.
namespace tidemark::fleet {

struct Column {
  std::string name;
  std::string expression;
  Formula formula;
  bool computed = false;  ///< Covers computed_counter spans, not update_counter, where the rollup is inline.
  bool percentile = false;
};

/// What rows cover: where a row is not finished, columns that wait for a pass cover fewer spans.
struct Covered {
  Spans updated, computed;
  /// One row's, in the order of acceptance.
  void add(const Spans& spans, std::size_t computed_spans);
};

struct Rollup {
  std::string name;
  std::vector<std::string> by;
  std::optional<Micros> every;
  bool is_inline = false;
  std::optional<Micros> bucket_retention, distribution_retention;
  std::vector<Column> columns;

  /// How long after its time a bucket is sealed, by the agent's clock.
  std::optional<Micros> sealed_after() const { return bucket_retention ? bucket_retention : distribution_retention; }
  /// Text of the dimensions of `by` that are named, separated by `/`.
  std::string key_of(const Span& span, const std::vector<std::string>& by) const;
  Instant start_of(const Span& span) const;
  /// Of the columns.
  std::vector<std::string> row(const Covered& spans) const;
};

inline constexpr Micros kRetention = hours(6);
inline constexpr Micros kIdentityRetention = days(5);
inline constexpr std::size_t kRollups = 5;

const std::array<Rollup, kRollups>& rollups();
/// All of it as TOML.
std::string definitions_toml();

}  // namespace tidemark::fleet
