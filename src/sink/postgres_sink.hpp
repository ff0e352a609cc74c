#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sink/postgres_url.hpp"
#include "sink/sink.hpp"
#include "sink/table_layout.hpp"

namespace tidemark {

class PostgresConnection;
class SinkDatabase;
class SinkReadModels;
class SinkRecents;

/// A schema in a PostgreSQL database (12 and later) as a sink. One table per rollup (docs/sinks.md).
/// It connects when it first has to, and again after an error.
class PostgresSink final : public Sink {
 public:
  PostgresSink(const std::string& url, SchemaPtr schema, std::int64_t schema_version);
  ~PostgresSink() override;

  bool prepare() override;
  bool upsert(int rollup, std::span<const Bucket> buckets, Instant synced_at) override;
  std::vector<AgentRow> agents(const std::optional<AgentId>& agent) override;
  std::vector<AgentRow> agents_in(const std::string& host, const std::string& store) override;
  bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) override;
  void scan(const BucketFilter& filter, const std::function<void(Bucket&&)>& take) override;
  void upsert_recents(int recent, std::span<const RecentUse> uses) override;
  std::vector<RecentUse> recent(int recent, const Digest& group_key, std::size_t limit,
                                std::optional<Instant> since) override;
  ReadModels& read_models() override;
  std::string ddl() const override;
  std::string name() const override { return url_.name; }

 private:
  std::vector<AgentRow> read_agents(const Statement& sql);
  template <typename Work>
  void connected(const Work& work);
  void take_migrations();
  void create(PostgresConnection& connection, const std::vector<TableLayout>& layouts,
              const std::string& first_statement);
  void create_fleet(PostgresConnection& connection);
  void begin_creating(PostgresConnection& connection);
  bool count_rows(PostgresConnection& connection, std::size_t rows, Instant now);

  PostgresUrl url_;
  SchemaPtr schema_;
  std::int64_t schema_version_;
  std::vector<TableLayout> layouts_;  // by rollup; behind them, by recent
  std::optional<AgentRow> checked_in_;
  std::unique_ptr<PostgresConnection> connection_;
  std::unique_ptr<SinkDatabase> database_;
  std::unique_ptr<SinkRecents> recents_;
  std::unique_ptr<SinkReadModels> read_models_;
};

}  // namespace tidemark
