#include "fleet/agent.hpp"

#include <algorithm>
#include <cstring>

#include "fleet/mismatch.hpp"
#include "store/meta.hpp"

namespace tidemark::fleet {
namespace {

/// A disk that is about to fail does so within this many writes: a few requests, or a large part of a sync.
constexpr int kWritesUntilFailure = 30;

Instant sealed_by(const Rollup& rollup, Instant now) {
  const Instant last = now - *rollup.sealed_after();
  return {last.us - last.us % rollup.every->count};
}

}  // namespace

std::uint32_t epoch_of(const Image& image) {
  return meta::load_epoch(*test::open_memory(std::make_shared<test::MemoryDisk>(image.disk)));
}

Agent::Agent(int number_, const Plan& plan, const std::string& definitions_path, Network& network, Chance chance)
    : number(number_), plan_(plan), definitions_path_(definitions_path), network_(network), chance_(chance) {}

Agent::~Agent() = default;

/// Runs what writes to the disk. Nothing but a disk that was made to fail may stop it. What happens meanwhile takes the
/// whole process with it.
template <typename Work>
bool Agent::attempt(const Work& work) {
  const bool inside = working_ != 0;
  ++working_;
  try {
    work();
  } catch (const StoreError&) {
    --working_;
    if (inside || disk_->writes_left != 0) throw;
    kill(chance_.percent(50));
    return false;
  } catch (...) {
    --working_;
    throw;
  }
  --working_;
  return true;
}

Environment Agent::environment() {
  Environment world;
  world.open_kv = [this](const std::string&, const KvOptions&) { return test::open_memory(disk_); };
  world.open_sink = [this](const std::string& url, const SchemaPtr& schema, std::int64_t schema_version) {
    return network_.connect(url, schema, schema_version);
  };
  world.find_place = [this](const EngineOptions&) { return place_; };
  world.make_place = [this](const EngineOptions&) {
    place_ = Place{"machine" + std::to_string(number), ++places_, 1, 0};
    return *place_;
  };
  world.random = [this](std::span<std::uint8_t> bytes) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(chance_.next());
  };
  return world;
}

EngineOptions Agent::options() const {
  EngineOptions options;
  options.store_path = "machine" + std::to_string(number);
  options.schema_paths = {definitions_path_};
  options.checkpoint_spans = plan_.checkpoint_spans;
  options.chunk_spans = plan_.chunk_spans;
  options.recompute_threads = static_cast<std::size_t>(plan_.threads);
  return options;
}

bool Agent::open(Instant world) {
  return attempt([&] {
    const auto kv = test::open_memory(disk_);
    const auto noted = meta::load_place(*kv);
    const bool is_new = !meta::load_catalog(*kv);
    const bool moved = noted && !(place_ && place_->is_same(*noted));
    const std::uint32_t expected_epoch = is_new ? 1 : meta::load_epoch(*kv) + (moved ? 1 : 0);
    engine_ = open_engine(options(), now(world), {}, environment());
    check_opened(engine_->status(), expected_epoch);
  });
}

/// What is in doubt is settled by what the log says; what was acknowledged never is in doubt.
void Agent::check_opened(const Status& status, std::uint32_t expected_epoch) {
  require(record_.agent.empty() || record_.agent == status.agent, "a store opened as another agent");
  record_.agent = status.agent;
  require_equal(status.epoch, expected_epoch, "epoch after opening");
  epoch_ = status.epoch;
  const auto found = status.totals.find("accepted");
  const std::uint64_t accepted = found == status.totals.end() ? 0 : found->second;
  if (accepted != record_.accepted.size()) {
    require_equal(accepted, std::uint64_t{record_.accepted.size() + record_.doubtful.size()},
                  "accepted spans after opening, with the request that was not answered");
    for (const Accepted& entry : record_.doubtful) record_.accept(entry);
  }
  record_.doubtful.clear();
  for (std::size_t r = 0; r < kRollups; ++r) {
    const Instant sealed = status.rollups[r].sealed_before.value_or(Instant{});
    require(status.rollups[r].name == rollups()[r].name, "the rollups are in another order");
    require(sealed == record_.sealed[r] || sealed == record_.sealing[r],
            rollups()[r].name + " is sealed before " + format_short(sealed) + ", but it should be " +
                format_short(record_.sealed[r]) + " or " + format_short(record_.sealing[r]));
    record_.sealed[r] = record_.sealing[r] = sealed;
  }
}

bool Agent::checkpoint() {
  return attempt([&] { engine_->checkpoint(); });
}

bool Agent::recompute(Instant world, const std::function<void()>& meanwhile) {
  Progress progress;
  if (meanwhile) progress = [&](std::string_view, std::uint64_t, std::uint64_t) { meanwhile(); };
  return attempt([&] { require(engine_->recompute(now(world), progress).done, "a recompute pass was not done"); });
}

bool Agent::retain(Instant world) {
  for (std::size_t r = 0; r < kRollups; ++r)
    if (rollups()[r].sealed_after())
      record_.sealing[r] = std::max(record_.sealed[r], sealed_by(rollups()[r], now(world)));
  if (!attempt([&] { engine_->retain(now(world)); })) return false;
  record_.sealed = record_.sealing;
  return true;
}

bool Agent::sync(Instant world, std::size_t sink, bool unfinished, bool& sink_failed, SyncReport& report,
                 const std::function<void()>& meanwhile) {
  sink_failed = false;
  if (meanwhile)
    disk_->before_snapshot_cursor = [&, disk = disk_](Family family) {
      if (family != Family::computed) return;
      disk->before_snapshot_cursor = {};
      meanwhile();
    };
  const bool lives = attempt([&] {
    try {
      report = engine_->sync({network_.url(sink), unfinished, plan_.rows_per_transaction}, now(world));
      record_.synced[sink] = true;
    } catch (const SinkError& e) {
      if (network_.calm()) throw Mismatch(std::string("a sync failed in a calm network: ") + e.what());
      sink_failed = true;
    }
  });
  disk_->before_snapshot_cursor = {};
  return lives;
}

/// What the answer to a request must be; what it adds to the log is in doubt until then.
IngestReport Agent::expect(Instant now, const Request& request) {
  IngestReport expected;
  std::vector<bool> repeated = record_.known;
  for (const Span* span : request.spans) {
    const auto index = static_cast<std::size_t>(span->number);
    if (repeated.size() <= index) repeated.resize(index + 1);
    if (span->ended > now + hours(24)) {
      expected.decode.rejections.count(RejectReason::in_future);
    } else if (span->ended < now - kIdentityRetention) {
      expected.decode.rejections.count(RejectReason::too_old);
    } else if (repeated[index]) {
      ++expected.duplicates;
    } else {
      repeated[index] = true;
      Accepted entry{span, epoch_, {}};
      for (std::size_t r = 0; r < kRollups; ++r)
        expected.sealed += entry.left_out[r] = rollups()[r].start_of(*span) < record_.sealed[r];
      record_.doubtful.push_back(entry);
      ++expected.accepted;
    }
  }
  return expected;
}

bool Agent::send(Instant world, const Request& request, bool& done) {
  std::string document;
  for (const Span* span : request.spans) document += to_ndjson(*span);
  const IngestReport expected = expect(now(world), request);
  IngestContext context;
  context.name = "sender" + std::to_string(number);
  context.format = InputFormat::ndjson;
  context.now = now(world);
  IngestReport report;
  done = false;
  if (!attempt([&] { report = engine_->ingest(document, context); })) return false;
  for (const Rejection& rejection : report.decode.rejections.examples())
    require(rejection.reason == RejectReason::in_future || rejection.reason == RejectReason::too_old,
            "a span was rejected: " + rejection.where + ": " + rejection.message);
  require_equal(report.accepted, expected.accepted, "accepted of a request");
  require_equal(report.duplicates, expected.duplicates, "duplicates of a request");
  require_equal(report.differing_duplicates, std::uint64_t{0}, "differing duplicates of a request");
  require_equal(report.sealed, expected.sealed, "sealed of a request");
  for (const RejectReason reason : {RejectReason::in_future, RejectReason::too_old})
    require_equal(report.decode.rejections.of(reason), expected.decode.rejections.of(reason),
                  "spans of a request that are " + std::string(name_of(reason)));
  for (const Accepted& entry : record_.doubtful) record_.accept(entry);
  record_.doubtful.clear();
  done = report.decode.rejections.of(RejectReason::in_future) == 0;
  return true;
}

bool Agent::close() {
  const bool lives = attempt([&] { engine_->close(); });
  engine_.reset();
  return lives;
}

void Agent::kill(bool power) {
  disk_->writes_left = 0;  // a process that is killed writes no checkpoint
  disk_->before_write = {};
  engine_.reset();
  calm_disk();
  if (power) disk_->lose_power(chance_.index(disk_->unsynced() + 1));
  ++deaths;
}

void Agent::fail_soon() {
  if (disk_->writes_left == 0) return;  // it has failed, and nobody has heard of it yet
  disk_->writes_left = static_cast<std::uint64_t>(chance_.below(kWritesUntilFailure));
  disk_->failing_write_lands = chance_.percent(30);
}

void Agent::calm_disk() {
  // It may have failed in a checkpoint that nobody has heard of yet.
  if (engine_ && disk_->writes_left == 0) kill(false);
  disk_->repair();
  disk_->before_write = {};
}

Image Agent::image() const { return {*disk_, place_.value_or(Place{}), record_}; }

void Agent::image_within(std::uint64_t writes, std::function<void(Image)> take) {
  const std::uint64_t at = disk_->writes_done + writes;
  disk_->before_write = [this, at, take = std::move(take)](std::uint64_t writes_done) {
    if (writes_done == at) take(image());
  };
}

void Agent::replace_disk(const Image& image, bool same_place) {
  if (engine_) kill(false);
  *disk_ = image.disk;
  record_ = image.record;
  place_ = same_place ? std::optional(image.place) : std::nullopt;
}

void Agent::wipe() {
  if (engine_) kill(false);
  *disk_ = {};
  record_ = {};
  place_ = std::nullopt;
}

}  // namespace tidemark::fleet
