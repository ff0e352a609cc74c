-- Three more of each event of raw.sql, with identities of their own, earlier in the same hour: four times the events over the
-- same keys.
CREATE FUNCTION earlier(at timestamptz) RETURNS TABLE (copy int, shift interval) IMMUTABLE LANGUAGE sql
AS $$SELECT copy, (at - date_bin('1 hour', at, '1970-01-01Z')) * copy * 0.2 FROM generate_series(1, 3) AS copy$$;

INSERT INTO workflow_run SELECT id || '.' || copy, account, workflow, result, started_at - shift, ended_at - shift
FROM workflow_run, earlier(ended_at);

INSERT INTO analysis SELECT id || '.' || copy, user_id, analysis_type, title, created_at - shift, engagement, reach, sentiment, words
FROM analysis, earlier(created_at);

INSERT INTO score SELECT id || '.' || copy, player, points, scored_at - shift FROM score, earlier(scored_at);

INSERT INTO test_run SELECT id || '.' || copy, owner, repository, suite, test, branch, default_branch, result,
  started_at - shift, ended_at - shift
FROM test_run, earlier(ended_at);

INSERT INTO saved_run SELECT id || '.' || copy, workspace, published_run, title, used_at - shift FROM saved_run, earlier(used_at);

INSERT INTO job SELECT id || '.' || copy, owner, repository, pipeline, job, result, runner, labels, queued_at - shift,
  started_at - shift, ended_at - shift
FROM job, earlier(ended_at);
