#include <stdexcept>

#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "peers/peers.hpp"
#include "peers/raw_store.hpp"

namespace tidemark::bench {
namespace {

double ingest(RawStore& store, const std::vector<RawSpan>& spans) {
  std::size_t accepted = 0;
  const double seconds = seconds_of([&] {
    for (std::size_t at = 0; at < spans.size(); at += kSpansPerRequest)
      accepted += store.commit(&spans[at], std::min(kSpansPerRequest, spans.size() - at));
  });
  if (accepted != spans.size()) throw std::runtime_error("raw RocksDB did not take every span");
  return static_cast<double>(accepted) / seconds;
}

double recompute(RawStore& store, int threads, std::uint64_t spans) {
  std::uint64_t covered = 0;
  const double seconds = seconds_of([&] { covered = store.recompute(threads); });
  if (covered != spans) throw std::runtime_error("raw RocksDB did not compute every span");
  return static_cast<double>(covered) / seconds;
}

}  // namespace

void run_raw_rocksdb(const Setup& setup, Figures& figures) {
  const std::vector<RawSpan> spans = raw_spans_of(WorkloadSource(setup.spans));
  std::vector<double> bare, with_identities, one_thread, two_threads, ingest_cpu, recompute_cpu;
  const auto us_per_span = [&](double seconds) { return seconds * 1e6 / static_cast<double>(spans.size()); };
  for (int round = 0; round < setup.rounds; ++round) {
    {
      RawStore store(setup.folder + "/raw", false);
      double cpu_before = cpu_seconds();
      bare.push_back(ingest(store, spans));
      ingest_cpu.push_back(us_per_span(cpu_seconds() - cpu_before));
      store.flush();
      cpu_before = cpu_seconds();
      one_thread.push_back(recompute(store, 1, spans.size()));
      recompute_cpu.push_back(us_per_span(cpu_seconds() - cpu_before));
      two_threads.push_back(recompute(store, 2, spans.size()));
    }
    RawStore store(setup.folder + "/raw", true);
    with_identities.push_back(ingest(store, spans));
  }
  figures["raw.ingest"] = median(bare);
  figures["raw.ingest_cpu_us"] = median(ingest_cpu);
  figures["raw.recompute_cpu_us"] = median(recompute_cpu);
  figures["raw.ingest_identities"] = median(with_identities);
  figures["raw.recompute"] = median(one_thread);
  figures["raw.recompute_2"] = median(two_threads);
}

}  // namespace tidemark::bench
