# shellcheck shell=bash
# Sourced by scripts/package: installs the Debian package in a bare debootstrap root (nothing but what Debian calls
# essential), runs it there, and takes it off again. `complain` ends the script with a message.

# Everything in the root but what dpkg and the loader write down for themselves.
files_in() { # root
  (cd "$1" && find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./tmp -o -path ./var/lib/dpkg \
    -o -path ./var/log -o -path ./var/cache -o -path ./etc/hosts \) -prune -o -print | sort)
}

# The agent takes spans, computes, and syncs to SQLite and to PostgreSQL over a TLS that it has verified.
run_in_root() { # root, folder below it, port
  chroot "$1" /bin/sh -euc '
    fail() { echo "in the bare root: $*" >&2; [ ! -f agent.log ] || cat agent.log >&2; exit 1; }
    cd "$1"
    tidemark --version
    tidemark config check --config /etc/tidemark/tidemark.toml --quiet
    tidemark generate --spans 10000 --from "$(date -u -d "-2 days" +%F)" --hours 24 >spans.ndjson
    server=postgresql://tidemark@db.test:$2/postgres
    verified="sslmode=verify-full&sslrootcert=$PWD/ca.crt"
    cat >agent.toml <<END
store = "$PWD/store"
[http]
listen = ["127.0.0.1:0"]
[sinks.file]
url = "sqlite:$PWD/ci.db"
[sinks.server]
url = "$server?$verified"
password_file = "$PWD/password"
END
    tidemark agent --config agent.toml 2>agent.log &
    agent=$!
    tries=0
    until tidemark status --store store 2>&1 | grep -q "asking the agent"; do
      tries=$((tries + 1)); [ "$tries" -lt 200 ] || fail "the agent does not start"
    done
    tidemark ingest spans.ndjson --store store
    tidemark recompute --store store
    tidemark sync --store store --sink "sqlite:$PWD/ci.db" || fail "no sync to SQLite"
    tidemark sync --store store --sink "$server?$verified" || fail "no sync to PostgreSQL with TLS"
    kill -TERM "$agent"
    wait "$agent" || fail "the agent did not end well"
    tidemark verify --store store

    refused() { # what must be said, URL
      if tidemark sync --store store --sink "$2" >refused.log 2>&1; then fail "connected to $2"; fi
      grep -F "$1" refused.log || { cat refused.log; fail "expected of $2: $1"; }
    }
    refused "certificate verify failed" "$server?sslmode=verify-full&sslrootcert=$PWD/others.crt"
    refused "does not match host name \"other.test\"" "postgresql://tidemark@other.test:$2/postgres?$verified"
    ! grep -F "$(cat password)" agent.log refused.log || fail "the password is in a log"
  ' sh "/$2" "$3"
}

# What reached PostgreSQL is what reached SQLite, and came with TLS.
compare_sinks() { # SQLite's file
  local question='SELECT count(*), sum(total_runs), sum(update_counter) FROM' in_sqlite in_postgres
  in_sqlite=$(sqlite3 -separator '|' "$1" "$question ci_job_metrics")
  in_postgres=$(in_database -At <<<"$question tidemark.ci_job_metrics")
  [[ -n $in_sqlite && $in_sqlite != '0|'* && $in_sqlite == "$in_postgres" ]] ||
    complain "PostgreSQL has '$in_postgres' of ci_job_metrics, SQLite '$in_sqlite'"
}

check_unit() { # root
  local unit=$1/usr/lib/systemd/system/tidemark.service scratch
  scratch=$(mktemp -d)
  sed "s|/usr/bin/tidemark|$(realpath "$1")/usr/bin/tidemark|" "$unit" >"$scratch/tidemark.service"
  systemd-analyze verify --man=no "$scratch/tidemark.service" || complain "systemd finds fault with $unit"
  # In tenths: 2.0 is what systemd calls OK.
  systemd-analyze security --offline=yes --threshold=20 "$scratch/tidemark.service" | tail -1 ||
    complain "$unit leaves more open than it needs"
  rm -r "$scratch"
}

# Removing leaves the configuration alone, also where it was changed; purging leaves nothing.
take_off() { # root, the files before
  local config=etc/tidemark/tidemark.toml
  echo '# changed' >>"$1/$config"
  mkdir -p "$1/var/lib/private/tidemark/store"
  ln -s private/tidemark "$1/var/lib/tidemark"
  chroot "$1" dpkg --remove tidemark >/dev/null
  grep -q '^# changed' "$1/$config" || complain "removing the package took $config"
  [[ -d $1/var/lib/private/tidemark/store ]] || complain 'removing the package took the store'
  chroot "$1" dpkg --purge tidemark >/dev/null
  rmdir --ignore-fail-on-non-empty "$1/var/lib/private"
  diff <(echo "$2") <(files_in "$1") || complain 'the package leaves files behind when it is purged'
}

check_in_bare_root() { # Debian package, archive
  ((EUID == 0)) || complain '--check needs root, for debootstrap and chroot'
  install_packages debootstrap systemd postgresql-15 sqlite3 openssl
  local root=build/package/root work before damaged
  [[ -f $root/bootstrapped ]] || {
    rm -rf "$root"
    debootstrap --variant=minbase bookworm "$root" >build/package/debootstrap.log 2>&1 ||
      complain 'debootstrap failed; see build/package/debootstrap.log'
    touch "$root/bootstrapped"
  }
  chroot "$root" dpkg --purge tidemark >/dev/null 2>&1 || true # Of a run that failed.
  before=$(files_in "$root")

  install -m644 "$1" "$root/tmp/tidemark.deb"
  chroot "$root" dpkg --install /tmp/tidemark.deb >/dev/null || complain 'dpkg does not install the package'
  damaged=$(chroot "$root" dpkg --verify tidemark)
  [[ -z $damaged ]] || complain "installed, but not as packed: $damaged"
  [[ $(chroot "$root" dpkg-query -W -f '${Conffiles}' tidemark) == *' /etc/tidemark/tidemark.toml '* ]] ||
    complain 'the configuration is not a conffile'
  tar -xzOf "$2" --wildcards '*/usr/bin/tidemark' | cmp - "$root/usr/bin/tidemark" ||
    complain 'the archive and the Debian package have different binaries'
  check_unit "$root"

  printf '127.0.0.1 %s\n' localhost db.test other.test >"$root/etc/hosts"
  work=$(mktemp -d "$root/tmp/check.XXXXXX")
  (umask 077 && openssl rand -hex 16 >"$work/password")
  make_certificates "$work" || complain "openssl failed; see $work/openssl.log"
  # The server must reach the certificate, which the build folder may not let it.
  certificates=$(mktemp -d)
  trap 'postgres_stop; rm -rf "$certificates"' EXIT
  cp -p "$work"/server.{key,crt} "$certificates"
  chmod 755 "$certificates"
  start_tls_postgres "$certificates" "$(cat "$work/password")"
  run_in_root "$root" "${work#"$root"/}" "$postgres_port"
  compare_sinks "$work/ci.db"
  rm -r "$work" "$root/tmp/tidemark.deb"
  take_off "$root" "$before"
}
