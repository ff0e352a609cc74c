#pragma once
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/environment.hpp"
#include "fleet/chance.hpp"
#include "fleet/network.hpp"
#include "fleet/plan.hpp"
#include "fleet/record.hpp"
#include "support/memory_kv.hpp"

namespace tidemark::fleet {

/// A disk at one moment, with the place that it was in.
struct Image {
  test::MemoryDisk disk;
  std::optional<Place> place;
  std::string host;
  Record record;

  void lose_power(Chance& chance);
};

/// The epoch with which the store on a disk would go on in the place that it was in.
std::uint32_t epoch_of(const Image& image);

/// Spans that a sender has sent in one request, until they are answered for.
struct Request {
  std::vector<const Span*> spans;
  Instant first_sent;
};

/// One machine of the fleet: a disk, a clock that may be wrong, the real engine, and a sender that knows this machine
/// only. When the disk fails the process dies; open() starts it again on what is left.
/// Every call checks what the engine says against the record, and throws Mismatch.
class Agent {
 public:
  Agent(int number, const Plan& plan, const std::string& definitions_path, Network& network, Chance chance);
  ~Agent();

  bool running() const { return engine_ != nullptr; }
  Instant now(Instant world) const { return world + clock_offset; }

  // Each returns false when the process died of it.
  bool open(Instant world);
  bool checkpoint();
  /// `meanwhile` is called between two chunks: what it does to this agent happens while the pass is on its way.
  bool recompute(Instant world, const std::function<void()>& meanwhile = {});
  bool retain(Instant world);
  /// `sink_failed` is set when the sink did; the process lives on then. `meanwhile` is called once, after the pass has
  /// begun and before its first row is read: when the sink was reached, or after the check-in.
  bool sync(Instant world, std::size_t sink, bool unfinished, bool& sink_failed, SyncReport& report,
            const std::function<void()>& meanwhile = {});
  /// Sends a request. `done`: all of it is accepted, known, or refused for good.
  bool send(Instant world, const Request& request, bool& done);
  bool close();

  /// The process is gone, and with `power` some of what was not synced.
  void kill(bool power);
  /// The disk fails at a write soon.
  void fail_soon();
  /// The disk takes writes again, should it be about to fail.
  void calm_disk();

  Image image() const;
  /// From the next write but `writes` on, `take` has an image.
  void image_within(std::uint64_t writes, std::function<void(Image)> take);
  /// The machine's disk is that of the image from now on. It looks like the machine that the image was taken of, or like
  /// another one, so that the store notices.
  void replace_disk(const Image& image, bool looks_the_same);
  /// The machine has a new, empty disk.
  void wipe();

  Engine& engine() { return *engine_; }
  const Record& record() const { return record_; }
  std::uint32_t epoch() const { return epoch_; }

  const int number;
  Micros clock_offset;
  std::vector<Request> unanswered, answered;
  int deaths = 0;
  int forks = 0;  ///< Epochs that began because a sink knew another store of this name.

 private:
  template <typename Work>
  bool attempt(const Work& work);
  Environment environment();
  EngineOptions options() const;
  void check_opened(const Status& status, std::uint32_t expected_epoch);
  void follow_epochs();
  IngestReport expect(Instant now, const Request& request);

  const Plan& plan_;
  const std::string definitions_path_;
  Network& network_;
  Chance chance_;
  std::shared_ptr<test::MemoryDisk> disk_ = std::make_shared<test::MemoryDisk>();
  std::string host_;
  std::optional<Place> place_;
  std::uint64_t places_ = 0;
  Record record_;
  std::uint32_t epoch_ = 0;
  std::unique_ptr<Engine> engine_;
  int working_ = 0;  ///< Calls that are on their way: more than one where something happens meanwhile.
};

}  // namespace tidemark::fleet
