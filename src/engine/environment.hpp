#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include <tidemark/engine.hpp>

#include "model/schema.hpp"
#include "sink/sink.hpp"
#include "store/kv.hpp"
#include "store/place.hpp"

namespace tidemark {

/// What an engine takes from the world around it besides time: a disk, a network, and chance. A program has the real
/// ones; a simulated fleet has its own, so that one seed decides everything.
/// All of them may be called from any thread that calls the engine.
struct Environment {
  std::function<std::shared_ptr<KvStore>(const std::string& path, const KvOptions& options)> open_kv;
  std::function<std::unique_ptr<Sink>(const std::string& url, SchemaPtr schema, std::int64_t schema_version)> open_sink;
  /// store/place.hpp.
  std::function<std::optional<Place>(const EngineOptions& options)> find_place;
  std::function<Place(const EngineOptions& options)> make_place;
  std::string host;  ///< What this machine is called, for those who read the list of agents.
  /// Fills with bytes that nobody else has drawn.
  std::function<void(std::span<std::uint8_t> bytes)> random;
};

/// The disk, the network and the kernel's random numbers.
Environment real_environment();

/// Engine::open in an environment.
std::unique_ptr<Engine> open_engine(const EngineOptions& options, Instant now, const Progress& progress,
                                    const Environment& environment);

}  // namespace tidemark
