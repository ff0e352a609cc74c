# shellcheck shell=bash
# Sourced by scripts/prove-tls and scripts/package: a throwaway PostgreSQL that takes connections with TLS. Needs
# scripts/lib/postgres.sh.

# A CA of the test's own, a certificate of it for db.test, and a CA that has signed nothing.
make_certificates() { # folder
  (
    cd "$1"
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=CA of the test' \
      -keyout ca.key -out ca.crt
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '/CN=CA of others' \
      -keyout others.key -out others.crt
    openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj '/CN=db.test' -keyout server.key -out server.csr
    openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 \
      -extfile <(echo 'subjectAltName=DNS:db.test') -out server.crt
    if ((EUID == 0)); then chown postgres: server.key; fi
    chmod 755 .
  ) >"$1/openssl.log" 2>&1
}

postgres_port=
in_database() { # psql's options; statements on stdin
  as_postgres "$postgres_bin/psql" -X -q -v ON_ERROR_STOP=1 "$postgres_url&port=$postgres_port" "$@"
}

# A server on 127.0.0.1 that takes the role `tidemark` with TLS and its password alone.
start_tls_postgres() { # folder with certificates, password
  local attempt
  for ((attempt = 1;; attempt++)); do # Somebody else may have the port.
    postgres_port=$((20000 + RANDOM % 10000))
    postgres_start fsync=off "port=$postgres_port" listen_addresses=127.0.0.1 ssl=on \
      "ssl_cert_file=$1/server.crt" "ssl_key_file=$1/server.key" && break
    ((attempt < 5)) || return 1
  done
  printf '%s\n' 'local all postgres trust' 'hostssl postgres tidemark 127.0.0.1/32 scram-sha-256' \
    >"$postgres_dir/data/pg_hba.conf"
  in_database >/dev/null <<<"CREATE ROLE tidemark LOGIN PASSWORD '$2'; GRANT CREATE ON DATABASE postgres TO tidemark;
    SELECT pg_reload_conf();"
}
