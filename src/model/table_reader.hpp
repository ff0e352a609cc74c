#pragma once
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/time.hpp>

#include "model/toml_document.hpp"

namespace tidemark {

/// Where in the definitions something stands.
struct Place {
  std::string file;
  int line = 0;
  std::string section;  ///< `rollup.x.columns`; empty at the top of a file.
};

/// InputError: `file:line: [section] key: message`; without `key:` when there is none.
[[noreturn]] void fail_at(const Place& place, std::string_view key, std::string_view message);

/// Reads one table of a definition file key by key, and refuses keys that nobody asked for.
/// Errors: each read throws InputError with file, line, section, key, what was expected and what was found.
class TableReader {
 public:
  /// `value` must outlive the reader, and must be a table: InputError otherwise.
  TableReader(Place place, const TomlValue& value);

  const Place& place() const { return place_; }
  /// The table's place, at this entry's line.
  Place place_of(const TomlEntry& entry) const;
  const std::vector<TomlEntry>& entries() const { return table_.entries; }

  /// Nullptr when the key is absent.
  const TomlEntry* find(std::string_view key);
  const TomlEntry& require(std::string_view key, std::string_view expected);
  /// The sub-table of that name, or nothing.
  std::optional<TableReader> table(std::string_view key);
  static TableReader table_of(const Place& place, const TomlEntry& entry);

  std::string text(std::string_view key, std::string_view expected);
  std::optional<std::string> optional_text(std::string_view key, std::string_view expected);
  bool boolean(std::string_view key, bool absent);
  std::int64_t integer(std::string_view key, std::int64_t least, std::int64_t most);
  std::optional<Micros> duration(std::string_view key);
  /// A list of texts, none of them empty; `most` is the longest allowed.
  std::vector<std::string> texts(std::string_view key, std::string_view expected, std::size_t most);

  [[noreturn]] void fail(const TomlEntry& entry, std::string_view message) const;
  /// `expected …, found a list`.
  [[noreturn]] void fail_expected(const TomlEntry& entry, std::string_view expected) const;
  /// Refuses the first key that was never asked for, and suggests the nearest one that was.
  void refuse_unknown() const;

 private:
  Place place_;
  const TomlValue& table_;
  std::set<std::string, std::less<>> known_;
};

}  // namespace tidemark
