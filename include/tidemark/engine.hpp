#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tidemark/errors.hpp>
#include <tidemark/outcome.hpp>
#include <tidemark/table.hpp>
#include <tidemark/time.hpp>
#include <tidemark/views.hpp>

/// The library's face: everything that the command line does, for C++ programs, without a server.
/// Nothing here reads a clock: time is passed in.
namespace tidemark {

/// How a store is opened. Sizes: larger is faster and takes more memory.
struct EngineOptions {
  std::string store_path;
  /// Files or folders of TOML definitions. Empty: the store's own definitions, or the shipped ones for a new store.
  std::vector<std::string> schema_paths;
  bool create_if_missing = true;
  bool read_only = false;                     ///< Query, status and verify only.
  std::size_t block_cache_bytes = 32u << 20;
  std::size_t identity_filter_bytes = 32u << 20;  ///< 1.8 bytes for each identity that is remembered.
  std::size_t write_buffer_bytes = 32u << 20;
  std::uint64_t checkpoint_spans = 200'000;   ///< Bucket rows are written after this many spans. Larger: longer replays.
  std::uint64_t chunk_spans = 200'000;        ///< Spans a recompute step holds in memory at a time.
  /// Threads that a recompute pass may use, its caller's included. Those that it starts end before it returns.
  std::size_t recompute_threads = 1;
  /// Whether a thread of the engine's own helps those that call ingest(): one alone then need not count its spans itself.
  bool ingest_helper = false;
  /// Names this machine in its first line; with the store's folder it tells a store that it was copied. Need not exist.
  std::string machine_id_file = "/etc/machine-id";
  std::uint64_t open_bytes = 32u << 20;       ///< Documents given to ingest() at the same time; more wait.

  /// Sets the sizes above so that a program which does little else stays within `bytes` of resident memory.
  /// docs/operating.md says what each takes. InputError below 64 MiB.
  void fit_memory(std::uint64_t bytes);
};

enum class InputFormat { automatic, ndjson, otlp_json, otlp_protobuf, junit, github, buildkite, gitlab };

/// What a document does not say of itself.
struct IngestContext {
  std::string name;                  ///< For messages: a file's name, or `-`.
  InputFormat format = InputFormat::automatic;
  Instant now;                       ///< When it is accepted.
  bool backfill = false;             ///< Take spans older than the identity horizon.
  /// Fields of spans that the document leaves out: `owner`, `repository`, `branch`, …; for JUnit also `run`, which
  /// makes two identical reports of different runs different.
  std::map<std::string, std::string> defaults;
};

struct RecomputeReport {
  std::uint64_t spans = 0;     ///< Read from the log.
  std::uint64_t buckets = 0;   ///< Computed and written.
  std::uint64_t chunks = 0;
  bool done = true;            ///< False: a limit was reached; more waits.
};

struct RetainReport {
  std::uint64_t blocks_dropped = 0;
  std::uint64_t spans_dropped = 0;
  std::uint64_t blocks_kept_for_compute = 0;  ///< Expired, but not yet computed.
  std::uint64_t distributions_dropped = 0;
  std::uint64_t buckets_dropped = 0;
  std::uint64_t identities_dropped = 0;
  std::uint64_t label_sets_dropped = 0;  ///< Admissions of guarded label sets, one for each of their hours.
};

struct SyncReport {
  std::string sink;
  std::uint64_t rows = 0;
  std::uint64_t transactions = 0;
  std::uint64_t waiting = 0;   ///< Not finished, or dirty: go later.
  /// Rows that the sink refused, each for itself, in this pass: they are set aside until their buckets change, or until
  /// `SyncOptions::retry_quarantined`.
  std::uint64_t quarantined = 0;
  /// What somebody should know: a new epoch began, the sink had lost rows, spans may count twice.
  std::vector<std::string> notices;
};

struct Query {
  std::string rollup;
  /// dimension = value. A label set as `a,b`, `[]` for the empty one; in a label `\,` and `\\` for a comma and a backslash.
  std::vector<std::pair<std::string, std::string>> where;
  std::optional<Instant> from;  ///< Windows from here on; a bucket belongs to the window in which it starts.
  std::optional<Instant> to;    ///< Up to, but without it.
  /// The width of the result's windows: a multiple of the rollup's own. None: one window for all.
  /// Not set at all (`same`): the rollup's own buckets.
  enum class Windows { same, width, all } windows = Windows::same;
  Micros width{};
  /// The dimensions to keep, a subset of the rollup's, each once. Not set: all of them.
  std::optional<std::vector<std::string>> by;
  std::vector<std::string> columns;  ///< Aggregates to show, each once; empty: all.
};

struct VerifyReport {
  std::uint64_t buckets_checked = 0;
  std::uint64_t buckets_skipped = 0;  ///< Some of their raw spans are gone.
  std::uint64_t buckets_waiting = 0;  ///< Not computed yet.
  std::uint64_t spans = 0;            ///< In the log.
  std::uint64_t groups_checked = 0;   ///< Of recents; one may be looked at several times.
  std::uint64_t mismatches = 0;
  std::vector<std::string> examples;  ///< Up to ten, in words.
};

struct Status {
  std::string agent;
  std::uint32_t epoch = 0;
  std::string epoch_began;             ///< Why: `new`, `copied`, `forked` or `reopened`.
  bool sealed = false;                 ///< Drained: it takes no more spans.
  std::uint64_t unproven_spans = 0;    ///< Of this epoch: may count twice. docs/fleet.md.
  std::int64_t schema_version = 0;
  std::uint64_t log_first = 0, log_next = 0;  ///< Sequence numbers of the surviving blocks: [first, next).
  std::uint64_t checkpoint_position = 0, recompute_position = 0;
  std::uint64_t raw_spans = 0, raw_bytes = 0;
  std::uint64_t dirty_spans = 0;              ///< Spans in blocks past the recompute position.
  std::map<std::string, std::uint64_t> totals;  ///< Since the store was made: accepted, duplicates, rejected by reason, …
  struct Rollup {
    std::string name;
    std::uint64_t buckets = 0;
    std::optional<Instant> complete_from;     ///< None: complete.
    std::vector<std::pair<std::string, Instant>> columns_complete_from;
    std::optional<Instant> sealed_before;     ///< Buckets before it take no more spans.
  };
  std::vector<Rollup> rollups;
  struct SinkState {
    std::string name;
    std::uint64_t waiting = 0;
    std::uint64_t quarantined = 0;  ///< Of those, what the sink refuses.
    std::vector<std::string> quarantine_examples;  ///< Up to ten, in words.
    std::optional<Instant> last_sync;
  };
  std::vector<SinkState> sinks;
};

/// Says how far long work has come: done of total, of what. Called from the working thread, a few times a second at most.
using Progress = std::function<void(std::string_view what, std::uint64_t done, std::uint64_t total)>;

/// One store and everything that works on it.
/// Threads: ingest calls may come from any number of threads at once; they share commits. Recompute, retain and sync may
/// each run in one thread beside them. query, status and verify: any thread.
/// Errors: InputError, StoreError, SinkError, as their classes say.
class Engine {
 public:
  /// Opens or creates the store. Replays the log from the last checkpoint first, and fills newly declared rollups and
  /// columns from surviving raw spans. `now` is when a change of definitions counts from.
  static std::unique_ptr<Engine> open(const EngineOptions& options, Instant now, const Progress& progress = {});
  virtual ~Engine() = default;

  /// Decodes one document of at most 256 MiB and writes its spans. Everything accepted is durable on return.
  virtual IngestReport ingest(std::string_view document, const IngestContext& context) = 0;

  /// Reads a stream of any length to its end: NDJSON line by line in bounded memory; the other formats as one document.
  /// `read` fills a buffer and returns how many bytes, 0 at the end.
  using ReadBytes = std::function<std::size_t(char* buffer, std::size_t size)>;
  virtual IngestReport ingest_stream(const ReadBytes& read, const IngestContext& context,
                                     const std::function<void(std::uint64_t bytes, const IngestReport&)>& progress = {}) = 0;

  /// Writes the bucket rows that changed since the last checkpoint, if that many spans have come. Done on close, and by
  /// the call of `ingest` that finds one due. Ingest goes on meanwhile, so that a program which calls this from a thread
  /// of its own, with less than `checkpoint_spans`, spares its senders the wait.
  virtual void checkpoint(std::uint64_t at_least_spans = 0) = 0;

  virtual RecomputeReport recompute(Instant now, const Progress& progress = {}) = 0;
  virtual RetainReport retain(Instant now) = 0;

  struct SyncOptions {
    std::string sink_url;
    bool unfinished = false;            ///< Also what is not finished yet, marked so.
    bool retry_quarantined = false;     ///< Also what the sink has refused before.
    std::size_t rows_per_transaction = 5000;
  };
  virtual SyncReport sync(const SyncOptions& options, Instant now, const Progress& progress = {}) = 0;
  /// Ends the store's work: computes everything, and takes no more spans. All buckets are finished then, also those of the
  /// running hour, and the next sync sends complete rows. A store that is opened again for writing begins a new epoch.
  virtual void drain(Instant now, const Progress& progress = {}) = 0;

  /// What `sync` would create there.
  virtual std::string sink_ddl(const std::string& sink_url) = 0;

  /// From the store, or with `sink_url` from that sink.
  virtual Table query(const Query& query, Instant now, const std::string& sink_url = {}) = 0;

  // Views, dimension tables and recents: of the store, or with `sink_url` of that sink. docs/views.md, and ReadSide's
  // methods of the same names.
  virtual std::vector<Refresh> refresh_views(const std::vector<std::string>& names, const Clock& clock,
                                             const std::string& sink_url = {}) = 0;
  virtual std::vector<ViewInfo> views(const std::string& sink_url = {}) = 0;
  virtual ViewRows view(const std::string& name, const std::string& sink_url = {}) = 0;
  virtual std::vector<Refresh> refresh_log(const std::string& view, std::size_t limit,
                                           const std::string& sink_url = {}) = 0;
  virtual std::uint64_t trim_refresh_log(Instant before, const std::string& sink_url = {}) = 0;
  virtual std::uint64_t put_table(const std::string& table, std::string_view document, TableFormat format,
                                  const std::string& name, bool merge, const std::string& sink_url = {}) = 0;
  virtual Table table(const std::string& table, const std::string& sink_url = {}) = 0;

  virtual std::vector<RecentInfo> recents() = 0;
  /// The last used things of a group, newest first; `group` has a text for each field of the recent's `per`, written as
  /// Query::where has them. At most `limit`; those of its `window` before `now` alone.
  virtual Table recent(const std::string& name, const std::vector<std::string>& group, std::size_t limit, Instant now,
                       const std::string& sink_url = {}) = 0;

  virtual Status status() = 0;
  virtual VerifyReport verify(const Progress& progress = {}) = 0;

  /// A consistent copy in a folder that is not there yet, of everything that was accepted before the call; all else goes
  /// on meanwhile. On the same filesystem it shares what does not change by hard links. A store that is opened from it
  /// begins a new epoch. InputError when the folder is there, or the one above it is not.
  virtual void backup(const std::string& folder) = 0;

  /// The active definitions as TOML, normalised, with the state of each rollup as comments.
  virtual std::string schema_text() = 0;

  /// Writes the last checkpoint and closes; also done, without a report of failure, by the destructor.
  virtual void close() = 0;
};

/// Queries a sink without any store. `schema_paths` as in EngineOptions; empty: the shipped definitions.
Table query_sink(const std::string& sink_url, const std::vector<std::string>& schema_paths, const Query& query);

/// The agents that sync to a sink, a row for each epoch of each: its table `agents`, but for what only agents need.
Table list_agents(const std::string& sink_url);

/// Reads definitions and throws InputError with file, line, key and what was expected. Returns them normalised.
std::string check_schema(const std::vector<std::string>& schema_paths);

/// `0.1.0 (commit)`, and the versions of what is linked in.
std::string version_text();

}  // namespace tidemark
