-- How many rows of `expected` and `actual` are not the same in every column, bit for bit (float8send shows the bits).
-- Variables: dims, expected, actual.
WITH e AS (SELECT * FROM :expected), a AS (SELECT * FROM :actual)
SELECT count(*) FILTER (WHERE
    e.total_runs IS DISTINCT FROM a.total_runs
    OR e.successful_runs IS DISTINCT FROM a.successful_runs
    OR e.failed_runs IS DISTINCT FROM a.failed_runs
    OR e.cancelled_runs IS DISTINCT FROM a.cancelled_runs
    OR e.sum_duration_seconds::numeric IS DISTINCT FROM a.sum_duration_seconds::numeric
    OR float8send(e.min_duration_seconds) IS DISTINCT FROM float8send(a.min_duration_seconds)
    OR float8send(e.max_duration_seconds) IS DISTINCT FROM float8send(a.max_duration_seconds)
    OR float8send(e.median_duration_seconds) IS DISTINCT FROM float8send(a.median_duration_seconds)
    OR float8send(e.p95_duration_seconds) IS DISTINCT FROM float8send(a.p95_duration_seconds)
    OR float8send(e.p99_duration_seconds) IS DISTINCT FROM float8send(a.p99_duration_seconds)
    OR e.sum_queue_seconds::numeric IS DISTINCT FROM a.sum_queue_seconds::numeric
    OR float8send(e.min_queue_seconds) IS DISTINCT FROM float8send(a.min_queue_seconds)
    OR float8send(e.max_queue_seconds) IS DISTINCT FROM float8send(a.max_queue_seconds)
    OR float8send(e.median_queue_seconds) IS DISTINCT FROM float8send(a.median_queue_seconds)
    OR float8send(e.p95_queue_seconds) IS DISTINCT FROM float8send(a.p95_queue_seconds)
    OR float8send(e.p99_queue_seconds) IS DISTINCT FROM float8send(a.p99_queue_seconds)
    OR e.update_counter IS DISTINCT FROM a.update_counter
    OR e.computed_counter IS DISTINCT FROM a.computed_counter)
  || ' of ' || count(*)
FROM e FULL JOIN a USING (:dims, bucket_start);
