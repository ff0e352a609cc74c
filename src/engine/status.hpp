#pragma once
#include <tidemark/engine.hpp>

#include "rollup/writer.hpp"
#include "store/sink_registry.hpp"
#include "store/store.hpp"

namespace tidemark {

/// Gathers what a store knows of itself. Cost: the log's index and the pending marks are read through.
Status status_of(const Store& store, const Writer& writer, SinkRegistry& sinks);

}  // namespace tidemark
