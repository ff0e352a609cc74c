#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <tidemark/engine.hpp>

namespace tidemark::http {

/// What the process around the server knows and can do. The server asks it for the time, too.
/// Threads: all of it is called from any thread at any time while the server runs. What is const is called for every
/// request, also from I/O threads: it must answer at once, from memory.
class Host {
 public:
  virtual ~Host() = default;

  virtual Instant now() const = 0;
  virtual Engine& engine() = 0;

  struct Refusal {
    std::string message;  ///< Shown to senders.
    std::uint32_t retry_after_seconds = 5;
  };
  /// Why nothing may be written at present (the disk is nearly full, the process is stopping): answered 503 with
  /// Retry-After, before a body is read.
  virtual std::optional<Refusal> refuses_ingest() const = 0;
  /// What /readyz says.
  virtual bool ready() const = 0;

  /// A job of the scheduler as it stands.
  struct Job {
    std::string name;
    std::string schedule;   ///< `60s`, `*/5 * * * *`.
    std::string time_zone;  ///< Of a cron expression; else empty.
    bool running = false;   ///< Or waiting for those before it.
    std::uint64_t runs = 0, failures = 0;
    std::uint64_t skipped = 0;  ///< Times it was due while it still ran.
    std::optional<Instant> last_start, last_success, next;
    Micros last_duration{};
    std::string last_error;   ///< Empty after a success. Without any secret.
    std::string last_result;  ///< In words.
  };
  virtual std::vector<Job> jobs() const = 0;
  /// Runs it once, now, and waits for its end. InputError for a name that there is not.
  virtual Job run_job(const std::string& name) = 0;
  /// The URL of a sink of the configuration, secrets included. InputError for a name that there is not.
  virtual std::string sink_url(const std::string& name) const = 0;
  /// A consistent copy of the store in a new folder. InputError when it cannot be made there.
  virtual void backup(const std::string& folder) = 0;
};

}  // namespace tidemark::http
