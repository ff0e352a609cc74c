#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tidemark {

/// By which way a span came: what identities it can have. OTLP is one way in all its forms.
/// The numbers are stored (docs/format.md, "Meta").
enum class Way : std::uint8_t { ndjson = 0, otlp = 1, junit = 2, github = 3, buildkite = 4, gitlab = 5 };

inline constexpr std::array<std::string_view, 6> kWayNames{"ndjson", "otlp", "junit", "github", "buildkite", "gitlab"};

constexpr std::string_view name_of(Way way) { return kWayNames[static_cast<std::size_t>(way)]; }

constexpr std::optional<Way> way_named(std::string_view name) {
  for (std::size_t i = 0; i < kWayNames.size(); ++i)
    if (kWayNames[i] == name) return static_cast<Way>(i);
  return std::nullopt;
}

}  // namespace tidemark
