#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tidemark {

struct TomlEntry;

/// A value of a TOML file, and where it stands. Tables keep the order in which their keys are written.
struct TomlValue {
  enum class Kind : std::uint8_t { text, integer, real, boolean, time, list, table };
  Kind kind = Kind::table;
  int line = 0;  ///< From 1; of a table, the line of its header or opening brace.
  std::string text;
  std::int64_t integer = 0;
  bool boolean = false;
  std::vector<TomlValue> items;    ///< Of a list.
  std::vector<TomlEntry> entries;  ///< Of a table.
};

struct TomlEntry {
  std::string key;
  int line = 0;
  TomlValue value;
};

/// `a text`, `a list`: what a message says was found.
std::string_view describe(TomlValue::Kind kind);

/// Reads one file. `name` is what messages call it.
/// Errors: InputError, `name:line: …`, when it is not TOML 1.0.
TomlValue parse_toml(const std::string& name, std::string_view text);

/// `text` as a TOML basic string, quotes included.
std::string quote_toml(std::string_view text);

}  // namespace tidemark
