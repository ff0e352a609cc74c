#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <tidemark/errors.hpp>

#include "model/bucket_source.hpp"
#include "model/read_models.hpp"
#include "model/recent.hpp"
#include "sink/agent_row.hpp"

namespace tidemark {

/// Rows of one rollup in the form that a sink takes: made by make_ready, for upsert_ready of the same sink.
class ReadyRows {
 public:
  ReadyRows() = default;
  virtual ~ReadyRows() = default;
  ReadyRows(const ReadyRows&) = delete;
  ReadyRows& operator=(const ReadyRows&) = delete;
};

/// Where finished buckets go. One contract, one conformance suite (tests/sink/conformance.hpp), two implementations.
/// Threads: one caller at a time, but for make_ready. Errors: SinkError with its kind; InputError for a URL that is wrong in itself.
class Sink : public BucketSource {
 public:
  /// Creates what is missing (schema, tables, columns), or checks that it is there when the role may not create:
  /// then SinkError::permanent names the first thing that lacks and points at `tidemark sync --ddl`.
  /// Returns whether a rollup's or recent's table or column was missing: then the sink is new, or has been lost and made again, and
  /// needs every row.
  virtual bool prepare() = 0;

  /// Writes the buckets of one rollup in one transaction. A row is inserted, or replaces the stored one when that one's
  /// (computed_counter, schema_version, finished, update_counter) is smaller; so sending again changes nothing. No two
  /// buckets of one call have the same key.
  /// When it returns, the rows are committed. SinkError::in_doubt: committed or not, send again.
  /// After a check_in it is false, and nothing was written, when the agent's row has another nonce by now.
  virtual bool upsert(int rollup, std::span<const Bucket> buckets, Instant synced_at) = 0;

  /// Does of upsert's work what needs no sink: another thread's, while the sink takes other rows. Null where there is
  /// nothing to be gained. Errors: SinkError::row, as upsert's.
  virtual std::unique_ptr<ReadyRows> make_ready(int, std::span<const Bucket>, Instant) const { return nullptr; }
  /// As upsert, with what make_ready made of the same rows.
  virtual bool upsert_ready(int rollup, std::span<const Bucket> buckets, Instant synced_at, const ReadyRows&) {
    return upsert(rollup, buckets, synced_at);
  }

  /// The rows of the table `agents`: all, or those of one agent, by agent and epoch.
  virtual std::vector<AgentRow> agents(const std::optional<AgentId>& agent) = 0;

  /// Those of a store's place, whatever their agent.
  virtual std::vector<AgentRow> agents_in(const std::string& host, const std::string& store) = 0;

  /// Puts the row of an agent's epoch: a new one, or, where the stored row's nonce is `expected`, in its place. False when
  /// somebody else was there before. When it is true, upserts of this object are in that agent's name.
  virtual bool check_in(const AgentRow& row, const std::optional<Nonce>& expected) = 0;

  /// Writes uses of one recent (an index into Schema::recents) in one transaction: each goes in, or replaces the stored one
  /// of its thing when it is after it; so sending again, in any order, changes nothing. What is beyond RecentDef::keep is
  /// deleted, where the role may.
  virtual void upsert_recents(int recent, std::span<const RecentUse> uses) = 0;

  /// The last uses of a group's things by all agents, newest first: at most `limit`, and those at or after `since`.
  virtual std::vector<RecentUse> recent(int recent, const Digest& group_key, std::size_t limit,
                                        std::optional<Instant> since) = 0;

  /// Views' rows, their refresh log and dimension tables that are kept here; good for as long as the sink. It needs no
  /// prepare(): what is missing is made when something is written.
  virtual ReadModels& read_models() = 0;

  /// The statements that prepare() would run on an empty sink, and those that make the tables of views and dimension tables.
  virtual std::string ddl() const = 0;

  /// What the sink is, without any secret: `sqlite:ci.db`, `postgresql://db.example/ci?schema=tidemark`.
  /// The same place has the same name; the store keeps sync progress under it.
  virtual std::string name() const = 0;
};

/// Opens the sink of a URL: `sqlite:PATH`, or anything libpq takes that begins with `postgresql://` or `postgres://`,
/// plus `?schema=NAME` (default `tidemark`). Connects lazily. `schema_version` is stored with each row.
std::unique_ptr<Sink> open_sink(const std::string& url, SchemaPtr schema, std::int64_t schema_version);

/// What Sink::name of that URL's sink is. Errors: InputError, as open_sink's.
std::string sink_name(const std::string& url);

/// `SQLite 3.40.1, libpq 15.18`.
std::string sink_library_versions();

}  // namespace tidemark
