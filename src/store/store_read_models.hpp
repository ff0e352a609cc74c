#pragma once
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "model/read_models.hpp"
#include "store/kv.hpp"
#include "store/view_records.hpp"

namespace tidemark {

/// Views' rows, the refresh log and dimension tables in a store: the families views, refreshes and tables.
/// Threads: any; what changes something waits for what does so already.
class StoreReadModels final : public ReadModels {
 public:
  explicit StoreReadModels(std::shared_ptr<KvStore> kv);

  /// Closes attempts that were stopped half-way, by whomever: to be called when the store is opened for writing. Returns
  /// how many.
  std::size_t close_running(Instant now);

  std::uint64_t begin_refresh(const std::string& view, const std::string& by, Instant started) override;
  void complete_refresh(const ViewLayout& layout, std::uint64_t id, Instant completed, const Table& rows) override;
  void fail_refresh(std::uint64_t id, Instant completed, const std::string& error) override;
  std::optional<Table> rows(const ViewLayout& layout) override;
  std::vector<Refresh> log(const std::string& view, std::size_t limit) override;
  Attempts attempts(const std::string& view) override;
  std::uint64_t trim_log(Instant before) override;
  void put_table(const TableDef& table, const DimensionRows& rows, bool merge) override;
  DimensionRows load_table(const TableDef& table) override;

 private:
  ViewHead head_of(const std::string& view, const SnapshotPtr& at = {}) const;
  Refresh begun(std::uint64_t id) const;
  std::optional<ViewLayout> stored_layout(const TableDef& table, const SnapshotPtr& at = {}) const;
  void replace_table(const TableDef& table, const DimensionRows& rows, bool keep_others);
  static void put_log(KvBatch& batch, const Refresh& refresh);
  static void put_head(KvBatch& batch, const std::string& view, const ViewHead& head);

  std::shared_ptr<KvStore> kv_;
  std::mutex mutex_;  // held by whoever reads a head to change it
};

}  // namespace tidemark
