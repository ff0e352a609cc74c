#pragma once
#include <functional>
#include <string>
#include <vector>

#include "sink/sink_database.hpp"

namespace tidemark {

class SqliteDatabase;

/// A SQLite sink's file.
class SqliteSinkDatabase final : public SinkDatabase {
 public:
  /// Runs its second argument on the open file, and opens it anew after a failure. With `true` a file is made if there is
  /// none.
  using Opened = std::function<void(bool create, const std::function<void(SqliteDatabase&)>&)>;
  SqliteSinkDatabase(std::string name, Opened opened) : name_(std::move(name)), opened_(std::move(opened)) {}

  Dialect dialect() const override { return Dialect::sqlite; }
  std::string name() const override { return name_; }
  std::string table(const std::string& name) const override { return quote_name(name); }
  void take_migrations() override;
  void write(const std::string& what, const std::function<void()>& work) override;
  void read(const std::string& what, const std::function<void()>& work) override;
  void execute(const std::string& sql) override;
  void create(const std::string& sql) override { execute(sql); }
  std::vector<Row> rows(const Statement& statement) override;
  std::optional<StoredTable> stored(const std::string& table) override;
  void insert(const TableLayout& layout, const std::string& on_conflict, std::size_t count,
              const std::function<void(std::size_t, ValueWriter&)>& put) override;
  void select(const std::string& what, const std::string& sql, const std::vector<SinkType>& types,
              const std::function<void(const ValueReader&)>& take) override;

 private:
  std::string name_;
  Opened opened_;
  SqliteDatabase* database_ = nullptr;  ///< Inside of write() and read().
  std::string what_;                    ///< That is going on.
};

}  // namespace tidemark
