#include "peers/plain_postgres_sql.hpp"

namespace tidemark::bench {

const char* const kTables = R"(
DROP SCHEMA IF EXISTS plain CASCADE;
CREATE SCHEMA plain;
SET search_path = plain;
CREATE TABLE job_spans (
  id text PRIMARY KEY, owner text NOT NULL, repository text NOT NULL, pipeline text NOT NULL, job text NOT NULL,
  result text NOT NULL, runner text, labels text[], queued_at timestamptz, started_at timestamptz,
  ended_at timestamptz NOT NULL, duration_us bigint NOT NULL, queue_us bigint NOT NULL);

CREATE TABLE ci_job_metrics (
  owner text COLLATE "C", repository text COLLATE "C", pipeline text COLLATE "C", job text COLLATE "C",
  bucket_start timestamptz,
  update_counter bigint NOT NULL, computed_counter bigint NOT NULL DEFAULT 0,
  total_runs bigint NOT NULL, successful_runs bigint NOT NULL, failed_runs bigint NOT NULL,
  cancelled_runs bigint NOT NULL,
  sum_duration_us bigint NOT NULL, min_duration_us bigint NOT NULL, max_duration_us bigint NOT NULL,
  sum_queue_us bigint NOT NULL, min_queue_us bigint NOT NULL, max_queue_us bigint NOT NULL,
  median_duration_us double precision, p95_duration_us double precision, p99_duration_us double precision,
  median_queue_us double precision, p95_queue_us double precision, p99_queue_us double precision,
  PRIMARY KEY (owner, repository, pipeline, job, bucket_start));
)";

const char* const kRowTrigger = R"(
CREATE FUNCTION count_span() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ci_job_metrics AS b
    (owner, repository, pipeline, job, bucket_start, update_counter,
     total_runs, successful_runs, failed_runs, cancelled_runs,
     sum_duration_us, min_duration_us, max_duration_us, sum_queue_us, min_queue_us, max_queue_us)
  VALUES
    (NEW.owner, NEW.repository, NEW.pipeline, NEW.job, date_trunc('hour', NEW.ended_at), 1,
     1, (NEW.result = 'success')::int, (NEW.result IN ('failure', 'error', 'timeout'))::int,
     (NEW.result = 'cancellation')::int,
     NEW.duration_us, NEW.duration_us, NEW.duration_us, NEW.queue_us, NEW.queue_us, NEW.queue_us)
  ON CONFLICT (owner, repository, pipeline, job, bucket_start) DO UPDATE SET
    update_counter = b.update_counter + 1,
    total_runs = b.total_runs + 1,
    successful_runs = b.successful_runs + excluded.successful_runs,
    failed_runs = b.failed_runs + excluded.failed_runs,
    cancelled_runs = b.cancelled_runs + excluded.cancelled_runs,
    sum_duration_us = b.sum_duration_us + excluded.sum_duration_us,
    min_duration_us = least(b.min_duration_us, excluded.min_duration_us),
    max_duration_us = greatest(b.max_duration_us, excluded.max_duration_us),
    sum_queue_us = b.sum_queue_us + excluded.sum_queue_us,
    min_queue_us = least(b.min_queue_us, excluded.min_queue_us),
    max_queue_us = greatest(b.max_queue_us, excluded.max_queue_us);
  RETURN NULL;
END $$;
CREATE TRIGGER count_span AFTER INSERT ON job_spans FOR EACH ROW EXECUTE FUNCTION count_span();
)";

const char* const kStatementTrigger = R"(
CREATE FUNCTION count_spans() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ci_job_metrics AS b
    (owner, repository, pipeline, job, bucket_start, update_counter,
     total_runs, successful_runs, failed_runs, cancelled_runs,
     sum_duration_us, min_duration_us, max_duration_us, sum_queue_us, min_queue_us, max_queue_us)
  SELECT owner, repository, pipeline, job, date_trunc('hour', ended_at), count(*),
         count(*), count(*) FILTER (WHERE result = 'success'),
         count(*) FILTER (WHERE result IN ('failure', 'error', 'timeout')),
         count(*) FILTER (WHERE result = 'cancellation'),
         sum(duration_us), min(duration_us), max(duration_us), sum(queue_us), min(queue_us), max(queue_us)
  FROM added GROUP BY 1, 2, 3, 4, 5
  ON CONFLICT (owner, repository, pipeline, job, bucket_start) DO UPDATE SET
    update_counter = b.update_counter + excluded.update_counter,
    total_runs = b.total_runs + excluded.total_runs,
    successful_runs = b.successful_runs + excluded.successful_runs,
    failed_runs = b.failed_runs + excluded.failed_runs,
    cancelled_runs = b.cancelled_runs + excluded.cancelled_runs,
    sum_duration_us = b.sum_duration_us + excluded.sum_duration_us,
    min_duration_us = least(b.min_duration_us, excluded.min_duration_us),
    max_duration_us = greatest(b.max_duration_us, excluded.max_duration_us),
    sum_queue_us = b.sum_queue_us + excluded.sum_queue_us,
    min_queue_us = least(b.min_queue_us, excluded.min_queue_us),
    max_queue_us = greatest(b.max_queue_us, excluded.max_queue_us);
  RETURN NULL;
END $$;
CREATE TRIGGER count_spans AFTER INSERT ON job_spans REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION count_spans();
)";

const char* const kPercentiles = R"(
UPDATE ci_job_metrics AS b SET
  computed_counter = s.n,
  median_duration_us = s.duration[1], p95_duration_us = s.duration[2], p99_duration_us = s.duration[3],
  median_queue_us = s.queue[1], p95_queue_us = s.queue[2], p99_queue_us = s.queue[3]
FROM (
  SELECT owner, repository, pipeline, job, date_trunc('hour', ended_at) AS bucket_start, count(*) AS n,
         percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY duration_us) AS duration,
         percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY queue_us) AS queue
  FROM job_spans GROUP BY 1, 2, 3, 4, 5) AS s
WHERE (b.owner, b.repository, b.pipeline, b.job, b.bucket_start) =
      (s.owner, s.repository, s.pipeline, s.job, s.bucket_start)
)";

const char* const kRows = R"(
SELECT to_char(bucket_start AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), owner, repository, pipeline, job,
       total_runs, p95_duration_us, p99_duration_us
FROM ci_job_metrics ORDER BY bucket_start, owner, repository, pipeline, job
)";

}  // namespace tidemark::bench
