# shellcheck shell=bash
# Sourced by scripts/prove and scripts/prove-agent: compares rollups with what PostgreSQL computes over the raw spans.
# Needs scripts/lib/postgres.sh, started; counts in `failures`.
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
