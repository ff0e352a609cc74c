-- Who syncs here. A row for each epoch of each agent; docs/fleet.md.
CREATE TABLE IF NOT EXISTS {schema}.migrations (
  number     integer NOT NULL PRIMARY KEY,
  name       text NOT NULL,
  applied_at timestamp with time zone NOT NULL DEFAULT pg_catalog.now()
);
CREATE TABLE IF NOT EXISTS {schema}.agents (
  agent_id       uuid NOT NULL,
  epoch          bigint NOT NULL,
  nonce          uuid NOT NULL,
  check_ins      bigint NOT NULL,
  host           text NOT NULL,
  store          text NOT NULL,
  version        text NOT NULL,
  schema_version bigint NOT NULL,
  began          text NOT NULL,
  state          text NOT NULL,
  first_seen     timestamp with time zone NOT NULL,
  last_seen      timestamp with time zone NOT NULL,
  spans          bigint NOT NULL,
  unproven_spans bigint NOT NULL,
  rows_sent      bigint NOT NULL,
  PRIMARY KEY (agent_id, epoch)
) WITH (fillfactor = 50);
-- Each new agent asks who was in its place before.
CREATE INDEX IF NOT EXISTS agents_by_place ON {schema}.agents (host, store);
