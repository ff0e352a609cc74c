#pragma once

/// The statements of the plain PostgreSQL design.
namespace tidemark::bench {

/// An empty schema `plain`, which the session then works in: the table of spans, and the table of buckets.
extern const char* const kTables;
/// Upserts a span's bucket, span by span.
extern const char* const kRowTrigger;
/// Upserts the buckets of one COPY at once, from its transition table.
extern const char* const kStatementTrigger;
/// Writes every bucket's percentiles.
extern const char* const kPercentiles;
/// Every bucket, in order.
extern const char* const kRows;

}  // namespace tidemark::bench
