#!/usr/bin/env bash
# Runs a private PostgreSQL cluster in a folder, for tests and trials, never as root. It ends when standard input ends, so also when the
# caller is killed, and takes its folder along.
# usage: deploy/postgres/start-private.sh DIRECTORY [PORT [ADDRESS NETWORK]]
# PORT: default a free one of 20000 to 29999. ADDRESS: where it listens beside 127.0.0.1, for clients of NETWORK (CIDR); passwords are asked.
# Prints two connection strings when it answers: "owner ..." (may migrate) and "controller ..." (may not).
# Understands on standard input: restart (a crash and a start), down, up, each answered with a line "done".
set -euo pipefail

directory=${1:?usage: $0 DIRECTORY [PORT]}
port=${2:-}
address=${3:-127.0.0.1}
network=${4:-}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
here=$(cd "$(dirname "$0")" && pwd)
[[ -x $bin/postgres ]] || { echo "PostgreSQL is not installed; install it with: apt-get install postgresql" >&2; exit 3; }

as=()
if ((EUID == 0)); then
    user=postgres
    as=(setpriv --reuid "$user" --regid "$user" --clear-groups)
    id "$user" >/dev/null 2>&1 || { echo "user $user does not exist; PostgreSQL does not run as root" >&2; exit 3; }
fi

mkdir -p "$directory"
chmod 711 "$directory"
data=$directory/data
mkdir -p "$data"
((EUID == 0)) && chown "$user" "$data"
chmod 700 "$data"

server=0
stop() {
    if ((server)); then
        kill -QUIT "$server" 2>/dev/null || true # immediate: what was committed is in the log
        wait "$server" 2>/dev/null || true
        server=0
    fi
}
trap 'stop; rm -rf "$directory"' EXIT
trap 'exit 130' INT TERM HUP

secret() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }
admin=$(secret) owner=$(secret) controller=$(secret)

free() { ! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
while [[ -z $port ]]; do
    candidate=$((20000 + RANDOM % 10000))
    if free "$candidate"; then port=$candidate; fi
done

printf '%s' "$admin" >"$directory/first" # initdb reads it as the other user; nobody else may
chmod 600 "$directory/first"
((EUID == 0)) && chown "$user" "$directory/first"
"${as[@]}" "$bin/initdb" -D "$data" -U admin --pwfile="$directory/first" --auth=scram-sha-256 -E UTF8 --locale=C --no-sync >/dev/null
rm -f "$directory/first"
[[ -z $network ]] || echo "host all all $network scram-sha-256" >>"$data/pg_hba.conf"

start() {
    # The death signal covers a killed script; its parent, this shell, has one thread.
    "${as[@]}" setpriv --pdeathsig QUIT "$bin/postgres" -D "$data" -p "$port" -c listen_addresses="127.0.0.1${network:+,$address}" \
        -c unix_socket_directories= -c fsync=off -c full_page_writes=off -c max_connections=100 -c shared_buffers=32MB \
        -c logging_collector=off -c log_min_messages=fatal >>"$directory/log" 2>&1 </dev/null &
    server=$!
    for _ in $(seq 1200); do
        if "$bin/pg_isready" -q -h 127.0.0.1 -p "$port"; then return; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    cat "$directory/log" >&2
    exit 4
}

start
export PGPASSWORD=$admin
"$bin/createdb" -h 127.0.0.1 -p "$port" -U admin fleet
"$bin/psql" -q -h 127.0.0.1 -p "$port" -U admin -v ON_ERROR_STOP=1 -v owner_password="$owner" -v controller_password="$controller" \
    -f "$here/roles.sql" fleet
unset PGPASSWORD
echo "owner Host=$address;Port=$port;Database=fleet;Username=fleet_owner;Password=$owner"
echo "controller Host=$address;Port=$port;Database=fleet;Username=fleet_controller;Password=$controller"

while read -r command; do
    case $command in
        restart) stop; start; echo "done" ;;
        down) stop; echo "done" ;;
        up) start; echo "done" ;;
        *) echo "unknown command $command: legal is restart, down, up" >&2 ;;
    esac
done
