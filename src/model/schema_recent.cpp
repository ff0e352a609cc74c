#include <algorithm>

#include <tidemark/errors.hpp>

#include "model/expression_lexer.hpp"
#include "model/nearest.hpp"
#include "model/predicate_text.hpp"
#include "model/schema_names.hpp"
#include "model/schema_reader.hpp"
#include "model/schema_toml.hpp"

namespace tidemark {
namespace {

class RecentReader {
 public:
  RecentReader(TableReader table, const std::string& name, const Schema& schema)
      : table_(std::move(table)), schema_(schema) {
    recent_.name = name;
  }

  RecentDef read() {
    recent_.source = find_source(table_, schema_);
    recent_.per = fields("per", true);
    recent_.item = fields("item", true);
    recent_.columns = fields("columns", false);
    read_where();
    if (table_.find("keep") != nullptr)
      recent_.keep = static_cast<std::uint32_t>(table_.integer("keep", 1, SchemaLimits::kKeep));
    recent_.window = table_.duration("window");
    recent_.is_public = table_.boolean("public", false);
    table_.refuse_unknown();
    check_names();
    return std::move(recent_);
  }

 private:
  const SourceDef& source() const { return schema_.sources[static_cast<std::size_t>(recent_.source)]; }

  std::vector<int> fields(std::string_view key, bool for_key) {
    std::vector<int> found;
    const TomlEntry* entry = table_.find(key);
    if (entry == nullptr) return found;
    const std::string expected = "a list of fields of source '" + source().name + "'";
    for (const std::string& name : table_.texts(key, expected, SchemaLimits::kDimensions)) {
      const int field = source().field_index(name);
      if (field < 0) {
        std::vector<std::string_view> names;
        for (const FieldDef& def : source().fields) names.push_back(def.name);
        table_.fail(*entry, "expected " + expected + ", found '" + name + "'" + suggest(name, names));
      }
      const FieldType type = source().fields[static_cast<std::size_t>(field)].type;
      if (for_key && !is_text(type) && type != FieldType::boolean)
        table_.fail(*entry, "expected text, labels, result or boolean fields, found the " + std::string(name_of(type)) +
                                " field '" + name + "'");
      found.push_back(field);
    }
    return found;
  }

  void read_where() {
    const auto text = table_.optional_text("where", "a condition such as \"published = true\"");
    if (!text) return;
    try {
      ExpressionLexer lexer(*text);
      recent_.where = parse_predicate(lexer, source());
      if (lexer.next().kind != Token::Kind::end) lexer.fail_expected("'and', 'or' or the end");
    } catch (const InputError& error) {
      table_.fail(*table_.find("where"), error.what());
    }
  }

  /// They share a table at a sink.
  void check_names() {
    std::vector<std::string_view> names{"used_at", "group_key", "item_key", "identity"};
    for (const auto& [key, of] :
         {std::pair{"per", &recent_.per}, {"item", &recent_.item}, {"columns", &recent_.columns}}) {
      for (const int field : *of) {
        const std::string& name = source().fields[static_cast<std::size_t>(field)].name;
        if (std::find(names.begin(), names.end(), name) != names.end())
          table_.fail(*table_.find(key),
                      "expected each name once, and none that every recent has; found '" + name + "'");
        names.push_back(name);
      }
    }
  }

  TableReader table_;
  const Schema& schema_;
  RecentDef recent_;
};

}  // namespace

RecentDef read_recent(TableReader table, const std::string& name, const Schema& schema) {
  return RecentReader(std::move(table), name, schema).read();
}

}  // namespace tidemark
