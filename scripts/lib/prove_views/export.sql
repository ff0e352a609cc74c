-- One agent's events as NDJSON on stdout: those of a time come within days of each other, in no order, every 20th twice.
-- COPY's own quoting is out of the way: neither of its characters is in JSON.
-- Variables: agents (how many there are), agent (whose; from 0), late (true: only the late ones, which are 1 in 50; false:
-- only the others).
CREATE TEMPORARY VIEW event AS
SELECT id, ended_at AS at, to_jsonb(e) || '{"source": "workflow_run"}' AS event FROM workflow_run AS e
UNION ALL SELECT id, created_at, to_jsonb(e) || '{"source": "analysis"}' FROM analysis AS e
UNION ALL SELECT id, scored_at, to_jsonb(e) || '{"source": "score"}' FROM score AS e
UNION ALL SELECT id, ended_at, to_jsonb(e) || '{"source": "test"}' FROM test_run AS e
UNION ALL SELECT id, used_at, to_jsonb(e) || '{"source": "saved_run"}' FROM saved_run AS e
-- A set of labels may come in any order, with repeats.
UNION ALL SELECT id, ended_at, to_jsonb(e) || jsonb_build_object('source', 'job', 'labels', labels[2:] || labels) FROM job AS e;

COPY (
  SELECT event FROM event, LATERAL (SELECT hashtextextended(id, 1) AS h) AS h, generate_series(0, (h & 1048575 < 52429)::int) AS again
  WHERE (h >> 20 & 1048575) % :agents = :agent AND (hashtextextended(id, 2) % 50 = 0) = :late
  ORDER BY at + hashtextextended(id, 3 + again) % 1000 * interval '5 minutes')
TO STDOUT (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02');
