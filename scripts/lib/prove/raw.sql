-- Every span that was accepted, as a plain table: what the rollups have to equal.
CREATE TABLE raw_jobs (
  id text PRIMARY KEY, owner text, repository text, pipeline text, job text, result text, runner text, labels text[],
  queued_at timestamptz, started_at timestamptz, ended_at timestamptz, duration_us bigint, queue_us bigint);
