#pragma once
#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/client.hpp"
#include "http/server.hpp"
#include "support/gzip.hpp"

/// A real server over a real store, with a host whose clock stands still.
namespace tidemark::test {

constexpr Instant kNow{1767578400'000'000};  // 2026-01-05T02:00:00Z

class Scratch {
 public:
  Scratch();
  ~Scratch();
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

 private:
  std::filesystem::path folder_;
};

class FakeHost final : public http::Host {
 public:
  /// `definitions`: TOML; empty: the shipped ones.
  explicit FakeHost(const std::string& store, const std::string& definitions = {});

  Instant now() const override { return kNow; }
  Engine& engine() override { return *engine_; }
  std::optional<Refusal> refuses_ingest() const override;
  bool ready() const override { return is_ready; }
  std::vector<Job> jobs() const override;
  Job run_job(const std::string& name) override;
  void backup(const std::string& folder) override;
  std::string sink_url(const std::string& name) const override;

  std::atomic<bool> is_ready{true};
  std::atomic<bool> refuses{false};
  std::string backed_up;
  std::atomic<int> recomputes{0};
  /// Held by a test, it holds up run_job().
  std::mutex loops_may_run;
  std::atomic<int> loops_begun{0};

 private:
  std::string store_;
  std::unique_ptr<Engine> engine_;
};

/// All may be done without a token.
constexpr http::Scopes kEverything{true, true, true};
constexpr http::Scopes kSendAndRead{true, true, false};

/// Options with one TCP listener on a free port.
http::ServerOptions loopback(http::Scopes open = kEverything);

struct Running {
  explicit Running(http::ServerOptions options = loopback(), const std::string& definitions = {});

  std::string address() const { return server->addresses().front(); }
  http::ClientResponse get(const std::string& target);
  http::ClientResponse post(const std::string& target, std::string body, const std::string& content_type = {});
  http::ClientResponse put(const std::string& target, std::string body, const std::string& content_type);
  http::ClientResponse send(http::ClientRequest request);

  Scratch scratch;
  FakeHost host;
  std::unique_ptr<http::Server> server;
};

/// A connection on which anything may be sent. Reads give up, and fail the test, after a long time.
class RawConnection {
 public:
  explicit RawConnection(const std::string& address);
  ~RawConnection();
  RawConnection(const RawConnection&) = delete;
  RawConnection& operator=(const RawConnection&) = delete;

  /// False when the other side has closed.
  bool send(std::string_view bytes);
  /// Reads until the text holds `end`, or the other side closes. What it read.
  std::string read_until(std::string_view end);
  /// Reads until the other side closes.
  std::string read_all() { return read_until({}); }
  /// Whether nothing has come yet, nor an end.
  bool unanswered() const;
  int descriptor() const { return socket_; }
  /// No more will be sent.
  void finish_sending();

 private:
  int socket_;
};

/// NDJSON: a job's span of one second.
std::string job(int id, const std::string& more = {});

/// Whether `text` holds `part`.
bool has(std::string_view text, std::string_view part);

}  // namespace tidemark::test
