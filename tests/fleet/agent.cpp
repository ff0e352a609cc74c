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

void Image::lose_power(Chance& chance) {
  disk.lose_power(chance.index(disk.unsynced() + 1));
  record.alone_until = 0;
}

Agent::Agent(int number_, const Plan& plan, const std::string& definitions_path, Network& network, Chance chance)
    : number(number_),
      plan_(plan),
      definitions_path_(definitions_path),
      network_(network),
      chance_(chance),
      host_("machine" + std::to_string(number_)) {}

/// As a kill: whom an image was to go to may be gone already.
Agent::~Agent() {
  disk_->before_write = {};
  disk_->before_snapshot_cursor = {};
  disk_->writes_left = 0;
}

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
  world.host = host_;
  world.random = [this](std::span<std::uint8_t> bytes) {
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(chance_.next());
  };
  return world;
}

EngineOptions Agent::options() const {
  EngineOptions options;
  options.store_path = "/" + host_;
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
    const auto split = meta::load_split(*kv);
    const std::uint32_t stored_epoch = is_new ? 1 : split ? split->next.number : meta::load_epoch(*kv);
    const std::uint32_t expected_epoch = stored_epoch + (moved ? 1 : 0);
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
  follow_epochs();
  for (std::size_t r = 0; r < kRollups; ++r) {
    const Instant sealed = status.rollups[r].sealed_before.value_or(Instant{});
    require(status.rollups[r].name == rollups()[r].name, "the rollups are in another order");
    require(sealed == record_.sealed[r] || sealed == record_.sealing[r],
            rollups()[r].name + " is sealed before " + format_short(sealed) + ", but it should be " +
                format_short(record_.sealed[r]) + " or " + format_short(record_.sealing[r]));
    record_.sealed[r] = record_.sealing[r] = sealed;
  }
}

/// Where epochs begin is the store's to say: what it has accepted from there on is counted in their rows. It may not take
/// back what it was told to be its own.
void Agent::follow_epochs() {
  const auto epochs = meta::load_epochs(*test::open_memory(disk_));
  std::size_t at = 0;
  for (std::size_t e = 0; e < epochs.size(); ++e) {
    const std::size_t last = e + 1 < epochs.size() ? epochs[e + 1].spans_before : record_.accepted.size();
    for (const std::size_t end = std::min(last, record_.accepted.size()); at < end; ++at) {
      std::uint32_t& epoch = record_.accepted[at].epoch;
      require(
          epoch == epochs[e].number || at >= record_.alone_until,
          "epoch " + std::to_string(epochs[e].number) + " takes a span that a sink had confirmed to this store alone");
      epoch = epochs[e].number;
    }
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
  bool happened = false;
  const auto once = [&] {
    if (!std::exchange(happened, true)) meanwhile();
  };
  if (meanwhile && chance_.percent(30))
    network_.connected = once;
  else if (meanwhile)
    network_.checked_in = [&] {
      disk_->before_snapshot_cursor = [&](Family family) {
        if (family == Family::computed) once();
      };
    };
  const std::size_t accepted = record_.accepted.size();
  bool confirmed = false;
  const bool lives = attempt([&] {
    Engine::SyncOptions options;
    options.sink_url = network_.url(sink);
    options.unfinished = unfinished;
    options.rows_per_transaction = plan_.rows_per_transaction;
    try {
      report = engine_->sync(options, now(world));
      record_.synced[sink] = true;
      confirmed = true;
    } catch (const SinkError& e) {
      if (network_.calm()) throw Mismatch(std::string("a sync failed in a calm network: ") + e.what());
      sink_failed = true;
    }
  });
  network_.connected = network_.checked_in = {};
  disk_->before_snapshot_cursor = {};
  if (lives) {
    const std::uint32_t before = std::exchange(epoch_, engine_->status().epoch);
    if (epoch_ != before) ++forks;
    follow_epochs();
    if (confirmed) record_.alone_until = accepted;
  }
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
  if (power) {
    disk_->lose_power(chance_.index(disk_->unsynced() + 1));
    record_.alone_until = 0;  // it may have forgotten
  }
  if (!record_.agent.empty()) follow_epochs();
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

Image Agent::image() const { return {*disk_, place_, host_, record_}; }

void Agent::image_within(std::uint64_t writes, std::function<void(Image)> take) {
  const std::uint64_t at = disk_->writes_done + writes;
  disk_->before_write = [this, at, take = std::move(take)](std::uint64_t writes_done) {
    if (writes_done == at) take(image());
  };
}

void Agent::replace_disk(const Image& image, bool looks_the_same) {
  if (engine_) kill(false);
  *disk_ = image.disk;
  record_ = image.record;
  place_ = looks_the_same ? image.place : std::nullopt;
  if (looks_the_same) host_ = image.host;
}

void Agent::wipe() {
  if (engine_) kill(false);
  *disk_ = {};
  record_ = {};
  place_ = std::nullopt;
}

}  // namespace tidemark::fleet
