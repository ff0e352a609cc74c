#pragma once
#include <string>

#include "cli/workload.hpp"

namespace tidemark::cli {

/// `2026-01-01T00:00:00.250000Z`, quickly. The year must be 1970 to 9999.
void append_instant(std::string& out, Instant t);

/// 16 hexadecimal digits.
void append_id(std::string& out, std::uint64_t id);

/// One NDJSON line, as docs/semantics.md, "NDJSON", has it.
void append_ndjson(std::string& out, const WorkloadSpan& span);

/// The header line for spans of one kind: columns that PostgreSQL's COPY reads into a table.
std::string csv_header(SpanKind kind);
/// One line: durations as whole microseconds, labels as a sorted `text[]`.
void append_csv_line(std::string& out, const WorkloadSpan& span);

}  // namespace tidemark::cli
