# shellcheck shell=bash
# Sourced by scripts/prove, scripts/prove-agent and scripts/prove-fleet: compares rollups with what PostgreSQL computes
# over the raw spans. Needs scripts/lib/postgres.sh, started; counts in `failures`.
# shellcheck disable=SC2034  # For whoever sources this file.
failures=0
job_dims="owner, repository, pipeline, job"
runner_dims="owner, runner, labels"
hour="date_bin('1 hour', ended_at, 'epoch')"

say() { printf '%s\n' "$*"; }
sql() { PGOPTIONS='-c client_min_messages=warning -c timezone=UTC' psql -XqAt -v ON_ERROR_STOP=1 "$postgres_url" "$@"; }

# What PostgreSQL computes over raw_jobs becomes a table.
expect() { # target dims bucket
  sql -v target="$1" -v dims="$2" -v bucket="$3" -f scripts/lib/prove/expected.sql
}

check() { # what expected actual dims
  local wrong
  wrong=$(sql -v expected="$2" -v actual="$3" -v dims="$4" -f scripts/lib/prove/compare.sql)
  say "  $1: $wrong rows differ"
  [[ $wrong == "0 of 0" || $wrong != "0 of "* ]] && failures=$((failures + 1))
  return 0
}

# A query's CSV becomes a table with the columns of `like`.
load_query() { # table like csv
  sql -c "DROP TABLE IF EXISTS $1" -c "CREATE TABLE $1 AS SELECT * FROM $2 LIMIT 0"
  sql -c "\\copy $1($(head -1 "$3")) FROM '$3' WITH (FORMAT csv, HEADER)"
}
