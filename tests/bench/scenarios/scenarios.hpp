#pragma once
#include "common/scenario.hpp"

/// What is measured of Tidemark, one file each. Those that need a store find the one that `run_ingest` left.
namespace tidemark::bench {

/// One client, and the recompute pass of everything. Leaves the store, computed and closed, in `<folder>/store`, and its
/// buckets in `<folder>/tidemark.rows`.
void run_ingest(const Setup& setup, Figures& figures);
/// Eight clients at once, and the recompute pass with two threads.
void run_clients(const Setup& setup, Figures& figures);
/// As the two before, with two rollups on jobs.
void run_two_rollups(const Setup& setup, Figures& figures);
/// Late spans into finished hours.
void run_late(const Setup& setup, Figures& figures);
/// Queries of that store.
void run_reads(const Setup& setup, Figures& figures);
/// Queries of a month of hours by day.
void run_month(const Setup& setup, Figures& figures);
/// Finished rows to PostgreSQL and to SQLite, beside what those can take.
void run_sync_postgres(const Setup& setup, Figures& figures);
void run_sync_sqlite(const Setup& setup, Figures& figures);
/// A month's p95 by day, of one owner with 100,000 values over 20 agents at PostgreSQL: by SQL and by a query.
void run_fleet_read(const Setup& setup, Figures& figures);
/// A store whose process ends without closing it, all spans past its last checkpoint; and opening that.
void run_crash(const Setup& setup, Figures& figures);
void run_restart(const Setup& setup, Figures& figures);
/// The store compacted, by column family.
void run_disk(const Setup& setup, Figures& figures);
/// A process that holds nothing but the library: resident memory, and what is written to the disk.
void run_memory(const Setup& setup, Figures& figures);
/// The same of a process that opens that store and does nothing.
void run_idle(const Setup& setup, Figures& figures);
/// Eight clients beside recompute, sync and retention, all at once.
void run_busy(const Setup& setup, Figures& figures);
/// All spans into one bucket, computed again and again.
void run_hot_bucket(const Setup& setup, Figures& figures);
/// A landing page's view by HTTP, 10,000 requests a second, quiet and while it is refreshed; the same numbers by SQL over
/// the raw rows in PostgreSQL.
void run_landing(const Setup& setup, Figures& figures);
/// The last used workflows of a workspace with 1,780,569 runs, beside PostgreSQL's DISTINCT ON; and what keeping them costs.
void run_recents(const Setup& setup, Figures& figures);
/// The disk itself, and the load generator.
void run_host(const Setup& setup, Figures& figures);
/// The workload at the given size, 48 hours for every million spans; figures `growth_<spans>.…`.
void run_growth(const Setup& setup, Figures& figures);

}  // namespace tidemark::bench
