#include "model/table_reader.hpp"

#include <algorithm>

#include <tidemark/errors.hpp>

#include "model/nearest.hpp"

namespace tidemark {
namespace {

/// Keeps intervals addable to any instant.
constexpr Micros kLongestDuration = days(36'500);

std::string found_text(const TomlValue& value) {
  if (value.kind == TomlValue::Kind::text) return quote_toml(value.text);
  if (value.kind == TomlValue::Kind::integer) return std::to_string(value.integer);
  if (value.kind == TomlValue::Kind::boolean) return value.boolean ? "true" : "false";
  return std::string(describe(value.kind));
}

}  // namespace

void fail_at(const Place& place, std::string_view key, std::string_view message) {
  std::string text = place.file + ":" + std::to_string(place.line) + ": ";
  if (!place.section.empty()) text += "[" + place.section + "] ";
  if (!key.empty()) text += std::string(key) + ": ";
  throw InputError(text + std::string(message));
}

TableReader::TableReader(Place place, const TomlValue& value) : place_(std::move(place)), table_(value) {
  if (value.kind != TomlValue::Kind::table) fail_at(place_, {}, "expected a table, found " + found_text(value));
}

Place TableReader::place_of(const TomlEntry& entry) const { return {place_.file, entry.line, place_.section}; }

const TomlEntry* TableReader::find(std::string_view key) {
  known_.emplace(key);
  const auto found = std::find_if(table_.entries.begin(), table_.entries.end(),
                                  [&](const TomlEntry& entry) { return entry.key == key; });
  return found == table_.entries.end() ? nullptr : &*found;
}

const TomlEntry& TableReader::require(std::string_view key, std::string_view expected) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) fail_at(place_, key, "expected " + std::string(expected) + ", found nothing");
  return *entry;
}

std::optional<TableReader> TableReader::table(std::string_view key) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  return table_of(place_, *entry);
}

TableReader TableReader::table_of(const Place& place, const TomlEntry& entry) {
  const std::string section = place.section.empty() ? entry.key : place.section + "." + entry.key;
  return {{place.file, entry.line, section}, entry.value};
}

std::string TableReader::text(std::string_view key, std::string_view expected) {
  const TomlEntry& entry = require(key, expected);
  if (entry.value.kind != TomlValue::Kind::text) fail_expected(entry, expected);
  return entry.value.text;
}

std::optional<std::string> TableReader::optional_text(std::string_view key, std::string_view expected) {
  if (find(key) == nullptr) return std::nullopt;
  return text(key, expected);
}

bool TableReader::boolean(std::string_view key, bool absent) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return absent;
  if (entry->value.kind != TomlValue::Kind::boolean) fail_expected(*entry, "true or false");
  return entry->value.boolean;
}

std::int64_t TableReader::integer(std::string_view key, std::int64_t least, std::int64_t most) {
  const std::string expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  const TomlEntry& entry = require(key, expected);
  const bool fits =
      entry.value.kind == TomlValue::Kind::integer && entry.value.integer >= least && entry.value.integer <= most;
  if (!fits) fail_expected(entry, expected);
  return entry.value.integer;
}

std::optional<Micros> TableReader::duration(std::string_view key) {
  const TomlEntry* entry = find(key);
  if (entry == nullptr) return std::nullopt;
  std::optional<Micros> read;
  if (entry->value.kind == TomlValue::Kind::text) read = parse_duration(entry->value.text);
  if (!read) fail_expected(*entry, "a duration such as \"90s\", \"10m\", \"24h\" or \"30d\"");
  if (*read > kLongestDuration) fail_expected(*entry, "a duration of at most " + format_duration(kLongestDuration));
  return read;
}

std::vector<std::string> TableReader::texts(std::string_view key, std::string_view expected, std::size_t most) {
  const TomlEntry& entry = require(key, expected);
  if (entry.value.kind != TomlValue::Kind::list) fail_expected(entry, expected);
  if (entry.value.items.size() > most)
    fail(entry,
         "expected at most " + std::to_string(most) + " texts, found " + std::to_string(entry.value.items.size()));
  std::vector<std::string> texts;
  for (const TomlValue& item : entry.value.items) {
    if (item.kind != TomlValue::Kind::text || item.text.empty())
      fail(entry, "expected " + std::string(expected) + ", found " + found_text(item) + " in the list");
    texts.push_back(item.text);
  }
  return texts;
}

void TableReader::fail(const TomlEntry& entry, std::string_view message) const {
  fail_at(place_of(entry), entry.key, message);
}

void TableReader::fail_expected(const TomlEntry& entry, std::string_view expected) const {
  fail(entry, "expected " + std::string(expected) + ", found " + found_text(entry.value));
}

void TableReader::refuse_unknown() const {
  for (const TomlEntry& entry : table_.entries) {
    if (known_.contains(entry.key)) continue;
    const std::vector<std::string_view> names(known_.begin(), known_.end());
    fail(entry, "expected " + one_of(names) + ", found an unknown key" + suggest(entry.key, names));
  }
}

}  // namespace tidemark
