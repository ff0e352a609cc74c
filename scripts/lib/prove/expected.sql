-- What PostgreSQL says over the raw spans, bucket by bucket. Durations are summed, compared and interpolated in
-- microseconds; seconds are that, divided once.
-- Variables: dims (the dimensions), bucket (an expression for the bucket's start), target (the table to make).
CREATE TABLE :target AS
SELECT :dims, :bucket AS bucket_start,
  count(*) AS total_runs,
  count(*) FILTER (WHERE result = 'success') AS successful_runs,
  count(*) FILTER (WHERE result IN ('failure', 'error', 'timeout')) AS failed_runs,
  count(*) FILTER (WHERE result = 'cancellation') AS cancelled_runs,
  sum(duration_us) / 1000000.000000 AS sum_duration_seconds,
  min(duration_us)::float8 / 1e6::float8 AS min_duration_seconds,
  max(duration_us)::float8 / 1e6::float8 AS max_duration_seconds,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY duration_us::float8) / 1e6::float8 AS median_duration_seconds,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY duration_us::float8) / 1e6::float8 AS p95_duration_seconds,
  percentile_cont(0.99) WITHIN GROUP (ORDER BY duration_us::float8) / 1e6::float8 AS p99_duration_seconds,
  sum(queue_us) / 1000000.000000 AS sum_queue_seconds,
  min(queue_us)::float8 / 1e6::float8 AS min_queue_seconds,
  max(queue_us)::float8 / 1e6::float8 AS max_queue_seconds,
  percentile_cont(0.5) WITHIN GROUP (ORDER BY queue_us::float8) / 1e6::float8 AS median_queue_seconds,
  percentile_cont(0.95) WITHIN GROUP (ORDER BY queue_us::float8) / 1e6::float8 AS p95_queue_seconds,
  percentile_cont(0.99) WITHIN GROUP (ORDER BY queue_us::float8) / 1e6::float8 AS p99_queue_seconds,
  count(*) AS update_counter, count(*) AS computed_counter
FROM raw_jobs GROUP BY :dims, :bucket;
