#include "model/toml_document.hpp"

#include <algorithm>

// The only file that includes toml++: it costs many seconds to compile.
#define TOML_HEADER_ONLY 1
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

#include <tidemark/errors.hpp>

#include "model/text.hpp"

namespace tidemark {
namespace {

struct Position {
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

Position position_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

TomlValue convert(const toml::node& node);

/// toml++ keeps tables sorted by key; the order in which they were written comes back from the positions.
TomlValue convert_table(const toml::table& table) {
  std::vector<std::pair<Position, TomlEntry>> found;
  for (const auto& [key, node] : table) {
    const Position at = position_of(key.source());
    found.push_back({at, {std::string(key.str()), static_cast<int>(at.line), convert(node)}});
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  TomlValue value;
  for (auto& [at, entry] : found) value.entries.push_back(std::move(entry));
  return value;
}

TomlValue convert_list(const toml::array& list) {
  TomlValue value;
  value.kind = TomlValue::Kind::list;
  for (const toml::node& item : list) value.items.push_back(convert(item));
  return value;
}

TomlValue convert_plain(const toml::node& node) {
  TomlValue value;
  if (const auto* text = node.as_string()) {
    value.kind = TomlValue::Kind::text;
    value.text = text->get();
  } else if (const auto* integer = node.as_integer()) {
    value.kind = TomlValue::Kind::integer;
    value.integer = integer->get();
  } else if (const auto* boolean = node.as_boolean()) {
    value.kind = TomlValue::Kind::boolean;
    value.boolean = boolean->get();
  } else {
    value.kind = node.is_floating_point() ? TomlValue::Kind::real : TomlValue::Kind::time;
  }
  return value;
}

TomlValue convert(const toml::node& node) {
  TomlValue value;
  if (const auto* table = node.as_table())
    value = convert_table(*table);
  else if (const auto* list = node.as_array())
    value = convert_list(*list);
  else
    value = convert_plain(node);
  value.line = static_cast<int>(node.source().begin.line);
  return value;
}

}  // namespace

std::string_view describe(TomlValue::Kind kind) {
  switch (kind) {
    case TomlValue::Kind::text: return "a text";
    case TomlValue::Kind::integer: return "a whole number";
    case TomlValue::Kind::real: return "a number with a fraction";
    case TomlValue::Kind::boolean: return "a boolean";
    case TomlValue::Kind::time: return "a date or time";
    case TomlValue::Kind::list: return "a list";
    case TomlValue::Kind::table: return "a table";
  }
  return "";
}

TomlValue parse_toml(const std::string& name, std::string_view text) {
  try {
    return convert_table(toml::parse(text, std::string_view(name)));
  } catch (const toml::parse_error& error) {
    throw InputError(name + ":" + std::to_string(error.source().begin.line) + ": expected TOML: " +
                     std::string(trim(error.description())));
  }
}

std::string quote_toml(std::string_view text) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(c);
    } else if (byte < 0x20 || byte == 0x7f) {
      out += "\\u00";
      out.push_back(kDigits[byte >> 4]);
      out.push_back(kDigits[byte & 15]);
    } else {
      out.push_back(c);
    }
  }
  out.push_back('"');
  return out;
}

}  // namespace tidemark
