#include "store/store_read_models.hpp"

#include <algorithm>
#include <numeric>

#include "store/keys.hpp"

namespace tidemark {
namespace {

constexpr std::size_t kRowsPerRecord = 4096;
constexpr std::size_t kErasuresPerCommit = 10'000;
constexpr const char* kNextId = "n";
constexpr const char* kStopped = "it was stopped before it was done";

std::string row_prefix(const TableDef& table) { return "r" + table.name + '\0'; }

/// The attributes of a table's rows, as they are stored.
ViewLayout layout_of(const TableDef& table) {
  ViewLayout layout{table.name, {}};
  for (const FieldDef& column : table.columns) layout.columns.push_back({column.name, value_type_of(column), false});
  return layout;
}

/// Where a stored row has each attribute of the definition; -1: nowhere, because it is new or of another type now.
std::vector<int> places_of(const ViewLayout& wanted, const ViewLayout& stored) {
  std::vector<int> places;
  for (const ViewLayout::Column& column : wanted.columns) {
    const auto found = std::find(stored.columns.begin(), stored.columns.end(), column);
    places.push_back(found == stored.columns.end() ? -1 : static_cast<int>(found - stored.columns.begin()));
  }
  return places;
}

void fail(Refresh& refresh, Instant completed, const std::string& error) {
  refresh.status = Refresh::Status::failed;
  refresh.completed = std::max(completed, refresh.started);
  refresh.error = error;
}

}  // namespace

StoreReadModels::StoreReadModels(std::shared_ptr<KvStore> kv) : kv_(std::move(kv)) {}

ViewHead StoreReadModels::head_of(const std::string& view, const SnapshotPtr& at) const {
  const auto bytes = kv_->get(Family::views, view_head_key(view), at);
  return bytes ? decode_view_head(*bytes) : ViewHead{};
}

void StoreReadModels::put_head(KvBatch& batch, const std::string& view, const ViewHead& head) {
  batch.put(Family::views, view_head_key(view), encode(head));
}

void StoreReadModels::put_log(KvBatch& batch, const Refresh& refresh) {
  batch.put(Family::refreshes, sequence_key(refresh.id), encode(refresh));
}

std::size_t StoreReadModels::close_running(Instant now) {
  const std::lock_guard lock(mutex_);
  KvBatch batch;
  std::size_t closed = 0;
  const auto cursor = kv_->cursor(Family::views);
  for (cursor->seek("h"); cursor->valid() && cursor->key().starts_with('h'); cursor->next()) {
    ViewHead head = decode_view_head(cursor->value());
    if (!head.running) continue;
    fail(*head.running, now, kStopped);
    put_log(batch, *head.running);
    head.last = std::move(head.running);
    head.running.reset();
    put_head(batch, head.last->view, head);
    ++closed;
  }
  if (!batch.empty()) kv_->commit(batch, KvStore::Durability::later);
  return closed;
}

std::uint64_t StoreReadModels::begin_refresh(const std::string& view, const std::string& by, Instant started) {
  const std::lock_guard lock(mutex_);
  KvBatch batch;
  ViewHead head = head_of(view);
  if (head.running) {
    fail(*head.running, started, kStopped);
    put_log(batch, *head.running);
    head.last = std::move(head.running);
  }
  const auto next = kv_->get(Family::views, kNextId);
  Refresh refresh;
  refresh.id = next ? parse_sequence_key(*next) : 1;
  refresh.view = view;
  refresh.by = by;
  refresh.started = started;
  batch.put(Family::views, kNextId, sequence_key(refresh.id + 1));
  put_log(batch, refresh);
  const std::uint64_t id = refresh.id;
  head.running = std::move(refresh);
  put_head(batch, view, head);
  kv_->commit(batch, KvStore::Durability::later);
  return id;
}

Refresh StoreReadModels::begun(std::uint64_t id) const {
  const auto bytes = kv_->get(Family::refreshes, sequence_key(id));
  if (!bytes) throw StoreError("the refresh log has no row " + std::to_string(id));
  return decode_refresh(*bytes);
}

void StoreReadModels::complete_refresh(const ViewLayout& layout, std::uint64_t id, Instant completed,
                                       const Table& rows) {
  const std::lock_guard lock(mutex_);
  Refresh refresh = begun(id);
  refresh.status = Refresh::Status::success;
  refresh.completed = std::max(completed, refresh.started);
  refresh.rows = rows.rows.size();
  KvBatch batch;
  put_log(batch, refresh);
  ViewHead head = head_of(layout.view);
  if (head.running && head.running->id == id) head.running.reset();
  if (!head.last || head.last->id < id) head.last = refresh;
  if (!head.success || head.success->id < id) {
    std::uint32_t chunk = 0;
    for (std::size_t begin = 0; begin < rows.rows.size(); begin += kRowsPerRecord, ++chunk)
      batch.put(Family::views, view_rows_key(layout.view, chunk),
                encode_rows(rows.rows, begin, std::min(begin + kRowsPerRecord, rows.rows.size())));
    for (std::uint32_t old = chunk; old < head.chunks; ++old)
      batch.erase(Family::views, view_rows_key(layout.view, old));
    head.success = std::move(refresh);
    head.layout = layout;
    head.chunks = chunk;
  }
  put_head(batch, layout.view, head);
  kv_->commit(batch, KvStore::Durability::later);
}

void StoreReadModels::fail_refresh(std::uint64_t id, Instant completed, const std::string& error) {
  const std::lock_guard lock(mutex_);
  Refresh refresh = begun(id);
  fail(refresh, completed, error);
  KvBatch batch;
  put_log(batch, refresh);
  ViewHead head = head_of(refresh.view);
  if (head.running && head.running->id == id) head.running.reset();
  if (!head.last || head.last->id < id) head.last = refresh;
  put_head(batch, refresh.view, head);
  kv_->commit(batch, KvStore::Durability::later);
}

std::optional<Table> StoreReadModels::rows(const ViewLayout& layout) {
  const SnapshotPtr at = kv_->snapshot();
  const ViewHead head = head_of(layout.view, at);
  if (!head.success || head.layout != layout) return std::nullopt;
  Table table;
  for (const ViewLayout::Column& column : layout.columns) table.columns.push_back(column.name);
  while (table.key_columns < layout.columns.size() && layout.columns[table.key_columns].is_key) ++table.key_columns;
  RowsBuilder builder(layout.columns.size());
  std::size_t size = 0;
  for (std::uint32_t chunk = 0; chunk < head.chunks; ++chunk) {
    const auto bytes = kv_->get(Family::views, view_rows_key(layout.view, chunk), at);
    if (!bytes) throw StoreError("view " + layout.view + " lacks rows; refresh it");
    size += decode_rows(*bytes, layout.columns.size(), builder);
  }
  std::vector<std::uint32_t> order(size);
  std::iota(order.begin(), order.end(), 0u);
  table.rows = builder.finish(std::move(order));
  return table;
}

std::vector<Refresh> StoreReadModels::log(const std::string& view, std::size_t limit) {
  const SnapshotPtr at = kv_->snapshot();
  const auto next = kv_->get(Family::views, kNextId, at);
  const std::uint64_t end = next ? parse_sequence_key(*next) : 1;
  std::vector<Refresh> newest;
  // From the end, ever further back, until there are enough.
  for (std::uint64_t back = 4 * std::max<std::uint64_t>(limit, 16);; back *= 4) {
    newest.clear();
    const std::uint64_t first = back < end ? end - back : 0;
    const auto cursor = kv_->cursor(Family::refreshes, at);
    for (cursor->seek(sequence_key(first)); cursor->valid(); cursor->next()) {
      Refresh refresh = decode_refresh(cursor->value());
      if (view.empty() || refresh.view == view) newest.push_back(std::move(refresh));
    }
    if (newest.size() >= limit || first == 0) break;
  }
  std::reverse(newest.begin(), newest.end());
  if (newest.size() > limit) newest.resize(limit);
  return newest;
}

ReadModels::Attempts StoreReadModels::attempts(const std::string& view) {
  ViewHead head = head_of(view);
  return {std::move(head.last), std::move(head.success)};
}

std::uint64_t StoreReadModels::trim_log(Instant before) {
  const std::lock_guard lock(mutex_);
  std::uint64_t dropped = 0;
  KvBatch batch;
  const auto commit = [&] {
    if (!batch.empty()) kv_->commit(batch, KvStore::Durability::later);
    batch.clear();
  };
  const auto cursor = kv_->cursor(Family::refreshes);
  for (cursor->seek(""); cursor->valid(); cursor->next()) {
    const Refresh refresh = decode_refresh(cursor->value());
    if (!refresh.completed || *refresh.completed >= before) continue;
    const ViewHead head = head_of(refresh.view);
    const bool kept = (head.last && head.last->id == refresh.id) || (head.success && head.success->id == refresh.id);
    if (kept) continue;
    batch.erase(Family::refreshes, cursor->key());
    if (++dropped % kErasuresPerCommit == 0) commit();
  }
  commit();
  return dropped;
}

std::optional<ViewLayout> StoreReadModels::stored_layout(const TableDef& table, const SnapshotPtr& at) const {
  const auto bytes = kv_->get(Family::tables, "l" + table.name, at);
  return bytes ? std::optional(decode_layout(*bytes)) : std::nullopt;
}

void StoreReadModels::put_table(const TableDef& table, const DimensionRows& rows, bool merge) {
  const std::lock_guard lock(mutex_);
  const ViewLayout layout = layout_of(table);
  if (merge && stored_layout(table) != layout) {
    // All rows have the same attributes, so the others are written anew with them.
    DimensionRows all = load_table(table);
    for (const auto& [key, cells] : rows) all.insert_or_assign(key, cells);
    return replace_table(table, all, false);
  }
  replace_table(table, rows, merge);
}

void StoreReadModels::replace_table(const TableDef& table, const DimensionRows& rows, bool keep_others) {
  KvBatch batch;
  const std::string prefix = row_prefix(table);
  if (!keep_others) {
    const auto cursor = kv_->cursor(Family::tables);
    for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next())
      if (!rows.contains(std::string(cursor->key().substr(prefix.size())))) batch.erase(Family::tables, cursor->key());
  }
  batch.put(Family::tables, "l" + table.name, encode_layout(layout_of(table)));
  for (const auto& [key, cells] : rows) batch.put(Family::tables, prefix + key, encode_attributes(cells));
  // Nobody else has them: what was said to be put is on the disk.
  kv_->commit(batch, KvStore::Durability::synced);
}

DimensionRows StoreReadModels::load_table(const TableDef& table) {
  const SnapshotPtr at = kv_->snapshot();
  DimensionRows rows;
  const auto stored = stored_layout(table, at);
  if (!stored) return rows;
  const std::vector<int> places = places_of(layout_of(table), *stored);
  const std::string prefix = row_prefix(table);
  const auto cursor = kv_->cursor(Family::tables, at);
  for (cursor->seek(prefix); cursor->valid() && cursor->key().starts_with(prefix); cursor->next()) {
    const std::vector<Cell> cells = decode_attributes(cursor->value());
    std::vector<Cell> row;
    for (const int place : places)
      row.push_back(place >= 0 && static_cast<std::size_t>(place) < cells.size()
                        ? cells[static_cast<std::size_t>(place)]
                        : Cell());
    rows.emplace(cursor->key().substr(prefix.size()), std::move(row));
  }
  return rows;
}

}  // namespace tidemark
