-- A rollup's buckets, merged over the rows of all agents by SQL alone, from the tables as docs/sinks.md describes them.
-- Variables: rollup, dims (its dimensions), target (the table to make).
CREATE TABLE :target AS
WITH agents AS (SELECT * FROM tidemark.:rollup WHERE finished),
numbers AS (
  SELECT :dims, bucket_start,
    sum(total_runs)::bigint AS total_runs,
    sum(successful_runs)::bigint AS successful_runs,
    sum(failed_runs)::bigint AS failed_runs,
    sum(cancelled_runs)::bigint AS cancelled_runs,
    sum(sum_duration_seconds) AS sum_duration_seconds,
    min(min_duration_seconds) AS min_duration_seconds,
    max(max_duration_seconds) AS max_duration_seconds,
    sum(sum_queue_seconds) AS sum_queue_seconds,
    min(min_queue_seconds) AS min_queue_seconds,
    max(max_queue_seconds) AS max_queue_seconds,
    sum(update_counter)::bigint AS update_counter,
    sum(computed_counter)::bigint AS computed_counter
  FROM agents GROUP BY :dims, bucket_start),
durations AS (
  SELECT :dims, bucket_start,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY d.value) / 1e6::float8 AS median_duration_seconds,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY d.value) / 1e6::float8 AS p95_duration_seconds,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY d.value) / 1e6::float8 AS p99_duration_seconds
  FROM tidemark.:rollup AS m, LATERAL tidemark.duration_us(m) AS held, LATERAL unnest(held.values, held.counts) AS d(value, count),
    LATERAL generate_series(1, coalesce(d.count, 1))
  WHERE m.finished
  GROUP BY :dims, bucket_start),
queues AS (
  SELECT :dims, bucket_start,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY d.value) / 1e6::float8 AS median_queue_seconds,
    percentile_cont(0.95) WITHIN GROUP (ORDER BY d.value) / 1e6::float8 AS p95_queue_seconds,
    percentile_cont(0.99) WITHIN GROUP (ORDER BY d.value) / 1e6::float8 AS p99_queue_seconds
  FROM tidemark.:rollup AS m, LATERAL tidemark.queue_us(m) AS held, LATERAL unnest(held.values, held.counts) AS d(value, count),
    LATERAL generate_series(1, coalesce(d.count, 1))
  WHERE m.finished
  GROUP BY :dims, bucket_start)
SELECT * FROM numbers LEFT JOIN durations USING (:dims, bucket_start) LEFT JOIN queues USING (:dims, bucket_start);
