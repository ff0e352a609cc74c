#include "engine/environment.hpp"

#include <random>

#include <unistd.h>

namespace tidemark {
namespace {

void draw(std::span<std::uint8_t> bytes) {
  std::random_device random;
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(random());
}

}  // namespace

Environment real_environment() {
  Environment real;
  real.open_kv = [](const std::string& path, const KvOptions& options) { return open_rocksdb(path, options); };
  real.open_sink = open_sink;
  real.find_place = [](const EngineOptions& options) { return find_place(options.store_path, options.machine_id_file); };
  real.make_place = [](const EngineOptions& options) { return make_place(options.store_path, options.machine_id_file); };
  char host[256] = {};
  if (::gethostname(host, sizeof host - 1) == 0) real.host = host;
  real.random = draw;
  return real;
}

}  // namespace tidemark
