#pragma once
#include "common/scenario.hpp"

/// The designs that one writes without Tidemark, on the same spans. Each makes every commit of 500 spans durable, keeps
/// counts, sums and extremes as spans come, and computes the percentiles of all buckets in one pass. Each leaves its
/// buckets in `<folder>/<peer>.rows`, and figures `<peer>.ingest`, `.recompute` (spans/s), `.owner_ms`, `.job_ms`,
/// `.bytes_per_span`.
namespace tidemark::bench {

void run_postgres_row_trigger(const Setup& setup, Figures& figures);        ///< postgres_row
void run_postgres_statement_trigger(const Setup& setup, Figures& figures);  ///< postgres_statement
void run_sqlite_trigger(const Setup& setup, Figures& figures);              ///< sqlite

/// What RocksDB itself allows: raw_rocksdb.cpp. Figures `raw.ingest` (the log and the buckets alone),
/// `raw.ingest_identities` (asking for and keeping every span's identity, too), `raw.recompute`, `raw.recompute_2`.
void run_raw_rocksdb(const Setup& setup, Figures& figures);

}  // namespace tidemark::bench
