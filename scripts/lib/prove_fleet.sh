# shellcheck shell=bash
# Sourced by scripts/prove-fleet: an agent's turn with its mishaps, and the comparisons. Needs scripts/lib/prove.sh, and of
# the script `binary`, `work`, `agents`, `kills`, `part_spans`, `restarts` and `seed`.
# shellcheck disable=SC2154  # They are the script's.

# Each agent connects under a name of its own, by which its connections are found.
sink_of() { echo "$postgres_url&application_name=agent_$1"; } # agent
# Waits for a random part of what a command takes at most: so much to begin with, and a second for so many spans.
sleep_within() { # ms spans
  local ms=$(($1 + 1000 * part_spans / $2))
  sleep "$(awk -v ms="$((RANDOM % ms))" 'BEGIN { print ms / 1000 }')"
}
note() { echo "$*" | tee -a "$work/mishaps"; }

# start AGENT COMMAND...: a command of the binary on the agent's store, in the background; `process` is its id.
start() {
  local agent=$1
  shift
  "$binary" "$@" --store "$work/$agent/store" --quiet >>"$work/$agent/log" 2>&1 &
  process=$!
  echo "$process" >"$work/$agent/pid"
}

# finish_process AGENT: its exit code.
finish_process() {
  local code=0
  wait "$process" || code=$?
  rm "$work/$1/pid"
  return "$code"
}

# kill_process AGENT WHAT
kill_process() {
  local code=0
  kill -9 "$process" 2>/dev/null || true
  finish_process "$1" 2>/dev/null || code=$?
  if ((code == 137)); then note "$2: killed"; else note "$2: done before it was killed"; fi
}

# must AGENT COMMAND...: one that has to succeed.
must() {
  start "$@"
  finish_process "$1" || { echo "agent $1: '${*:2}' failed"; tail -3 "$work/$1/log"; return 1; }
}

# A sync fails in ways that trying again helps against, or not at all.
sync_failed_well() { # agent
  grep -q 'it is tried again$\|sending them again settles it$' <<<"$(tail -1 "$work/$1/log")" && return
  echo "agent $1: a sync failed for good"
  tail -3 "$work/$1/log"
  return 1
}

sync_until_done() { # agent
  local i
  for ((i = 0; i < 300; i++)); do
    start "$1" sync --sink "$(sink_of "$1")"
    finish_process "$1" && return
    sync_failed_well "$1" || return
    sleep 0.1 # PostgreSQL may be starting.
  done
  echo "agent $1: no sync within $i attempts"
  return 1
}

# sync_with AGENT WHAT COMMAND...: a sync, and the command at some moment of it.
sync_with() {
  start "$1" sync --sink "$(sink_of "$1")"
  sleep_within 100 40000
  "${@:3}" >/dev/null
  if finish_process "$1"; then note "sync: done before $2"; return; fi
  note "sync: $2"
  sync_failed_well "$1"
}

cut_off() { # agent
  sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'agent_$1'" || true
}

restart_postgres() {
  (cd "$postgres_dir" && as_postgres "$postgres_bin/pg_ctl" -D "$postgres_dir/data" -m immediate -w -s restart \
    -l "$postgres_dir/data/server.log") 9>&- # The lock is not PostgreSQL's to keep.
}

restarts_that_hit() { grep -c '^sync: PostgreSQL restarted' "$work/mishaps" || true; }

# One at a time, until this part has its share of restarts that hit a sync.
sync_with_restart() { # agent part
  exec 9>"$work/restarting"
  flock 9
  if (($(restarts_that_hit) < (restarts * $2 + kills - 1) / kills)); then
    sync_with "$1" 'PostgreSQL restarted' restart_postgres || return
  fi
  exec 9>&-
}

# A daemon that takes the part, computes and syncs at once, until it is killed.
daemon_with_kill() { # agent part
  local log=$work/$1/daemon.log daemon i
  : >"$log"
  "$binary" agent --store "$work/$1/store" --listen 127.0.0.1:0 --set loops.recompute=1s --set loops.sync=1s \
    --set "sinks.pg.url=$(sink_of "$1")" 2>"$log" &
  daemon=$!
  for ((i = 0; i < 600; i++)); do
    grep -q '127\.0\.0\.1:[0-9]' "$log" && break
    sleep 0.05
  done
  echo "$daemon" >"$work/$1/daemon.pid"
  "$binary" ingest "$2" --store "$work/$1/store" --quiet >>"$work/$1/log" 2>&1 &
  process=$!
  sleep "1.$((RANDOM % 10))"
  kill -9 "$daemon"
  wait "$daemon" "$process" 2>/dev/null || true
  rm "$work/$1/daemon.pid"
  note 'daemon: killed'
}

# with_kill AGENT MS SPANS COMMAND...: a command that is killed at some moment; sleep_within explains the numbers.
with_kill() {
  start "$1" "${@:4}"
  sleep_within "$2" "$3"
  kill_process "$1" "$4"
}

# One part of an agent's spans: taken in, computed and synced, with one kill, one cut, and sometimes a restart.
take_turn() { # agent number
  local part=$work/$1/part.$2 kind=$((($1 + $2) % 4))
  RANDOM=$((seed + $1 * 97 + $2))
  ((kind != 0)) || daemon_with_kill "$1" "$part" || return
  ((kind != 1)) || with_kill "$1" 60 80000 ingest "$part" || return
  must "$1" ingest "$part" || return
  ((kind != 2)) || with_kill "$1" 40 200000 recompute || return
  must "$1" recompute || return
  ((kind != 3)) || with_kill "$1" 100 40000 sync --sink "$(sink_of "$1")" || return
  sync_with_restart "$1" "$2" || return
  sync_with "$1" 'it was cut off' cut_off "$1" || return
  sync_until_done "$1"
}

fail_turn() { # agent
  tail -20 "$work/$1/turn.log" >&2
  touch "$work/failed"
}

# Nothing is left to do afterwards.
settle() { # agent
  must "$1" recompute
  must "$1" verify
  if (($1 % 4 == 0)); then must "$1" drain --sink "$(sink_of "$1")"; return; fi
  sync_until_done "$1"
  "$binary" sync --store "$work/$1/store" --sink "$(sink_of "$1")" --format json 2>/dev/null >"$work/$1/last.json"
  grep -q '"rows": 0,' "$work/$1/last.json" && grep -q '"waiting": 0,' "$work/$1/last.json" && return
  say "  agent $1 has something left to sync: $(cat "$work/$1/last.json")"
  failures=$((failures + 1))
}

same() { # what expected found
  say "  $1: $3"
  [[ $2 == "$3" ]] || { say "  expected: $2"; failures=$((failures + 1)); }
}

check_agents() {
  same 'agents: epochs, sealed, spans, spans that may count twice' "$agents|$((agents / 4))|$(sql -c 'SELECT count(*) FROM raw_jobs')|0" \
    "$(sql -c "SELECT count(*), count(*) FILTER (WHERE state = 'sealed'), sum(spans), sum(unproven_spans)
       FROM tidemark.agents WHERE epoch = 1 AND began = 'new'")"
  same 'notices of the syncs' 0 "$(cat "$work"/*/log "$work"/*/daemon.log 2>/dev/null | grep -c 'note:\|set aside\|count twice' || true)"
  say "  $(sql -c "SELECT format('%s rows of agents make %s buckets, %s of them of several agents', sum(n), count(*), count(*)
       FILTER (WHERE n > 1)) FROM (SELECT count(*) AS n FROM tidemark.ci_job_metrics GROUP BY bucket_key, bucket_start) AS b")"
}

# From C++.
compare_query() { # what expected dims arguments...
  "$binary" query "${@:4}" --sink "$postgres_url" --format csv | sed 's/"\[\(""[^]]*\)\]"/"{\1}"/; s/,\[\],/,{},/' >"$work/query.csv"
  load_query queried "$2" "$work/query.csv"
  check "tidemark query, $1" "$2" queried "$3"
}
compare_queries() {
  compare_query ci_job_metrics jobs "$job_dims" ci_job_metrics
  compare_query runner_metrics runners "$runner_dims" runner_metrics
  compare_query 'days by owner' owner_days owner ci_job_metrics --every 1d --by owner
  compare_query 'weeks by job' job_weeks "$job_dims" ci_job_metrics --every 7d
}

# From SQL, over the rows of each agent.
compare_sql() {
  sql -v target=merged_jobs -v rollup=ci_job_metrics -v dims="$job_dims" -f scripts/lib/prove/merged.sql
  check "SQL over the tables, ci_job_metrics" jobs merged_jobs "$job_dims"
  sql -v target=merged_runners -v rollup=runner_metrics -v dims="$runner_dims" -f scripts/lib/prove/merged.sql
  check "SQL over the tables, runner_metrics" runners merged_runners "$runner_dims"
}

# From what the sink brings for readers (docs/merging.md).
compare_views() {
  check 'the view ci_job_metrics_fleet' jobs '(SELECT * FROM tidemark.ci_job_metrics_fleet WHERE finished) s' "$job_dims"
  check 'the view runner_metrics_fleet' runners '(SELECT * FROM tidemark.runner_metrics_fleet WHERE finished) s' "$runner_dims"
  local window="tidemark.ci_job_metrics_window('epoch', 'infinity'"
  check 'ci_job_metrics_window, days by owner' owner_days "$window, '1 day', '{owner}')" owner
  check 'ci_job_metrics_window, weeks by job' job_weeks "$window, '7 days')" "$job_dims"
}
