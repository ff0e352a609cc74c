-- What is kept of views: a row for every attempt to refresh one, and which of them the rows of each view are of.
-- docs/sinks.md has the columns. The views' own rows are in tables named like them.
CREATE TABLE IF NOT EXISTS refreshes (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  view             TEXT NOT NULL,
  refreshed_by     TEXT NOT NULL,
  started_at       TEXT NOT NULL,
  completed_at     TEXT,
  duration_seconds REAL,
  rows             INTEGER,
  status           TEXT NOT NULL,
  error            TEXT
);
CREATE INDEX IF NOT EXISTS refreshes_by_view ON refreshes (view, id);
-- Each attempt first looks for those that were stopped half-way.
CREATE INDEX IF NOT EXISTS refreshes_running ON refreshes (view) WHERE status = 'running';
CREATE TABLE IF NOT EXISTS views (
  view         TEXT NOT NULL PRIMARY KEY,
  layout       TEXT NOT NULL,
  refresh      INTEGER NOT NULL,
  refreshed_at TEXT,
  notes        TEXT NOT NULL
);
