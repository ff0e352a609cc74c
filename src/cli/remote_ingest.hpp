#pragma once
#include <functional>

#include <tidemark/engine.hpp>

#include "cli/running_agent.hpp"

namespace tidemark::cli {

/// Engine::ingest_stream for a store that an agent has open: sends what `read` gives and merges the answers into one
/// report. `format` is what `--format` says. NDJSON goes in pieces, with the lines' numbers as they are in the whole; other formats as one document.
/// Compressed input is inflated here, because an agent bounds what it inflates.
/// Errors: those of RunningAgent; what it reported before is durable, and `progress` was told of it.
IngestReport ingest_remotely(RunningAgent& agent, const Engine::ReadBytes& read, const IngestContext& context,
                             const std::string& format,
                             const std::function<void(std::uint64_t bytes, const IngestReport&)>& progress);

}  // namespace tidemark::cli
