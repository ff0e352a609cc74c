#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// A load generator for small answers: one thread, many connections that are kept, and on each the next request only after
/// the answer to the last.
namespace tidemark::bench {

struct HttpLoad {
  std::string address;  ///< Of a server on loopback: `127.0.0.1:4318`.
  std::string path;
  std::size_t connections = 64;
  double seconds = 10;
  /// Requests a second by a fixed schedule: each has a moment at which it is due, whatever became of those before it, so
  /// that a server that stalls is charged for everybody who would have come meanwhile. 0: each connection asks again as
  /// soon as it was answered.
  double rate = 0;
};

struct HttpLoadResult {
  double seconds = 0;                ///< From the first request to the last answer.
  double cpu_seconds = 0;            ///< Of the generator itself.
  std::vector<double> latencies_ms;  ///< From the moment at which each request was due.
  std::uint64_t bytes = 0;           ///< Of answers.
  double answers_per_second() const { return static_cast<double>(latencies_ms.size()) / seconds; }
};

/// Runs it in the calling thread. Throws unless every answer is a 200 with its whole body.
HttpLoadResult run_load(const HttpLoad& load);

}  // namespace tidemark::bench
