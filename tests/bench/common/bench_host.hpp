#pragma once
#include <string>
#include <vector>

#include "http/host.hpp"

namespace tidemark::bench {

/// A server's host whose clock stands still and that has nothing but an engine.
class BenchHost final : public http::Host {
 public:
  BenchHost(Engine& engine, Instant now) : engine_(engine), now_(now) {}
  Instant now() const override { return now_; }
  Engine& engine() override { return engine_; }
  std::optional<Refusal> refuses_ingest() const override { return std::nullopt; }
  bool ready() const override { return true; }
  std::vector<Job> jobs() const override { return {}; }
  Job run_job(const std::string&) override { throw InputError("there are no jobs here"); }
  void backup(const std::string&) override { throw InputError("there are no backups here"); }
  std::string sink_url(const std::string&) const override { throw InputError("there are no sinks here"); }

 private:
  Engine& engine_;
  Instant now_;
};

}  // namespace tidemark::bench
