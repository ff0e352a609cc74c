#pragma once
#include <string>
#include <utility>
#include <vector>

#include <tidemark/outcome.hpp>

#include "render/report.hpp"

namespace tidemark {

/// What `ingest` did with all its files.
struct IngestOutcome {
  IngestReport total;
  std::vector<std::pair<std::string, std::string>> failed_files;  ///< Name and what was wrong.
  bool interrupted = false;
};

/// Bytes that hold no span at all because they could not be read as their format.
bool undecodable(const IngestReport& report);

/// `accepted 1,000  duplicates 50  rejected 3 (malformed 2, too_old 1)`, and what else is not 0.
std::string summary_line(const IngestReport& report);

/// Contract: docs/cli.md, "ingest".
Report ingest_json(const IngestOutcome& outcome);

}  // namespace tidemark
