#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/time.hpp>

namespace tidemark::fleet {

/// One span as its sender knows it.
struct Span {
  int number = 0;  ///< Its identity; an index into the world's spans.
  std::string owner, job;
  std::vector<std::string> tags;
  std::optional<std::string> result;
  std::optional<bool> main;
  std::optional<Instant> started;
  Instant ended;  ///< No two spans of a world have the same, so there is one first and one last.
  std::optional<std::int64_t> cost_cents;
  std::int64_t mark = 0;  ///< So that no two sets of spans have the same sum of it.
};

/// As NDJSON, one line with its end.
std::string to_ndjson(const Span& span);

}  // namespace tidemark::fleet
