#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sink/sink.hpp"
#include "sink/table_layout.hpp"

namespace tidemark {

class SinkDatabase;
class SinkReadModels;
class SinkRecents;
class SqliteDatabase;
class SqliteRows;
class SqliteStatement;

/// A SQLite file, in WAL mode, as a sink. One table per rollup (docs/sinks.md).
/// The file is opened when it is first needed, and again after an error.
class SqliteSink final : public Sink {
 public:
  /// `path` may be relative; the name has it absolute, so that it means the same file in any folder.
  SqliteSink(const std::string& path, SchemaPtr schema, std::int64_t schema_version);
  ~SqliteSink() override;

  bool prepare() override;
  bool upsert(int rollup, std::span<const Bucket> buckets, Instant synced_at) override;
  std::unique_ptr<ReadyRows> make_ready(int rollup, std::span<const Bucket> buckets, Instant synced_at) const override;
  bool upsert_ready(int rollup, std::span<const Bucket> buckets, Instant synced_at, const ReadyRows& ready) override;
  std::vector<AgentRow> agents(const std::optional<AgentId>& agent) override;
  std::vector<AgentRow> agents_in(const std::string& host, const std::string& store) override;
  bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) override;
  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override;
  void upsert_recents(int recent, std::span<const RecentUse> uses) override;
  std::vector<RecentUse> recent(int recent, const Digest& group_key, std::size_t limit,
                                std::optional<Instant> since) override;
  ReadModels& read_models() override;
  std::string ddl() const override;
  std::string name() const override { return "sqlite:" + path_; }

 private:
  std::vector<AgentRow> read_agents(const Statement& sql);
  struct Opened;
  Opened& opened(bool create);
  template <typename Work>
  void with_database(bool create, const Work& work);
  bool create_or_extend(SqliteDatabase& database);
  SqliteStatement& upsert_statement(int rollup);
  void write(int rollup, const SqliteRows& rows);

  std::string path_;
  SchemaPtr schema_;
  std::int64_t schema_version_;
  std::vector<TableLayout> layouts_;  // by rollup; behind them, by recent
  std::optional<AgentRow> checked_in_;
  std::unique_ptr<Opened> opened_;
  std::unique_ptr<SinkDatabase> database_;
  std::unique_ptr<SinkRecents> recents_;
  std::unique_ptr<SinkReadModels> read_models_;
};

}  // namespace tidemark
