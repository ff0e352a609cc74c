#include "common/engine_run.hpp"
#include "common/host.hpp"
#include "scenarios/scenarios.hpp"
#include "store/kv.hpp"

namespace tidemark::bench {

void run_disk(const Setup& setup, Figures& figures) {
  const auto spans = static_cast<double>(setup.spans);
  for (const char* name : {"store", "two-rollups"}) {
    const std::string prefix = std::string(name) == "store" ? "disk." : "two_rollups.disk_";
    const std::string path = setup.folder + "/compacted";
    copy_store(setup.folder + "/" + name, path);
    const auto kv = open_rocksdb(path, {});
    for (std::size_t f = 0; f < kFamilies; ++f) {
      const auto family = static_cast<Family>(f);
      kv->compact(family);
      figures[prefix + std::string(name_of(family))] = static_cast<double>(kv->bytes_on_disk(family)) / spans;
    }
    kv->close();
    figures[prefix + "bytes_per_span"] = static_cast<double>(bytes_below(path)) / spans;
  }
}

}  // namespace tidemark::bench
