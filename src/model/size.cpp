#include "model/size.hpp"

#include <charconv>

#include "model/text.hpp"

namespace tidemark {
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

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::string_view trimmed = trim(text);
  const char* const last = trimmed.data() + trimmed.size();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(trimmed.data(), last, number);
  const int shift = shift_of(trim(std::string_view(end, static_cast<std::size_t>(last - end))));
  if (error != std::errc() || shift < 0 || number > (UINT64_MAX >> shift)) return std::nullopt;
  return number << shift;
}

std::string format_size(std::uint64_t bytes) {
  struct Unit {
    int shift;
    const char* name;
  };
  for (const Unit unit : {Unit{30, "GB"}, Unit{20, "MB"}, Unit{10, "KB"}})
    if (bytes != 0 && bytes % (std::uint64_t{1} << unit.shift) == 0)
      return std::to_string(bytes >> unit.shift) + unit.name;
  return std::to_string(bytes);
}

}  // namespace tidemark
