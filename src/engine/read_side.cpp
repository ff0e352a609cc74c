#include "engine/read_side.hpp"

#include <numeric>

#include <tidemark/errors.hpp>

#include "decode/dimension_rows.hpp"
#include "model/key.hpp"
#include "model/nearest.hpp"
#include "model/rows_builder.hpp"
#include "model/view_layout.hpp"
#include "read/recents.hpp"
#include "read/refresh.hpp"

namespace tidemark {
namespace {

template <typename Def>
const Def& find_named(const std::vector<Def>& all, int index, const std::string& name, const std::string& what) {
  if (index >= 0) return all[static_cast<std::size_t>(index)];
  std::vector<std::string_view> names;
  for (const Def& def : all) names.push_back(def.name);
  throw InputError("there is no " + what + " '" + name + "'" +
                   (names.empty() ? "; the definitions have none" : "; there are " + one_of(names)) +
                   suggest(name, names));
}

Table to_table(const TableDef& def, const DimensionRows& rows) {
  Table table;
  table.columns.push_back(def.key);
  table.key_columns = 1;
  for (const FieldDef& column : def.columns) table.columns.push_back(column.name);
  RowsBuilder builder(table.columns.size());
  for (const auto& [key, cells] : rows) {
    std::vector<RowCell> row{builder.text(key)};
    for (const Cell& cell : cells) row.push_back(builder.cell(cell));
    auto place = builder.add_row();
    for (const RowCell cell : row) place.put(cell);
  }
  std::vector<std::uint32_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0u);
  table.rows = builder.finish(std::move(order));
  return table;
}

/// The refresh that made the present rows; 0: none.
std::uint64_t made_by(const ViewInfo& info) { return info.success ? info.success->id : 0; }

class ReadSideOver final : public ReadSide {
 public:
  explicit ReadSideOver(std::unique_ptr<ReadPlace> place) : place_(std::move(place)) {}

  std::vector<Refresh> refresh_views(const std::vector<std::string>& names, const Clock& clock) override {
    // All names are looked up before anything happens.
    std::vector<const ViewDef*> wanted;
    for (const std::string& name : names) wanted.push_back(&view_named(name));
    if (names.empty())
      for (const ViewDef& view : schema().views) wanted.push_back(&view);
    std::vector<Refresh> attempts;
    for (const ViewDef* view : wanted)
      attempts.push_back(
          refresh_view(schema(), *view, {place_->buckets(clock()), place_->models(), place_->refreshed_by()}, clock));
    return attempts;
  }

  std::vector<ViewInfo> views() override {
    std::vector<ViewInfo> all;
    for (const ViewDef& view : schema().views) all.push_back(view_info(view, place_->models()));
    return all;
  }

  ViewRows view(const std::string& name) override {
    const ViewDef& view = view_named(name);
    const ViewLayout layout = view_layout(schema(), view);
    ViewRows rows;
    std::optional<Table> table;
    // A refresh may end between the two: then what is said of the rows would be said of others.
    for (bool same = false; !same;) {
      rows.info = view_info(view, place_->models());
      table = place_->models().rows(layout);
      same = made_by(view_info(view, place_->models())) == made_by(rows.info);
    }
    if (table) {
      rows.table = std::move(*table);
      return rows;
    }
    if (rows.info.success) rows.table.notes.push_back("its definition has changed since it was refreshed; refresh it");
    rows.info.success.reset();
    for (const ViewLayout::Column& column : layout.columns) rows.table.columns.push_back(column.name);
    return rows;
  }

  std::vector<Refresh> refresh_log(const std::string& view, std::size_t limit) override {
    if (!view.empty()) view_named(view);
    return place_->models().log(view, limit);
  }

  std::uint64_t trim_refresh_log(Instant before) override { return place_->models().trim_log(before); }

  std::uint64_t put_table(const std::string& table, std::string_view document, TableFormat format,
                          const std::string& name, bool merge) override {
    const TableDef& def = table_named(table);
    const DimensionRows rows = decode_dimension_rows(def, document, format, name);
    place_->models().put_table(def, rows, merge);
    return rows.size();
  }

  Table table(const std::string& table) override {
    const TableDef& def = table_named(table);
    return to_table(def, place_->models().load_table(def));
  }

  Table recent(const std::string& name, const std::vector<std::string>& group, std::size_t limit,
               Instant now) override {
    const int index = schema().recent_index(name);
    const RecentDef& def = find_named(schema().recents, index, name, "recent");
    const std::string key = canonical_key(parse_recent_group(schema(), def, group));
    const auto since = def.window ? std::optional(now - *def.window) : std::nullopt;
    return uses_table(schema(), def, place_->recent(index, key, limit, since));
  }

 private:
  const Schema& schema() const { return place_->schema(); }
  const ViewDef& view_named(const std::string& name) const {
    return find_named(schema().views, schema().view_index(name), name, "view");
  }
  const TableDef& table_named(const std::string& name) const {
    return find_named(schema().tables, schema().table_index(name), name, "dimension table");
  }

  std::unique_ptr<ReadPlace> place_;
};

}  // namespace

std::unique_ptr<ReadSide> read_side_of(std::unique_ptr<ReadPlace> place) {
  return std::make_unique<ReadSideOver>(std::move(place));
}

}  // namespace tidemark
