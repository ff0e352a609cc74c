#include <tidemark/engine.hpp>
#include <tidemark/version.hpp>

#include <filesystem>
#include <iterator>
#include <map>
#include <mutex>
#include <type_traits>

#include "decode/inflate.hpp"
#include "engine/environment.hpp"
#include "engine/epochs.hpp"
#include "engine/gate.hpp"
#include "engine/ingest.hpp"
#include "engine/intake.hpp"
#include "engine/opening.hpp"
#include "engine/parts.hpp"
#include "engine/places.hpp"
#include "engine/schema_files.hpp"
#include "engine/status.hpp"
#include "model/schema_toml.hpp"
#include "model/text.hpp"
#include "read/query.hpp"
#include "rollup/verify.hpp"
#include "sink/sync.hpp"
#include "store/bucket_scan.hpp"

namespace tidemark {
namespace {

constexpr std::size_t kReadBytes = 256u << 10;
/// A pass that finds another store in this one's name is followed by one in a new epoch's.
constexpr int kSyncPasses = 4;

std::vector<RecentInfo> recent_infos(const Schema& schema) {
  std::vector<RecentInfo> infos;
  for (const RecentDef& recent : schema.recents) {
    RecentInfo& info = infos.emplace_back();
    info.name = recent.name;
    info.is_public = recent.is_public;
    const SourceDef& source = schema.sources[static_cast<std::size_t>(recent.source)];
    for (const int field : recent.per) info.per.push_back(source.fields[static_cast<std::size_t>(field)].name);
  }
  return infos;
}

class StoreEngine final : public Engine {
 public:
  StoreEngine(const EngineOptions& options, Instant now, const Progress& progress, const Environment& environment)
      : options_(options), environment_(environment), intake_(options.open_bytes) {
    parts_ = std::make_unique<EngineParts>(open_store(options, now, progress, environment), options);
    recover(progress);
    if (!options.read_only) parts_->read_models.close_running(now);
  }

  ~StoreEngine() override {
    try {
      close();
    } catch (const StoreError&) {
      // What was acknowledged is in the log, and the next opening replays it.
    }
  }
  StoreEngine(const StoreEngine&) = delete;
  StoreEngine& operator=(const StoreEngine&) = delete;

  IngestReport ingest(std::string_view document, const IngestContext& context) override {
    // How much a compressed document holds is not known before it is inflated; CI's exports shrink to a tenth.
    constexpr std::uint64_t kInflation = 16;
    const auto ticket = intake_.enter(document.size() * (is_gzip(document) ? kInflation : 1));
    const auto inside = gate_.enter();
    EngineParts& parts = for_spans();
    return IngestStream(*parts.store, parts.writer, context).whole(document);
  }

  IngestReport ingest_stream(const ReadBytes& read, const IngestContext& context,
                             const std::function<void(std::uint64_t, const IngestReport&)>& progress) override {
    const auto inside = gate_.enter();
    EngineParts& parts = for_spans();
    IngestStream stream(*parts.store, parts.writer, context);
    std::string buffer(kReadBytes, '\0');
    std::uint64_t bytes = 0;
    while (const std::size_t n = read(buffer.data(), buffer.size())) {
      stream.feed(std::string_view(buffer).substr(0, n));
      bytes += n;
      if (progress) progress(bytes, stream.report());
    }
    return stream.finish();
  }

  void checkpoint(std::uint64_t at_least_spans) override {
    const auto inside = gate_.enter();
    parts().writer.checkpoint(at_least_spans);
  }

  RecomputeReport recompute(Instant, const Progress& progress) override {
    const auto inside = gate_.enter();
    EngineParts& parts = for_writing();
    const std::lock_guard lock(parts.background_mutex);
    return parts.recompute.run_once(progress);
  }

  RetainReport retain(Instant now) override {
    const auto inside = gate_.enter();
    EngineParts& parts = for_writing();
    const std::lock_guard lock(parts.background_mutex);
    return parts.retention.run_once(now);
  }

  SyncReport sync(const SyncOptions& options, Instant now, const Progress& progress) override {
    const std::shared_ptr<std::mutex> mutex = mutex_of(options.sink_url);
    const std::lock_guard lock(*mutex);
    SyncReport report;
    for (int pass = 0; pass < kSyncPasses;) {
      SyncOutcome outcome = sync_once(options, now, progress);
      add_to(report, std::move(outcome.report));
      if (outcome.gave_way) continue;
      ++pass;
      if (outcome.fork) begin_new_epoch(*outcome.fork, report);
      if (!outcome.fork && !outcome.disturbed) return report;
    }
    throw SinkError(
        SinkError::Kind::transient,
        "sink " + report.sink + ": other stores check in there in this agent's name all the time; it is tried again");
  }

  void drain(Instant, const Progress& progress) override {
    const auto closed = gate_.close();
    EngineParts& parts = for_writing();
    parts.recompute.run_once(progress);
    parts.writer.checkpoint();
    parts.store->set_sealed();
  }

  std::string sink_ddl(const std::string& sink_url) override {
    const auto inside = gate_.enter();
    return sink_at(sink_url)->ddl();
  }

  Table query(const Query& query, Instant now, const std::string& sink_url) override {
    const auto inside = gate_.enter();
    EngineParts& parts = this->parts();
    const QueryPlan plan(parts.store->schema(), query);
    if (!sink_url.empty()) return plan.run(*sink_at(sink_url));
    StoreBuckets buckets(*parts.store, &parts.writer.table(), now);
    return plan.run(buckets);
  }

  std::vector<Refresh> refresh_views(const std::vector<std::string>& names, const Clock& clock,
                                     const std::string& sink_url) override {
    check_writable();
    return with_read_side(sink_url, [&](ReadSide& side) { return side.refresh_views(names, clock); });
  }
  std::vector<ViewInfo> views(const std::string& sink_url) override {
    return with_read_side(sink_url, [](ReadSide& side) { return side.views(); });
  }
  ViewRows view(const std::string& name, const std::string& sink_url) override {
    return with_read_side(sink_url, [&](ReadSide& side) { return side.view(name); });
  }
  std::vector<Refresh> refresh_log(const std::string& view, std::size_t limit, const std::string& sink_url) override {
    return with_read_side(sink_url, [&](ReadSide& side) { return side.refresh_log(view, limit); });
  }
  std::uint64_t trim_refresh_log(Instant before, const std::string& sink_url) override {
    check_writable();
    return with_read_side(sink_url, [&](ReadSide& side) { return side.trim_refresh_log(before); });
  }
  std::uint64_t put_table(const std::string& table, std::string_view document, TableFormat format,
                          const std::string& name, bool merge, const std::string& sink_url) override {
    check_writable();
    return with_read_side(sink_url,
                          [&](ReadSide& side) { return side.put_table(table, document, format, name, merge); });
  }
  Table table(const std::string& table, const std::string& sink_url) override {
    return with_read_side(sink_url, [&](ReadSide& side) { return side.table(table); });
  }
  std::vector<RecentInfo> recents() override {
    const auto inside = gate_.enter();
    return recent_infos(parts().store->schema());
  }
  Table recent(const std::string& name, const std::vector<std::string>& group, std::size_t limit, Instant now,
               const std::string& sink_url) override {
    return with_read_side(sink_url, [&](ReadSide& side) { return side.recent(name, group, limit, now); });
  }

  Status status() override {
    const auto inside = gate_.enter();
    EngineParts& parts = this->parts();
    return status_of(*parts.store, parts.writer, parts.sinks);
  }

  VerifyReport verify(const Progress& progress) override {
    const auto inside = gate_.enter();
    EngineParts& parts = this->parts();
    parts.writer.checkpoint();
    return verify_store(*parts.store, progress);
  }

  void backup(const std::string& folder) override {
    const auto inside = gate_.enter();
    EngineParts& parts = for_writing();
    parts.writer.checkpoint();
    parts.store->kv().copy_to(folder);
  }

  std::string schema_text() override {
    const auto inside = gate_.enter();
    return format_schema(parts().store->schema());
  }

  void close() override {
    if (closed_) return;
    closed_ = true;
    if (!parts_) return;
    if (!options_.read_only) parts_->writer.checkpoint();
    parts_->store->kv().close();
  }

 private:
  EngineParts& parts() const {
    if (!parts_) throw StoreError("a new epoch could not be begun; open the store again");
    return *parts_;
  }
  void check_writable() const {
    if (options_.read_only) throw StoreError("the store was opened for reading only");
  }
  EngineParts& for_writing() const {
    check_writable();
    return parts();
  }
  EngineParts& for_spans() const {
    EngineParts& parts = for_writing();
    if (parts.store->is_sealed())
      throw StoreError("the store was drained and takes no more spans; open it again to begin a new epoch");
    return parts;
  }

  void recover(const Progress& progress) {
    parts_->writer.recover([&](std::uint64_t done, std::uint64_t total) {
      if (progress) progress("recover", done, total);
    });
  }

  /// Calls `use` with what is read from the store, or from a sink: that one for as long as it takes, and nobody waits.
  template <typename Use>
  std::invoke_result_t<Use, ReadSide&> with_read_side(const std::string& sink_url, const Use& use) {
    std::unique_ptr<ReadSide> of_sink;
    {
      const auto inside = gate_.enter();
      if (sink_url.empty()) return use(*read_side_of(std::make_unique<StorePlace>(parts())));
      const Store& store = *parts().store;
      of_sink = read_side_of(
          std::make_unique<SinkPlace>(sink_at(sink_url), store.map().schema_ptr(), to_text(store.agent())));
    }
    return use(*of_sink);
  }

  std::unique_ptr<Sink> sink_at(const std::string& url) const {
    const Store& store = *parts().store;
    return environment_.open_sink(url, store.map().schema_ptr(), store.catalog().schema_version);
  }

  /// One pass at a time for each sink; a sink that hangs holds up no other.
  std::shared_ptr<std::mutex> mutex_of(const std::string& sink_url) {
    const std::lock_guard lock(sync_mutexes_mutex_);
    std::shared_ptr<std::mutex>& mutex = sync_mutexes_[sink_name(sink_url)];
    if (!mutex) mutex = std::make_shared<std::mutex>();
    return mutex;
  }

  SyncOutcome sync_once(const SyncOptions& options, Instant now, const Progress& progress) {
    const auto inside = gate_.enter();
    EngineParts& parts = for_writing();
    StoreSelf self;
    // A database may refuse bytes that are no UTF-8, and names of machines and folders may be any.
    repair_utf8(environment_.host, self.host);
    repair_utf8(std::filesystem::absolute(options_.store_path).lexically_normal().string(), self.path);
    self.version = version();
    self.random = environment_.random;
    parts.writer.checkpoint();
    // Both of one checkpoint: another one may be written meanwhile.
    const SnapshotPtr at = parts.store->kv().snapshot();
    self.position = meta::load_position(parts.store->kv(), meta::Reader::checkpoint, at);
    self.spans = meta::load_totals(parts.store->kv(), at)["accepted"];
    const auto sink = sink_at(options.sink_url);
    SyncPassOptions pass_options;
    pass_options.unfinished = options.unfinished;
    pass_options.retry_quarantined = options.retry_quarantined;
    pass_options.rows_per_transaction = options.rows_per_transaction;
    // A new sink's first pass may take hours, in which another one's fork would hold off all spans.
    pass_options.gives_way = [this] { return gate_.is_closed(); };
    return SyncPass(*parts.store, parts.sinks, *sink, self, pass_options).run_once(now, progress);
  }

  static void add_to(SyncReport& report, SyncReport pass) {
    report.sink = pass.sink;
    report.rows += pass.rows;
    report.transactions += pass.transactions;
    report.waiting = pass.waiting;
    report.quarantined += pass.quarantined;
    std::move(pass.notices.begin(), pass.notices.end(), std::back_inserter(report.notices));
  }

  /// Nobody works on the store meanwhile.
  void begin_new_epoch(const Fork& fork, SyncReport& report) {
    const auto closed = gate_.close();
    // Another sink's pass may have found the same, and been here before.
    if (parts().store->epoch() != fork.epoch) return;
    parts_->writer.checkpoint();
    const std::shared_ptr<KvStore> kv = parts_->store->shared_kv();
    const Catalog catalog = parts_->store->catalog();
    const SchemaPtr schema = parts_->store->map().schema_ptr();
    parts_.reset();
    const std::uint64_t unproven = begin_forked_epoch(kv, catalog, options_, environment_, fork);
    parts_ = std::make_unique<EngineParts>(std::make_unique<Store>(kv, schema, catalog), options_);
    recover({});
    report.notices.push_back("epoch " + std::to_string(parts_->store->epoch()) +
                             " began: another store has this one's identity, and synced as " + fork.host + ":" +
                             fork.store + " until " + format_short(fork.seen) + "; " + std::to_string(unproven) +
                             " spans may count twice, because that store may have them, too");
  }

  const EngineOptions options_;
  const Environment environment_;
  Gate gate_;  // closed while the parts are changed
  std::unique_ptr<EngineParts> parts_;
  Intake intake_;
  std::mutex sync_mutexes_mutex_;
  std::map<std::string, std::shared_ptr<std::mutex>> sync_mutexes_;  // by the sink's name
  bool closed_ = false;
};

}  // namespace

std::unique_ptr<Engine> Engine::open(const EngineOptions& options, Instant now, const Progress& progress) {
  return open_engine(options, now, progress, real_environment());
}

std::unique_ptr<Engine> open_engine(const EngineOptions& options, Instant now, const Progress& progress,
                                    const Environment& environment) {
  return std::make_unique<StoreEngine>(options, now, progress, environment);
}

Table query_sink(const std::string& sink_url, const std::vector<std::string>& schema_paths, const Query& query) {
  const SchemaPtr schema = read_or_shipped_schema(schema_paths);
  return QueryPlan(*schema, query).run(*open_sink(sink_url, schema, 0));
}

std::unique_ptr<ReadSide> ReadSide::open(const std::string& sink_url, const std::vector<std::string>& schema_paths,
                                         const std::string& by) {
  const SchemaPtr schema = read_or_shipped_schema(schema_paths);
  return read_side_of(std::make_unique<SinkPlace>(open_sink(sink_url, schema, 0), schema, by));
}

std::string version_text() {
  std::string text = "tidemark " + std::string(version());
  if (!git_commit().empty()) text += " (" + std::string(git_commit()) + ")";
  return text + "\n" + storage_engine_version() + ", " + sink_library_versions() + "\n";
}

std::string check_schema(const std::vector<std::string>& schema_paths) {
  return format_schema(*read_or_shipped_schema(schema_paths));
}

}  // namespace tidemark
