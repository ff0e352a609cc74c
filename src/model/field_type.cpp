#include <array>

#include "model/schema_reader.hpp"
#include "model/text.hpp"

namespace tidemark {
namespace {

/// A duration's coarsest resolution.
constexpr Micros kCoarsestStep = hours(1);
constexpr std::size_t kMostFractionDigits = 9;

bool is_name_part(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

std::string_view take_name(std::string_view& text) {
  text = trim(text);
  std::size_t size = 0;
  while (size < text.size() && is_name_part(text[size])) ++size;
  const std::string_view name = text.substr(0, size);
  text = trim(text.substr(size));
  return name;
}

/// The inside of `(…)` when that is all of the text.
std::optional<std::string_view> bracketed(std::string_view text) {
  if (text.size() < 2 || text.front() != '(' || text.back() != ')') return std::nullopt;
  return trim(text.substr(1, text.size() - 2));
}

bool set_step(FieldTypeText& type, std::string_view rest) {
  if (rest.empty()) return true;
  const auto inside = bracketed(rest);
  const auto step = inside ? parse_duration(*inside) : std::nullopt;
  if (!step || *step > kCoarsestStep) return false;
  type.step = step->count;
  return true;
}

/// `1`, `0.1`, `0.01`, …: powers of ten down to 1e-9.
bool set_divisor(FieldTypeText& type, std::string_view rest) {
  if (rest.empty()) return true;
  const auto inside = bracketed(rest);
  if (!inside) return false;
  type.divisor = 1;
  if (*inside == "1") return true;
  if (!inside->starts_with("0.") || inside->back() != '1' || inside->size() > kMostFractionDigits + 2) return false;
  for (const char c : inside->substr(2)) {
    type.divisor *= 10;
    if (c != '0' && c != '1') return false;
  }
  return inside->find('1') == inside->size() - 1;
}

std::optional<FieldTypeText> parse_difference(std::string_view end, std::string_view rest) {
  FieldTypeText type;
  type.type = FieldType::duration;
  type.end = end;
  if (end.empty() || !rest.starts_with('-')) return std::nullopt;
  rest.remove_prefix(1);
  type.start = take_name(rest);
  if (type.start.empty() || !set_step(type, rest)) return std::nullopt;
  return type;
}

std::string format_divisor(std::int64_t divisor) {
  if (divisor == 1) return "1";
  std::string text = "0.";
  for (std::int64_t d = divisor; d > 10; d /= 10) text.push_back('0');
  return text + "1";
}

}  // namespace

std::optional<FieldTypeText> parse_field_type(std::string_view text) {
  constexpr std::array kPlain{FieldType::text, FieldType::labels, FieldType::result, FieldType::boolean,
                              FieldType::instant};
  std::string_view rest = text;
  const std::string_view name = take_name(rest);
  if (rest.starts_with('-')) return parse_difference(name, rest);
  FieldTypeText type;
  for (const FieldType plain : kPlain) {
    type.type = plain;
    if (name == name_of(plain) && rest.empty()) return type;
  }
  type.type = name == "number" ? FieldType::number : FieldType::duration;
  if (name == "duration" && set_step(type, rest)) return type;
  if (name == "number" && set_divisor(type, rest)) return type;
  return std::nullopt;
}

std::string format_field_type(const FieldDef& field, const SourceDef& source) {
  std::string text(name_of(field.type));
  if (field.derived)
    text = source.fields[static_cast<std::size_t>(field.derived->end)].name + " - " +
           source.fields[static_cast<std::size_t>(field.derived->start)].name;
  if (field.type == FieldType::duration && field.step != 1)
    text += (field.derived ? " (" : "(") + format_duration({field.step}) + ")";
  if (field.type == FieldType::number && field.divisor != 1'000'000) text += "(" + format_divisor(field.divisor) + ")";
  return text;
}

}  // namespace tidemark
