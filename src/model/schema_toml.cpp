#include "model/schema_toml.hpp"

#include <map>
#include <optional>
#include <utility>

#include <tidemark/errors.hpp>

#include "model/nearest.hpp"
#include "model/schema_names.hpp"
#include "model/schema_reader.hpp"
#include "model/toml_document.hpp"

namespace tidemark {
namespace {

/// One `[source.NAME]` or `[rollup.NAME]`.
struct Declared {
  std::string name;
  Place parent;
  const TomlEntry* entry;

  TableReader table() const { return TableReader::table_of(parent, *entry); }
};

/// Collects what all files declare, in their order, before anything is looked up.
class Declarations {
 public:
  Declarations(std::string section, std::size_t most) : section_(std::move(section)), most_(most) {}

  void collect(const std::string& file, TableReader& document) {
    auto group = document.table(section_);
    if (!group) return;
    for (const TomlEntry& entry : group->entries()) add(file, *group, entry);
  }

  const std::vector<Declared>& all() const { return all_; }

 private:
  void add(const std::string& file, const TableReader& group, const TomlEntry& entry) {
    if (const auto problem = problem_with_name(entry.key)) group.fail(entry, *problem);
    for (const std::string_view prefix : {"tidemark_", "pg_", "sqlite_"})
      if (entry.key.starts_with(prefix))
        group.fail(entry, "expected a name that does not start with '" + std::string(prefix) + "', which is reserved");
    const std::string here = file + ":" + std::to_string(entry.line);
    const auto [first, is_new] = places_.emplace(entry.key, here);
    if (!is_new) group.fail(entry, "expected each " + section_ + " once, found it twice: here and at " + first->second);
    if (all_.size() == most_)
      group.fail(entry, "expected at most " + std::to_string(most_) + " of [" + section_ + ".…]");
    all_.push_back({entry.key, group.place_of(entry), &entry});
  }

  std::string section_;
  std::size_t most_;
  std::vector<Declared> all_;
  std::map<std::string, std::string> places_;
};

void refuse_later_sections(const TableReader& document) {
  for (const TomlEntry& entry : document.entries()) {
    const Place place{document.place().file, entry.line, entry.key};
    if (entry.key == "view" || entry.key == "recent" || entry.key == "table")
      fail_at(place, {},
              "expected [source.NAME] or [rollup.NAME]; views, recents and dimension tables are not supported "
              "by this version");
    const std::vector<std::string_view> known{"source", "rollup"};
    if (entry.key != "source" && entry.key != "rollup")
      fail_at(place, {},
              "expected [source.NAME] or [rollup.NAME], found '" + entry.key + "'" + suggest(entry.key, known));
  }
}

TomlValue read_file(const SchemaText& file) {
  if (file.text.size() > SchemaLimits::kFileBytes)
    throw InputError(file.name + ": expected definitions of at most " + std::to_string(SchemaLimits::kFileBytes) +
                     " bytes, found " + std::to_string(file.text.size()));
  return parse_toml(file.name, file.text);
}

}  // namespace

SchemaPtr parse_schema(const std::vector<SchemaText>& files) {
  std::vector<TomlValue> documents;
  documents.reserve(files.size());
  Declarations sources("source", SchemaLimits::kSources);
  Declarations rollups("rollup", SchemaLimits::kRollups);
  for (const SchemaText& file : files) {
    TableReader document({file.name, 1, {}}, documents.emplace_back(read_file(file)));
    refuse_later_sections(document);
    sources.collect(file.name, document);
    rollups.collect(file.name, document);
  }
  auto schema = std::make_shared<Schema>();
  for (const Declared& declared : sources.all())
    schema->sources.push_back(read_source(declared.table(), declared.name));
  for (const Declared& declared : rollups.all())
    schema->rollups.push_back(read_rollup(declared.table(), declared.name, *schema));
  return schema;
}

}  // namespace tidemark
