# shellcheck shell=bash
# Sourced by the scripts: installs the Debian 12 packages that they need, and only those that are missing.
# shellcheck disable=SC2034  # The sets are for whoever sources this file.

# What the library, the binary and their static link need. Boost 1.74's -dev packages exclude those of 1.81.
# postgresql-server-dev brings libpgcommon.a and libpgport.a, without which libpq.a does not link.
deps_build=(
  g++ cmake ninja-build ccache git ca-certificates
  librocksdb-dev libsqlite3-dev libpqxx-dev libpq-dev postgresql-server-dev-15
  libcereal-dev libboost1.81-dev libboost-program-options1.81-dev libboost-json1.81-dev
  libprotozero-dev libpugixml-dev libtomlplusplus-dev libspdlog-dev libfmt-dev
  libssl-dev zlib1g-dev libzstd-dev libxxhash-dev liblz4-dev libsnappy-dev libbz2-dev
  libabsl-dev
)
deps_test=(catch2 librapidcheck-dev postgresql-15 pgbouncer openssl sqlite3 libgtest-dev python3-pytest tzdata)
deps_bench=(postgresql-15 libbenchmark-dev valgrind)
deps_fuzz=(clang-16 libclang-rt-16-dev llvm-16)
deps_tidy=(clang-16 clang-tidy-16)
deps_format=(clang-format-16)

as_root() {
  if ((EUID == 0)); then "$@"; else sudo "$@"; fi
}

apt_install() { # package...
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends -qq \
    -o Dpkg::Use-Pty=0 "$@" >/dev/null
}

installed() { # package
  [[ $(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null) == installed ]]
}

# Debian makes and starts a cluster when it installs PostgreSQL. The scripts start their own, and want no other. What an
# administrator has decided stays: only the line that stands there as a comment changes.
without_main_cluster() {
  apt_install postgresql-common
  as_root sed -i 's/^#create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf
}

# install_packages <package>...: says what it installs; silent when nothing is missing.
install_packages() {
  local package missing=()
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  ((${#missing[@]} == 0)) && return

  echo "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  if ! command -v apt-get >/dev/null || { ((EUID != 0)) && ! command -v sudo >/dev/null; }; then
    echo "Cannot install them here (it takes Debian's apt-get, and root or sudo)." >&2
    return 1
  fi
  as_root apt-get update -qq
  [[ " ${missing[*]} " != *' postgresql-15 '* ]] || without_main_cluster
  apt_install "${missing[@]}"
  # Debian starts it as a service; the tests start their own.
  [[ " ${missing[*]} " != *' pgbouncer '* || ! -d /run/systemd/system ]] || as_root systemctl disable --now --quiet pgbouncer
}
