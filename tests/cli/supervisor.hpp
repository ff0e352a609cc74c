#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/program.hpp"

namespace tidemark::test {

/// Runs `tidemark agent` as a supervisor does: is told by it when it is ready, and when it stops.
class Supervisor {
 public:
  Supervisor();
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  std::string path(const std::string& name) const { return scratch_.path(name); }
  std::string file(const std::string& name, std::string_view content) const { return scratch_.file(name, content); }
  std::string store() const { return path("store"); }

  /// Starts one on `store()` and a free port, and waits until it is ready. Throws what it wrote when it ends before.
  void start(std::vector<std::string> more = {});
  Background& agent() { return *agent_; }
  /// Where it listens, `127.0.0.1:4318`: the first address that it told.
  std::string address() const;
  /// Waits for a message; throws after a minute.
  void wait_for(const std::string& state);
  /// SIGTERM, and its end.
  Ran stop();
  void kill();

  /// A command on `store()`.
  Ran run(std::vector<std::string> words, const std::string& input = {}) const;

 private:
  Scratch scratch_;
  int socket_ = -1;
  std::unique_ptr<Background> agent_;
};

}  // namespace tidemark::test
