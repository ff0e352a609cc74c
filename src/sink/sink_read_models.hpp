#pragma once
#include <string>

#include "model/read_models.hpp"
#include "sink/refresh_log.hpp"
#include "sink/sink_database.hpp"
#include "sink/table_layout.hpp"

namespace tidemark {

/// Views' rows, their refresh log and dimension tables at a sink, in tables that anybody may read; docs/sinks.md,
/// "Views, recents and dimension tables". What is missing is made when something is written.
/// Two processes that refresh one view wait for each other on its row of the table `views`; readers wait for nobody.
/// Errors: SinkError.
class SinkReadModels final : public ReadModels {
 public:
  explicit SinkReadModels(SinkDatabase& database) : database_(database), log_(database) {}

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
  void make_log();
  bool has_log();
  bool lock_rows(const std::string& view, std::uint64_t id);
  bool has_rows(const ViewLayout& layout);
  void make_view_table(const TableLayout& table);
  void put_rows(const ViewLayout& layout, const TableLayout& table, const Table& rows);
  std::optional<Table> select_rows(const ViewLayout& layout);
  void make_dimension_table(const TableLayout& table);
  void keep_only(const TableLayout& table, const DimensionRows& rows);
  void create(const TableLayout& table);
  [[noreturn]] void refuse(const std::string& what) const;

  SinkDatabase& database_;
  RefreshLog log_;
  bool has_log_ = false;  ///< Once it is there, it stays.
};

}  // namespace tidemark
