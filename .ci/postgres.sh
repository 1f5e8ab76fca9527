#!/usr/bin/env bash
# A PostgreSQL of the tests' own: .ci/postgres.sh start FOLDER prints its URL, .ci/postgres.sh stop FOLDER ends it.
# It listens on loopback, on a port that was free, with its data under FOLDER, and is installed from Debian's packages
# when the machine has none.
set -euo pipefail

binaries() { # the newest installed server's folder, or nothing
  find /usr/lib/postgresql -mindepth 2 -maxdepth 2 -name bin -exec test -x {}/initdb \; -print 2>/dev/null | sort -V | tail -1
}

as_owner() { # the server refuses to run as root
  if [ "$(id -u)" = 0 ]; then runuser -u "$owner" -- "$@"; else "$@"; fi
}

action=${1:?start or stop} folder=${2:?a folder for the data}
owner=postgres # Debian makes it with the package

if [ -z "$(binaries)" ] && [ "$action" = start ]; then
  if [ "$(id -u)" != 0 ]; then
    echo "PostgreSQL is not installed: apt-get install postgresql" >&2
    exit 1
  fi
  { apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql; } >&2
fi
bin=$(binaries)

case $action in
  start)
    mkdir -p "$folder"
    if [ "$(id -u)" = 0 ]; then chown "$owner" "$folder"; fi
    cd "$folder"
    as_owner "$bin/initdb" --pgdata="$folder/data" --username=quotary --auth=trust --encoding=UTF8 --locale=C >"$folder/initdb.log"
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    as_owner "$bin/pg_ctl" --pgdata="$folder/data" --log="$folder/server.log" --wait --silent \
      --options="-h 127.0.0.1 -p $port -k '$folder' -c fsync=off -c max_connections=200" start >&2
    as_owner "$bin/createdb" --host=127.0.0.1 --port="$port" --username=quotary quotary
    echo "postgresql+psycopg://quotary@127.0.0.1:$port/quotary"
    ;;
  stop)
    cd /
    if [ -e "$folder/data/postmaster.pid" ]; then
      as_owner "$bin/pg_ctl" --pgdata="$folder/data" --mode=immediate --wait --silent stop >&2
    fi
    ;;
  *)
    echo "start or stop, not $action" >&2
    exit 2
    ;;
esac
