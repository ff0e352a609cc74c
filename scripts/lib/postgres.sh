# shellcheck shell=bash
# Sourced by the scripts: a throwaway PostgreSQL 15 that listens on a socket in its own folder and nowhere else.

postgres_bin=/usr/lib/postgresql/15/bin
postgres_dir=

# PostgreSQL refuses to run as root.
as_postgres() {
  if ((EUID == 0)); then runuser -u postgres -- "$@"; else "$@"; fi
}

# postgres_start [<setting>=<value>...]: sets postgres_dir and postgres_url. The socket's folder must have a short path,
# hence not below the build folder. Superuser `postgres`, no password.
postgres_start() {
  local setting options="-c listen_addresses='' -c max_connections=200"
  for setting in "$@"; do options+=" -c $setting"; done
  postgres_dir=$(mktemp -d "${POSTGRES_PARENT:-/tmp}/tidemark-pg.XXXXXX")
  ((EUID == 0)) && chown postgres: "$postgres_dir"

  # PostgreSQL's tools want a current folder that they can read.
  (
    cd "$postgres_dir"
    as_postgres "$postgres_bin/initdb" -D "$postgres_dir/data" -U postgres --auth=trust --encoding=UTF8 \
      --locale=C.UTF-8 --no-sync >"$postgres_dir/initdb.log"
    as_postgres "$postgres_bin/pg_ctl" -D "$postgres_dir/data" -l "$postgres_dir/data/server.log" -w -s \
      -o "$options -c unix_socket_directories='$postgres_dir'" start
  ) || {
    postgres_stop
    return 1
  }
  # shellcheck disable=SC2034  # For whoever sources this file.
  postgres_url="postgresql:///postgres?host=$postgres_dir&user=postgres"
}

postgres_stop() {
  [[ -n $postgres_dir ]] || return 0
  (cd "$postgres_dir" && as_postgres "$postgres_bin/pg_ctl" -D "$postgres_dir/data" -m immediate -s stop) || true
  rm -rf "$postgres_dir"
  postgres_dir=
}
