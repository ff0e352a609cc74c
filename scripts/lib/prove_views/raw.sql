-- Events of all sources as plain tables: what views and recents have to equal. They depend on the variables alone.
-- Variables: events (of all sources together), now.
-- No two events of one group have the same time, so that there is one last of them.
CREATE FUNCTION uniform(i bigint, salt int) RETURNS float8 IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$SELECT (hashint8extended(i, salt) & 9007199254740991)::float8 / 9007199254740992$$;

-- 0 to n - 1, the small ones far more often.
CREATE FUNCTION skewed(i bigint, salt int, n int) RETURNS int IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$SELECT floor(n * power(uniform(i, salt), 3))::int$$;

-- One of the words in a text; `-` is NULL.
CREATE FUNCTION pick(i bigint, salt int, words text) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$SELECT nullif((string_to_array(words, ' '))[1 + floor(uniform(i, salt) * cardinality(string_to_array(words, ' ')))::int], '-')$$;

-- Texts that have to be quoted somewhere, and others.
CREATE FUNCTION called(kind text, n bigint) RETURNS text IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$SELECT CASE n % 11
  WHEN 3 THEN kind || ' d''Été ' || n
  WHEN 5 THEN '"' || kind || '", 第' || n
  WHEN 7 THEN kind || '\' || n || ';--'
  WHEN 9 THEN 'Ω ' || upper(kind) || E'\t' || n
  ELSE kind || '-' || n END$$;

-- Most in the 100 days before now, some in the last minutes; a few clocks are ahead.
CREATE FUNCTION event_time(i bigint, salt int, now timestamptz) RETURNS timestamptz IMMUTABLE PARALLEL SAFE LANGUAGE sql
AS $$SELECT date_trunc('second', CASE
    WHEN i % 100 = 7 THEN now - uniform(i, salt) * interval '10 minutes'
    WHEN i % 10000 = 8 THEN now + uniform(i, salt) * interval '20 hours'
    ELSE now - uniform(i, salt) * interval '100 days' END, 'UTC') + (i % 1000000) * interval '1 microsecond'$$;

-- The first events of each source are exactly at the edges of windows, and a microsecond beside them.
CREATE TABLE edge AS
SELECT row_number() OVER (ORDER BY edge, shift) AS i, edge + shift * interval '1 microsecond' AS at
FROM (SELECT unnest(ARRAY[now, now - interval '24 hours', day - interval '30 days', day - interval '90 days',
        date_trunc('week', now, 'UTC'), day, day + interval '1 day']) AS edge
      FROM (SELECT :'now'::timestamptz AS now, date_trunc('day', :'now'::timestamptz, 'UTC') AS day) AS n) AS e,
  generate_series(-1, 1) AS shift;

-- A source's events: their number and their time.
CREATE FUNCTION occurrences(n bigint, salt int, now timestamptz) RETURNS TABLE (i bigint, at timestamptz) STABLE LANGUAGE sql
AS $$SELECT e.i, coalesce(edge.at, event_time(e.i, salt, now)) FROM generate_series(1, n) AS e(i) LEFT JOIN edge ON edge.i = e.i$$;

-- Some accounts are not in the table.
CREATE TABLE account AS
SELECT called('account', n) AS account, pick(n, 901, 'free team enterprise enterprise -') AS plan,
  CASE WHEN uniform(n, 902) < 0.1 THEN true WHEN uniform(n, 902) < 0.95 THEN false END AS internal
FROM generate_series(0, 299) AS n WHERE n % 20 <> 4;

CREATE TABLE workflow_run AS
SELECT 'w' || i AS id, called('account', skewed(i, 101, 300)) AS account,
  CASE WHEN i % 9 > 0 THEN called('workflow', skewed(i, 102, 40)) END AS workflow,
  pick(i, 103, 'success success success success failure error timeout cancellation -') AS result,
  at - floor(uniform(i, 104) * 9e5) * interval '1 millisecond' AS started_at, at AS ended_at
FROM occurrences(:events / 4, 105, :'now');

CREATE TABLE analysis AS
SELECT 'a' || i AS id, called('user', skewed(i, 201, 1000)) AS user_id,
  pick(i, 202, 'flow flow flow clout clout kudos pulse') AS analysis_type,
  CASE WHEN i % 5 > 0 THEN called('Post', i % 3000) END AS title, at AS created_at,
  CASE WHEN uniform(i, 203) < 0.9 THEN (uniform(i, 204) * 100)::numeric(6, 2) END AS engagement,
  CASE WHEN uniform(i, 205) < 0.9 THEN floor(uniform(i, 204) * 20000 + uniform(i, 206) * 60000)::bigint END AS reach,
  CASE WHEN uniform(i, 207) < 0.8 THEN (uniform(i, 208) * 2 - uniform(i, 204) * 1.5 - 0.25)::numeric(6, 3) END AS sentiment,
  CASE WHEN uniform(i, 209) < 0.95 THEN 20 + skewed(i, 210, 3000) END AS words
FROM occurrences(:events / 4, 211, :'now');

CREATE TABLE score AS
SELECT 's' || i AS id, called('player', skewed(i, 301, 2000)) AS player,
  CASE WHEN uniform(i, 302) < 0.97 THEN skewed(i, 303, 500) - 20 END AS points, at AS scored_at
FROM occurrences(:events * 15 / 100, 304, :'now');

-- Most branches are not the default one.
CREATE TABLE test_run AS
SELECT 't' || i AS id, 'owner-' || test % 5 AS owner, 'owner-' || test % 5 || '/' || called('repo', test % 25) AS repository,
  CASE WHEN test % 3 > 0 THEN called('suite', test % 50) END AS suite, called('handles', test) AS test,
  pick(i, 402, 'main topic fix -') AS branch, pick(i, 402, 'true false false -')::boolean AS default_branch,
  pick(i, 403, 'success success success success success failure error timeout skip -') AS result,
  at - floor(uniform(i, 404) * 3e3) * interval '1 millisecond' AS started_at, at AS ended_at
FROM occurrences(:events * 15 / 100, 405, :'now'), LATERAL (SELECT skewed(i, 401, 500) AS test) AS t;

-- Some workspaces have more runs than are kept.
CREATE TABLE saved_run AS
SELECT 'r' || i AS id, called('workspace', workspace) AS workspace,
  CASE WHEN uniform(i, 502) < 0.02 THEN '' WHEN uniform(i, 502) < 0.8
    THEN called('run', workspace * 1000 + skewed(i, 503, 5 + workspace % 7 * 100)) END AS published_run,
  CASE WHEN i % 4 > 0 THEN called('Run', i % 70) END AS title, at AS used_at
FROM occurrences(:events / 10, 504, :'now'), LATERAL (SELECT skewed(i, 501, 200) AS workspace) AS w;

-- Their labels are sets: sorted by bytes, without repeats.
CREATE TABLE job AS
SELECT 'j' || i AS id, owner, owner || '/' || called('repo', skewed(i, 602, 8)) AS repository,
  CASE WHEN i % 6 > 0 THEN 'ci' END AS pipeline, called('job', skewed(i, 603, 10)) AS job,
  pick(i, 604, 'success success success failure cancellation -') AS result,
  CASE WHEN i % 13 > 0 THEN called('runner', skewed(i, 605, 60)) END AS runner,
  string_to_array((ARRAY['linux,x64', 'arm64,linux', 'linux,self-hosted,x64', 'Windows,x64', 'gpu,linux,x64', 'macos', '', NULL])
    [1 + skewed(i, 607, 8)], ',') AS labels,
  CASE WHEN i % 17 > 0 THEN at - floor(uniform(i, 608) * 9e5 + power(uniform(i, 609), 8) * 6e5) * interval '1 millisecond' END AS queued_at,
  CASE WHEN i % 19 > 0 THEN at - floor(uniform(i, 608) * 9e5) * interval '1 millisecond' END AS started_at, at AS ended_at
FROM occurrences(:events / 10, 606, :'now'), LATERAL (SELECT 'owner-' || skewed(i, 601, 5) AS owner) AS o;
