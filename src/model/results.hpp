#pragma once
#include <optional>
#include <string_view>

namespace tidemark {

/// Maps what CI systems call a result to OpenTelemetry's `success, failure, error, timeout, cancellation, skip`,
/// whatever its case. Nothing when no rule maps it; such a span is stored with `unknown`.
/// Source: OpenTelemetry semantic conventions, cicd.pipeline.result; the vendors' own words for it.
std::optional<std::string_view> map_result(std::string_view vendor_word);

inline constexpr std::string_view kUnknownResult = "unknown";

}  // namespace tidemark
