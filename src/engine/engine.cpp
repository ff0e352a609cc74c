#include <tidemark/engine.hpp>
#include <tidemark/version.hpp>

#include <algorithm>
#include <mutex>

#include "decode/inflate.hpp"
#include "engine/environment.hpp"
#include "engine/ingest.hpp"
#include "engine/intake.hpp"
#include "engine/opening.hpp"
#include "engine/schema_files.hpp"
#include "engine/status.hpp"
#include "model/schema_toml.hpp"
#include "read/query.hpp"
#include "rollup/recompute.hpp"
#include "rollup/retention.hpp"
#include "rollup/verify.hpp"
#include "rollup/writer.hpp"
#include "sink/sync.hpp"
#include "store/bucket_scan.hpp"

namespace tidemark {
namespace {

constexpr std::size_t kReadBytes = 256u << 10;

class StoreEngine final : public Engine {
 public:
  StoreEngine(const EngineOptions& options, Instant now, const Progress& progress, const Environment& environment)
      : environment_(environment),
        store_(open_store(options, now, progress, environment)),
        sinks_(store_->kv()),
        writer_(*store_, sinks_, {.checkpoint_spans = options.checkpoint_spans, .read_only = options.read_only, .helper = options.ingest_helper}),
        recompute_(*store_, writer_, sinks_, {options.chunk_spans, options.recompute_threads}),
        retention_(*store_, writer_, recompute_, sinks_),
        intake_(options.open_bytes),
        read_only_(options.read_only) {
    writer_.recover([&](std::uint64_t done, std::uint64_t total) {
      if (progress) progress("recover", done, total);
    });
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
    require_writable();
    // How much a compressed document holds is not known before it is inflated; CI's exports shrink to a tenth.
    constexpr std::uint64_t kInflation = 16;
    const auto ticket = intake_.enter(document.size() * (is_gzip(document) ? kInflation : 1));
    return IngestStream(*store_, writer_, context).whole(document);
  }

  IngestReport ingest_stream(const ReadBytes& read, const IngestContext& context,
                             const std::function<void(std::uint64_t, const IngestReport&)>& progress) override {
    require_writable();
    IngestStream stream(*store_, writer_, context);
    std::string buffer(kReadBytes, '\0');
    std::uint64_t bytes = 0;
    while (const std::size_t n = read(buffer.data(), buffer.size())) {
      stream.feed(std::string_view(buffer).substr(0, n));
      bytes += n;
      if (progress) progress(bytes, stream.report());
    }
    return stream.finish();
  }

  void checkpoint(std::uint64_t at_least_spans) override { writer_.checkpoint(at_least_spans); }

  RecomputeReport recompute(Instant, const Progress& progress) override {
    require_writable();
    const std::lock_guard lock(background_mutex_);
    return recompute_.run_once(progress);
  }

  RetainReport retain(Instant now) override {
    require_writable();
    const std::lock_guard lock(background_mutex_);
    return retention_.run_once(now);
  }

  SyncReport sync(const SyncOptions& options, Instant now, const Progress& progress) override {
    require_writable();
    const std::lock_guard lock(sync_mutex_);
    writer_.checkpoint();
    const auto sink = sink_at(options.sink_url);
    SyncPass pass(*store_, sinks_, *sink, {options.unfinished, options.rows_per_transaction});
    return pass.run_once(now, progress);
  }

  std::string sink_ddl(const std::string& sink_url) override {
    return sink_at(sink_url)->ddl();
  }

  Table query(const Query& query, Instant now, const std::string& sink_url) override {
    const QueryPlan plan(store_->schema(), query);
    if (!sink_url.empty())
      return plan.run(*sink_at(sink_url));
    StoreBuckets buckets(*store_, &writer_.table(), now);
    return plan.run(buckets);
  }

  Status status() override { return status_of(*store_, writer_, sinks_); }

  VerifyReport verify(const Progress& progress) override {
    writer_.checkpoint();
    return verify_store(*store_, progress);
  }

  void backup(const std::string& folder) override {
    require_writable();
    writer_.checkpoint();
    store_->kv().copy_to(folder);
  }

  std::string schema_text() override { return format_schema(store_->schema()); }

  void close() override {
    if (closed_) return;
    closed_ = true;
    if (!read_only_) writer_.checkpoint();
    store_->kv().close();
  }

 private:
  std::unique_ptr<Sink> sink_at(const std::string& url) const {
    return environment_.open_sink(url, store_->map().schema_ptr(), store_->catalog().schema_version);
  }
  void require_writable() const {
    if (read_only_) throw StoreError("the store was opened for reading only");
  }

  const Environment environment_;
  std::unique_ptr<Store> store_;
  SinkRegistry sinks_;
  Writer writer_;
  Recompute recompute_;
  Retention retention_;
  Intake intake_;
  std::mutex background_mutex_;  // recompute and retention write the same family
  std::mutex sync_mutex_;
  bool read_only_;
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

std::string version_text() {
  std::string text = "tidemark " + std::string(version());
  if (!git_commit().empty()) text += " (" + std::string(git_commit()) + ")";
  return text + "\n" + storage_engine_version() + ", " + sink_library_versions() + "\n";
}

std::string check_schema(const std::vector<std::string>& schema_paths) {
  return format_schema(*read_or_shipped_schema(schema_paths));
}

}  // namespace tidemark
