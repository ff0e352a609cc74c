#pragma once
#include <map>
#include <optional>
#include <string>

#include <tidemark/engine.hpp>

/// What a job did, in words that a program can take apart again: `spans 5, buckets 3, chunks 1`. Pure. The command line
/// asks a running agent for a pass and shows what it did as if it had done it itself.
namespace tidemark::agent {

std::string to_text(const RecomputeReport& report);
std::string to_text(const RetainReport& report);
std::string to_text(const SyncReport& report);

/// Nothing when the text is no such report's.
std::optional<RecomputeReport> parse_recompute(const std::string& text);
std::optional<RetainReport> parse_retain(const std::string& text);
std::optional<SyncReport> parse_sync(const std::string& text);

}  // namespace tidemark::agent
