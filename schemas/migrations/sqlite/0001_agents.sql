-- Who syncs here. A row for each epoch of each agent; docs/fleet.md.
CREATE TABLE IF NOT EXISTS migrations (
  number     INTEGER NOT NULL PRIMARY KEY,
  name       TEXT NOT NULL,
  applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE IF NOT EXISTS agents (
  agent_id       TEXT NOT NULL,
  epoch          INTEGER NOT NULL,
  nonce          TEXT NOT NULL,
  check_ins      INTEGER NOT NULL,
  host           TEXT NOT NULL,
  store          TEXT NOT NULL,
  version        TEXT NOT NULL,
  schema_version INTEGER NOT NULL,
  began          TEXT NOT NULL,
  state          TEXT NOT NULL,
  first_seen     TEXT NOT NULL,
  last_seen      TEXT NOT NULL,
  spans          INTEGER NOT NULL,
  unproven_spans INTEGER NOT NULL,
  rows_sent      INTEGER NOT NULL,
  PRIMARY KEY (agent_id, epoch)
);
-- Each new agent asks who was in its place before.
CREATE INDEX IF NOT EXISTS agents_by_place ON agents (host, store);
