#include "model/toml_document.hpp"

#include <algorithm>

#include <tidemark/errors.hpp>

#include "model/text.hpp"

namespace {

/// A text that breaks what toml++ takes for granted about itself.
struct BrokenAssumption {};

[[noreturn]] void break_assumption() { throw BrokenAssumption{}; }

}  // namespace

// The only file that includes toml++: it costs many seconds to compile.
// Some malformed texts (`[[[a]]]`) break assertions of its parser: that would end the program, or, with NDEBUG, tell the
// optimizer something false. They become exceptions in every build. Source: marzer/tomlplusplus, pull request 301.
#undef NDEBUG
#define TOML_ASSERT(condition) ((condition) ? static_cast<void>(0) : break_assumption())
#define TOML_HEADER_ONLY 1
#define TOML_MAX_NESTED_VALUES 16
#define TOML_EXCEPTIONS 1
#include <toml++/toml.h>

namespace tidemark {
namespace {

/// Each dot of a key is a level of nesting, and tables are built and destroyed recursively.
constexpr int kMostDotsInLine = 32;

void check_nesting(const std::string& name, std::string_view text) {
  int line = 1;
  int dots = 0;
  char quote = 0;
  for (const char c : text) {
    if (c == '\n') {
      ++line;
      dots = 0;
      quote = 0;
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
    dots += quote == 0 && c == '.';
    if (dots > kMostDotsInLine)
      throw InputError(name + ":" + std::to_string(line) + ": expected at most " + std::to_string(kMostDotsInLine) +
                       " dots outside quotes in a line");
  }
}

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

/// Whether toml++ fails on the text without being able to say why.
bool breaks_assumption(std::string_view text) {
  try {
    static_cast<void>(toml::parse(text));
  } catch (const toml::parse_error&) {
  } catch (const BrokenAssumption&) {
    return true;
  }
  return false;
}

/// The line of the first place that breaks an assumption, by halving: the parser reads from front to back, so whatever
/// holds the place breaks it too.
std::size_t line_of_broken_assumption(std::string_view text) {
  std::vector<std::size_t> line_ends;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (text[i] == '\n') line_ends.push_back(i);
  const auto first = std::partition_point(line_ends.begin(), line_ends.end(),
                                          [&](std::size_t end) { return !breaks_assumption(text.substr(0, end)); });
  return static_cast<std::size_t>(first - line_ends.begin()) + 1;
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
  check_nesting(name, text);
  try {
    return convert_table(toml::parse(text, std::string_view(name)));
  } catch (const toml::parse_error& error) {
    throw InputError(name + ":" + std::to_string(error.source().begin.line) +
                     ": expected TOML: " + std::string(trim(error.description())));
  } catch (const BrokenAssumption&) {
    throw InputError(name + ":" + std::to_string(line_of_broken_assumption(text)) +
                     ": expected TOML: a key, a value or the header of a table is malformed");
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
