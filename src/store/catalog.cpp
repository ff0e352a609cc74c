#include "store/catalog.hpp"

#include <algorithm>
#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/optional.hpp>
#include <cereal/types/string.hpp>
#include <cereal/types/utility.hpp>
#include <cereal/types/vector.hpp>
#include <sstream>

#include <tidemark/errors.hpp>

#include "model/cell.hpp"

namespace tidemark {

// cereal finds these by argument-dependent look-up.
template <class Archive>
void serialize(Archive& archive, Instant& t) {
  archive(t.us);
}
template <class Archive>
void serialize(Archive& archive, Catalog::Field& f) {
  archive(f.name, f.type, f.step, f.divisor, f.derived);
}
template <class Archive>
void serialize(Archive& archive, Catalog::Source& s) {
  archive(s.name, s.time_field, s.fields, s.identity_retention_us, s.remembered_from);
}
template <class Archive>
void serialize(Archive& archive, Catalog::Slot& s) {
  archive(s.text, s.kind, s.percentiles);
}
template <class Archive>
void serialize(Archive& archive, Catalog::Layout& l) {
  archive(l.writer, l.computed);
}
template <class Archive>
void serialize(Archive& archive, Catalog::LateSlot& s) {
  archive(s.text, s.complete_from, s.since_layout);
}
template <class Archive>
void serialize(Archive& archive, Catalog::Rollup& r) {
  archive(r.name, r.source, r.every_us, r.by, r.inline_fold, r.columns, r.layouts, r.late_slots, r.complete_from,
          r.sealed_before);
}

namespace {

constexpr std::uint32_t kCatalogVersion = 1;

std::string derived_text(const SourceDef& source, const FieldDef& field) {
  if (!field.derived) return {};
  return source.fields[static_cast<std::size_t>(field.derived->end)].name + " - " +
         source.fields[static_cast<std::size_t>(field.derived->start)].name;
}

Catalog::Field describe_field(const SourceDef& source, const FieldDef& field) {
  return {field.name, field.type, field.step, field.divisor, derived_text(source, field)};
}

Catalog::Source describe_source(const SourceDef& source) {
  Catalog::Source s;
  s.name = source.name;
  s.time_field = source.fields[static_cast<std::size_t>(source.time_field)].name;
  s.identity_retention_us = source.identity_retention.count;
  for (const FieldDef& field : source.fields) s.fields.push_back(describe_field(source, field));
  return s;
}

Catalog::Layout describe_layout(const RollupDef& rollup) {
  Catalog::Layout layout;
  for (const SlotDef& slot : rollup.slots)
    (slot.owned_by_writer ? layout.writer : layout.computed).push_back({slot.text, slot.kind, slot.percentiles});
  return layout;
}

bool same_layout(const Catalog::Layout& a, const Catalog::Layout& b) {
  const auto same = [](const std::vector<Catalog::Slot>& x, const std::vector<Catalog::Slot>& y) {
    return std::equal(x.begin(), x.end(), y.begin(), y.end(), [](const Catalog::Slot& s, const Catalog::Slot& t) {
      return s.text == t.text && s.percentiles == t.percentiles;
    });
  };
  return same(a.writer, b.writer) && same(a.computed, b.computed);
}

std::vector<std::pair<std::string, std::string>> describe_columns(const RollupDef& rollup) {
  std::vector<std::pair<std::string, std::string>> columns;
  for (const ColumnDef& column : rollup.columns) {
    std::string meaning = rollup.slots[static_cast<std::size_t>(column.slot)].text;
    if (column.kind == AggregateKind::percentile_cont) meaning += " at " + to_text(column.percentile);
    columns.emplace_back(column.name, meaning);
  }
  return columns;
}

std::vector<std::string> names_of_by(const Schema& schema, const RollupDef& rollup) {
  std::vector<std::string> names;
  for (const int field : rollup.by)
    names.push_back(schema.sources[static_cast<std::size_t>(rollup.source)].fields[static_cast<std::size_t>(field)].name);
  return names;
}

Catalog::Rollup describe_rollup(const Schema& schema, const RollupDef& rollup) {
  Catalog::Rollup r;
  r.name = rollup.name;
  r.source = schema.sources[static_cast<std::size_t>(rollup.source)].name;
  r.every_us = rollup.every ? rollup.every->count : 0;
  r.by = names_of_by(schema, rollup);
  r.inline_fold = rollup.inline_fold;
  r.columns = describe_columns(rollup);
  r.layouts.push_back(describe_layout(rollup));
  return r;
}

[[noreturn]] void refuse(const std::string& what, const std::string& way_out) {
  throw InputError(what + "; that would falsify what is stored. " + way_out);
}

void update_source(Catalog::Source& old, const SourceDef& source, Instant now) {
  if (source.identity_retention.count > old.identity_retention_us)
    old.remembered_from = std::max(old.remembered_from, now - Micros{old.identity_retention_us});
  old.identity_retention_us = source.identity_retention.count;
  const Catalog::Source declared = describe_source(source);
  const std::string where = "source " + source.name + ": ";
  const std::string way_out = "Declare a source under a new name.";
  if (old.time_field != declared.time_field)
    refuse(where + "time was " + old.time_field + " and is now " + declared.time_field, way_out);
  for (const Catalog::Field& field : old.fields) {
    const int index = source.field_index(field.name);
    if (index < 0) refuse(where + "the field " + field.name + " is gone", "Keep its declaration.");
    const Catalog::Field& f = declared.fields[static_cast<std::size_t>(index)];
    if (f.type != field.type || f.step != field.step || f.divisor != field.divisor || f.derived != field.derived)
      refuse(where + "the field " + field.name + " has another type, resolution or derivation",
             "Declare a field under a new name.");
  }
  for (const Catalog::Field& field : declared.fields) {
    const bool known = std::any_of(old.fields.begin(), old.fields.end(),
                                   [&](const Catalog::Field& f) { return f.name == field.name; });
    if (!known) old.fields.push_back(field);
  }
}

void check_rollup(const Catalog::Rollup& old, const Catalog::Rollup& now) {
  const std::string where = "rollup " + old.name + ": ";
  const std::string way_out = "Declare a rollup under a new name; it is filled from the raw spans that survive.";
  if (old.source != now.source) refuse(where + "source was " + old.source + " and is now " + now.source, way_out);
  if (old.every_us != now.every_us)
    refuse(where + "every was " + (old.every_us ? format_duration({old.every_us}) : "not set") + " and is now " +
               (now.every_us ? format_duration({now.every_us}) : "not set"),
           way_out);
  if (old.by != now.by) refuse(where + "by has other dimensions or another order", way_out);
  if (old.inline_fold != now.inline_fold) refuse(where + "inline was changed", way_out);
  for (const auto& [name, meaning] : now.columns) {
    const auto before = std::find_if(old.columns.begin(), old.columns.end(), [&](const auto& c) { return c.first == name; });
    if (before != old.columns.end() && before->second != meaning)
      refuse(where + "column " + name + " was " + before->second + " and is now " + meaning,
             "Declare the new meaning as a column of another name.");
  }
}

bool layout_has(const Catalog::Layout& layout, const std::string& text) {
  const auto is_it = [&](const Catalog::Slot& slot) { return slot.text == text; };
  return std::any_of(layout.writer.begin(), layout.writer.end(), is_it) ||
         std::any_of(layout.computed.begin(), layout.computed.end(), is_it);
}

/// Adds columns and slots of a rollup that is there already. Returns the slots that are new.
std::vector<std::string> update_rollup(Catalog::Rollup& old, const RollupDef& rollup, const Catalog::Rollup& now,
                                       std::optional<Instant> complete_from) {
  std::vector<std::string> new_slots;
  const Catalog::Layout before = old.layouts.back();
  for (const SlotDef& slot : rollup.slots) {
    const std::string& text = slot.text;
    if (layout_has(before, text)) continue;
    new_slots.push_back(text);
    std::erase_if(old.late_slots, [&](const Catalog::LateSlot& late) { return late.text == text; });
    old.late_slots.push_back({text, complete_from.value_or(Instant{0}), static_cast<std::uint32_t>(old.layouts.size())});
  }
  if (!same_layout(before, now.layouts.back())) old.layouts.push_back(now.layouts.back());
  old.columns = now.columns;
  return new_slots;
}

/// Of normalised definitions what the store's records follow: sources and rollups, which come first. What is read from
/// them changes no row, so no row has to go to a sink again.
std::string_view part_of_records(std::string_view schema_text) {
  std::size_t end = schema_text.size();
  for (const std::string_view section : {"\n[table.", "\n[view.", "\n[recent."})
    end = std::min(end, schema_text.find(section));
  return schema_text.substr(0, schema_text.find_last_not_of('\n', end) + 1);
}

}  // namespace

std::string Catalog::encode() const {
  std::ostringstream out;
  {
    cereal::PortableBinaryOutputArchive archive(out);
    archive(kCatalogVersion, schema_version, shipped, schema_text, sources, rollups);
  }
  return out.str();
}

Catalog Catalog::decode(std::string_view bytes) {
  Catalog catalog;
  std::istringstream in{std::string(bytes)};
  try {
    cereal::PortableBinaryInputArchive archive(in);
    std::uint32_t version = 0;
    archive(version);
    if (version > kCatalogVersion)
      throw StoreError("the store's catalog has version " + std::to_string(version) + ", and this program knows " +
                       std::to_string(kCatalogVersion) + "; use a newer version of Tidemark");
    archive(catalog.schema_version, catalog.shipped, catalog.schema_text, catalog.sources, catalog.rollups);
  } catch (const StoreError&) {
    throw;
  } catch (const std::exception& e) {  // a damaged length may ask for any amount of memory
    throw StoreError(std::string("the store's catalog is damaged: ") + e.what());
  }
  return catalog;
}

Catalog make_catalog(const Schema& schema, std::string schema_text, bool shipped) {
  Catalog catalog;
  catalog.shipped = shipped;
  catalog.schema_text = std::move(schema_text);
  for (const SourceDef& source : schema.sources) catalog.sources.push_back(describe_source(source));
  for (const RollupDef& rollup : schema.rollups) catalog.rollups.push_back(describe_rollup(schema, rollup));
  return catalog;
}

CatalogChange update_catalog(const Catalog& old, const Schema& schema, std::string schema_text, bool shipped,
                             const CompleteFrom& complete_from, Instant now) {
  CatalogChange change{old, false, {}, {}};
  if (old.schema_text == schema_text) {
    change.changed = old.shipped != shipped;
    change.catalog.shipped = shipped;
    return change;
  }
  Catalog& catalog = change.catalog;
  if (part_of_records(old.schema_text) == part_of_records(schema_text)) {
    catalog.schema_text = std::move(schema_text);
    catalog.shipped = shipped;
    change.changed = true;
    return change;
  }
  for (const auto& known : old.sources)
    if (schema.source_index(known.name) < 0)
      refuse("source " + known.name + " is in the store and not in the definitions", "Keep its declaration.");
  for (const auto& known : old.rollups)
    if (schema.rollup_index(known.name) < 0)
      refuse("rollup " + known.name + " is in the store and not in the definitions",
             "Keep its declaration, or use another store.");
  for (const SourceDef& source : schema.sources) {
    const auto known = std::find_if(catalog.sources.begin(), catalog.sources.end(),
                                    [&](const auto& s) { return s.name == source.name; });
    if (known == catalog.sources.end())
      catalog.sources.push_back(describe_source(source));
    else
      update_source(*known, source, now);
  }
  for (const RollupDef& rollup : schema.rollups) {
    Catalog::Rollup declared = describe_rollup(schema, rollup);
    const auto known = std::find_if(catalog.rollups.begin(), catalog.rollups.end(),
                                    [&](const auto& c) { return c.name == rollup.name; });
    if (known == catalog.rollups.end()) {
      declared.complete_from = complete_from(declared.source);
      if (rollup.every && declared.complete_from)
        declared.sealed_before = first_complete_start(rollup.every, *declared.complete_from);
      catalog.rollups.push_back(std::move(declared));
      change.new_rollups.push_back(rollup.name);
      continue;
    }
    check_rollup(*known, declared);
    for (const std::string& slot : update_rollup(*known, rollup, declared, complete_from(declared.source)))
      change.new_slots.emplace_back(rollup.name, slot);
  }
  catalog.schema_text = std::move(schema_text);
  catalog.shipped = shipped;
  ++catalog.schema_version;
  change.changed = true;
  return change;
}

Instant first_complete_start(std::optional<Micros> every, Instant complete_from) {
  if (!every) return complete_from;
  const Instant start = window_start(complete_from, *every);
  return start == complete_from ? start : start + *every;
}

}  // namespace tidemark
