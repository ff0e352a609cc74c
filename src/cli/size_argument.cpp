#include "cli/size_argument.hpp"

#include <charconv>

#include "cli/options.hpp"
#include "model/text.hpp"

namespace tidemark::cli {
namespace {

/// How far a unit shifts its number; -1 for what is none.
int shift_of(std::string_view unit) {
  const std::string lower = to_lower(unit);
  if (lower.empty() || lower == "b") return 0;
  if (lower == "k" || lower == "kb" || lower == "kib") return 10;
  if (lower == "m" || lower == "mb" || lower == "mib") return 20;
  if (lower == "g" || lower == "gb" || lower == "gib") return 30;
  return -1;
}

}  // namespace

std::uint64_t parse_size_argument(std::string_view option, std::string_view text) {
  const std::string_view trimmed = trim(text);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(trimmed.data(), trimmed.data() + trimmed.size(), number);
  const std::string_view unit = trim(std::string_view(end, static_cast<std::size_t>(trimmed.data() + trimmed.size() - end)));
  const int shift = shift_of(unit);
  if (error != std::errc() || shift < 0 || number > (UINT64_MAX >> shift))
    throw UsageError(std::string(option) + ": expected a size such as 128MB, found '" + std::string(text) + "'");
  return number << shift;
}

}  // namespace tidemark::cli
