#include "common/host.hpp"
#include "common/stopwatch.hpp"
#include "common/workload_source.hpp"
#include "scenarios/scenarios.hpp"

namespace tidemark::bench {

void run_host(const Setup& setup, Figures& figures) {
  const std::vector<double> syncs = disk_sync_ms(setup.folder);
  figures["host.sync_ms"] = median(syncs);
  figures["host.sync_p5_ms"] = quantile(syncs, 0.05);
  const WorkloadSource source(std::min<std::uint64_t>(setup.spans, 100'000));
  double encoding = 0;
  const double making = seconds_of([&] {
    for (std::size_t i = 0; i < source.requests(); ++i) {
      const auto spans = source.request(i);
      encoding += seconds_of([&] { encode(spans); });
    }
  });
  figures["host.make_us_per_span"] = (making - encoding) * 1e6 / static_cast<double>(source.size());
  figures["host.encode_us_per_span"] = encoding * 1e6 / static_cast<double>(source.size());
}

}  // namespace tidemark::bench
