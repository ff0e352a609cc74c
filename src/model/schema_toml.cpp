#include "model/schema_toml.hpp"

#include <algorithm>
#include <array>
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

/// One `[source.NAME]`, `[rollup.NAME]` and so on.
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

constexpr std::array<std::string_view, 5> kSections{"source", "rollup", "table", "view", "recent"};

void refuse_unknown_sections(const TableReader& document) {
  for (const TomlEntry& entry : document.entries()) {
    if (std::find(kSections.begin(), kSections.end(), entry.key) != kSections.end()) continue;
    const std::vector<std::string_view> known(kSections.begin(), kSections.end());
    fail_at({document.place().file, entry.line, entry.key}, {},
            "expected [source.NAME], [rollup.NAME], [table.NAME], [view.NAME] or [recent.NAME], found '" + entry.key +
                "'" + suggest(entry.key, known));
  }
}

/// Reads views, those first that others are made from.
class ViewsReader {
 public:
  ViewsReader(const std::vector<Declared>& declared, Schema& schema) : declared_(declared), schema_(schema) {}

  void read_all() {
    std::vector<ViewDef> views;
    for (const Declared& view : declared_) views.push_back(read(view));
    schema_.views = std::move(views);
  }

 private:
  const ViewDef& read(const Declared& view) {
    if (const auto found = done_.find(view.name); found != done_.end()) return found->second;
    open_.push_back(view.name);
    const FindView find = [&](const TableReader& table, const TomlEntry& from) { return find_view(table, from); };
    ViewDef def = read_view(view.table(), view.name, schema_, find);
    open_.pop_back();
    return done_.emplace(view.name, std::move(def)).first->second;
  }

  const ViewDef* find_view(const TableReader& table, const TomlEntry& from) {
    const std::string& name = from.value.text;
    const auto found =
        std::find_if(declared_.begin(), declared_.end(), [&](const auto& view) { return view.name == name; });
    if (found == declared_.end()) return nullptr;
    if (std::find(open_.begin(), open_.end(), name) != open_.end()) {
      std::string circle;
      for (const std::string& view : open_) circle += "'" + view + "' from ";
      table.fail(from, "expected a rollup, or a view that is not made from this one; found a circle: " + circle + "'" +
                           name + "'. Name the rollup in one of them");
    }
    if (open_.size() > kDeepest)
      table.fail(from, "expected views at most " + std::to_string(kDeepest) + " deep; name the rollup instead");
    return &read(*found);
  }

  static constexpr std::size_t kDeepest = 16;
  const std::vector<Declared>& declared_;
  Schema& schema_;
  std::map<std::string, ViewDef> done_;
  std::vector<std::string> open_;
};

/// At a sink all of them are tables side by side.
void refuse_shared_names(const std::vector<const Declarations*>& all) {
  std::map<std::string_view, const Declared*> taken;
  for (const Declarations* kind : all) {
    for (const Declared& declared : kind->all()) {
      const auto [holder, is_new] = taken.emplace(declared.name, &declared);
      if (is_new) continue;
      const Place& other = holder->second->parent;
      fail_at(declared.parent, declared.name,
              "expected a name that no rollup, view, recent or table has, found that of " + other.file + ":" +
                  std::to_string(other.line) + ", because they are tables side by side at a sink");
    }
  }
}

/// Beside what is declared, sinks have tables of their own, and names that are made from a rollup's.
void refuse_taken_names(const Declarations& declared, const Schema& schema) {
  for (const Declared& one : declared.all())
    if (const auto holder = taken_at_sinks(schema, one.name))
      fail_at(one.parent, one.name, "expected another name: at a sink it is that of " + *holder);
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
  Declarations tables("table", SchemaLimits::kTables);
  Declarations views("view", SchemaLimits::kViews);
  Declarations recents("recent", SchemaLimits::kRecents);
  for (const SchemaText& file : files) {
    TableReader document({file.name, 1, {}}, documents.emplace_back(read_file(file)));
    refuse_unknown_sections(document);
    for (Declarations* kind : {&sources, &rollups, &tables, &views, &recents}) kind->collect(file.name, document);
  }
  refuse_shared_names({&rollups, &tables, &views, &recents});
  auto schema = std::make_shared<Schema>();
  for (const Declared& declared : sources.all())
    schema->sources.push_back(read_source(declared.table(), declared.name));
  for (const Declared& declared : rollups.all())
    schema->rollups.push_back(read_rollup(declared.table(), declared.name, *schema));
  for (const Declarations* kind : {&tables, &views, &recents}) refuse_taken_names(*kind, *schema);
  for (const Declared& declared : tables.all()) schema->tables.push_back(read_table(declared.table(), declared.name));
  ViewsReader(views.all(), *schema).read_all();
  for (const Declared& declared : recents.all())
    schema->recents.push_back(read_recent(declared.table(), declared.name, *schema));
  return schema;
}

}  // namespace tidemark
