#!/usr/bin/env bash
# The servers that tests/MaskGen.ML.Runs.Tests talks to, on loopback and in a folder of their own: PostgreSQL, an S3 server (Ceph: a
# monitor, an OSD on a sparse file, a gateway) and Slurm with one node; or a registry of container images.
#   build/test-servers.sh start FOLDER   prints the variables that the tests find them by; what cannot be started is told and left out
#   build/test-servers.sh stop FOLDER
#   build/test-servers.sh registry FOLDER   starts the registry alone, in a folder that no other servers are in
#   build/test-servers.sh postgres FOLDER PORT   starts a PostgreSQL in FOLDER/postgres, with the data that is there, and prints its process
# Debian's packages: postgresql; ceph-mon ceph-osd ceph-common radosgw; slurmctld slurmd slurm-client munge; docker-registry podman runc.
# Ceph, Slurm and what is done with the registry need root.
set -uo pipefail
action=${1:?start, stop, registry or postgres}
dir=${2:?a folder}
s3_port=17480
postgres_port=15432
registry_port=15055
say() { echo "test-servers: $*" >&2; }
have() { command -v "$@" >/dev/null 2>&1; }

stop() {
  local file pid
  for file in "$dir"/*/*.pid; do
    [ -f "$file" ] || continue
    pid=$(cat "$file")
    # PostgreSQL waits for its clients after SIGTERM.
    case $file in */postgres.pid) kill -INT "$pid" 2>/dev/null ;; *) kill "$pid" 2>/dev/null ;; esac || continue
    for _ in $(seq 50); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null
  done
  rm -rf "$dir"
}

# Never as root, which PostgreSQL refuses to run as.
as_postgres() {
  if [ "$(id -u)" -eq 0 ]; then setpriv --reuid=postgres --regid=postgres --init-groups env HOME=/tmp "$@"; else "$@"; fi
}

# Writes to disk as in life (fsync is on), with room for many workers.
start_postgres() {
  local d=$dir/postgres port=$1 bin
  bin=$(for b in /usr/lib/postgresql/*/bin; do [ -x "$b/initdb" ] && echo "$b"; done | sort -V | tail -n 1)
  [ -n "$bin" ] || bin=$(dirname "$(command -v initdb)")
  [ -x "$bin/initdb" ] || { echo "PostgreSQL is not installed"; return 1; }
  mkdir -p "$d" && chmod 755 "$dir" "$d" || return
  [ "$(id -u)" -ne 0 ] || chown postgres: "$d" || return
  if [ ! -e "$d/data/PG_VERSION" ]; then
    as_postgres "$bin/initdb" --pgdata="$d/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C || return
    as_postgres tee -a "$d/data/postgresql.conf" <<C || return
listen_addresses = '127.0.0.1'
unix_socket_directories = '$d'
max_connections = 300
shared_buffers = 32MB
C
  fi
  as_postgres "$bin/pg_ctl" --pgdata="$d/data" --log="$d/postgres.log" --options="-p $port" --wait --timeout=60 start || return
  head -n 1 "$d/data/postmaster.pid" >"$d/postgres.pid"
}

start_ceph() {
  local d=$dir/ceph conf=$dir/ceph/ceph.conf id key=maskgen
  mkdir -p "$d"/{mon,osd,rgw,log}
  id=$(cat /proc/sys/kernel/random/uuid)
  # One of everything, one copy of the data, no passwords: for tests alone.
  cat >"$conf" <<C
[global]
fsid = $id
mon host = v1:127.0.0.1:16789
ms bind msgr2 = false
public addr = 127.0.0.1
auth cluster required = none
auth service required = none
auth client required = none
mon allow pool size one = true
mon data avail crit = 1
osd pool default size = 1
osd pool default min size = 1
osd pool default pg num = 1
osd pool default pgp num = 1
osd pool default pg autoscale mode = off
osd crush chooseleaf type = 0
# Left to itself, an OSD that starts tells the monitor its place before it knows which cluster that is, now and then, and ends.
osd crush update on start = false
osd class update on start = false
run dir = $d
admin socket = $d/\$name.asok
pid file = $d/\$name.pid
log file = $d/log/\$name.log
[mon]
mon data = $d/mon
[osd]
osd data = $d/osd
osd objectstore = bluestore
bluestore block size = 2147483648
osd memory target = 939524096
bluestore cache autotune = false
bluestore cache size = 67108864
[client.rgw]
rgw data = $d/rgw
rgw frontends = beast endpoint=127.0.0.1:$s3_port
rgw thread pool size = 16
rgw gc max objs = 1
rgw data log num shards = 1
rgw lc max objs = 1
rgw usage max shards = 1
rgw override bucket index max shards = 1
C
  set -- -c "$conf"
  monmaptool --create --fsid "$id" --addv m "[v1:127.0.0.1:16789]" --clobber "$d/monmap" &&
    ceph-mon "$@" --mkfs -i m --monmap "$d/monmap" &&
    ceph-mon "$@" -i m &&
    id=$(cat /proc/sys/kernel/random/uuid) &&
    timeout 60 ceph "$@" osd new "$id" &&
    ceph-osd "$@" -i 0 --mkfs --osd-uuid "$id" &&
    ceph-osd "$@" -i 0 || return
  timeout 60 ceph "$@" osd crush add osd.0 1 root=default "host=$(hostname -s)"
  radosgw "$@" -n client.rgw || return
  timeout 120 radosgw-admin "$@" user create --uid=$key --display-name=$key --access-key=$key --secret=$key || return
  for _ in $(seq 300); do
    (exec 3<>"/dev/tcp/127.0.0.1/$s3_port") 2>/dev/null && return
    sleep 0.2
  done
  return 1
}

start_slurm() {
  local d=$dir/slurm host
  host=$(hostname -s)
  mkdir -p "$d"/{state,spool}
  # Munge and Slurm ask who owns the folders of keys and sockets.
  chmod 755 "$dir" "$d"
  dd if=/dev/urandom of="$d/munge.key" bs=128 count=1 && chmod 400 "$d/munge.key" || return
  munged --force --key-file="$d/munge.key" --socket="$d/munge.socket" --pid-file="$d/munged.pid" --log-file="$d/munged.log" \
    --seed-file="$d/munged.seed" || return
  cat >"$d/slurm.conf" <<C
ClusterName=maskgen
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=$d/munge.socket
SlurmctldPort=16817
SlurmdPort=16818
StateSaveLocation=$d/state
SlurmdSpoolDir=$d/spool
SlurmctldPidFile=$d/slurmctld.pid
SlurmdPidFile=$d/slurmd.pid
SlurmctldLogFile=$d/slurmctld.log
SlurmdLogFile=$d/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
ReturnToService=0
JobRequeue=1
MailProg=/bin/true
NodeName=$host NodeAddr=127.0.0.1 CPUs=3 SocketsPerBoard=1 CoresPerSocket=3 ThreadsPerCore=1 RealMemory=1000 State=UNKNOWN
PartitionName=debug Nodes=$host Default=YES MaxTime=INFINITE State=UP
SlurmdParameters=config_overrides
C
  slurmctld -f "$d/slurm.conf" && slurmd -f "$d/slurm.conf" || return
  for _ in $(seq 150); do
    SLURM_CONF=$d/slurm.conf sinfo --noheader --format %t 2>/dev/null | grep -q idle && return
    sleep 0.2
  done
  return 1
}

# Its tests run containers on x64.
start_registry() {
  local d=$dir/registry
  have docker-registry && have podman && have runc || { echo "docker-registry, podman or runc is not installed"; return 1; }
  [ "$(id -u)" -eq 0 ] && [ "$(uname -m)" = x86_64 ] || { echo "needs root, and x64"; return 1; }
  ! (exec 3<>"/dev/tcp/127.0.0.1/$registry_port") 2>/dev/null || { echo "port $registry_port is taken"; return 1; }
  mkdir -p "$d"
  cat >"$d/config.yml" <<C
version: 0.1
storage: { filesystem: { rootdirectory: $d/data } }
http: { addr: "127.0.0.1:$registry_port" }
C
  docker-registry serve "$d/config.yml" &
  echo $! >"$d/registry.pid"
  for _ in $(seq 100); do
    kill -0 $! || return
    (exec 3<>"/dev/tcp/127.0.0.1/$registry_port") 2>/dev/null && return
    sleep 0.1
  done
  return 1
}

case $action in
  start)
    stop
    mkdir -p "$dir"
    if start_postgres "$postgres_port" >"$dir/postgres.log" 2>&1 </dev/null; then
      echo "export MASKGEN_TEST_POSTGRES='Host=127.0.0.1;Port=$postgres_port;Username=postgres'"
    else
      say "no PostgreSQL: $(tail -n 1 "$dir/postgres.log" 2>/dev/null)"
    fi
    if [ "$(id -u)" -ne 0 ]; then
      say "Ceph and Slurm need root"
    else
      if have ceph-mon && have ceph-osd && have radosgw && start_ceph >"$dir/ceph.log" 2>&1 </dev/null; then
        echo "export MASKGEN_TEST_S3=http://127.0.0.1:$s3_port"
      else
        say "no S3 server: $(tail -n 1 "$dir/ceph.log" 2>/dev/null || echo 'Ceph is not installed')"
      fi
      if have slurmctld && have slurmd && have munged && start_slurm >"$dir/slurm.log" 2>&1 </dev/null; then
        echo "export MASKGEN_TEST_SLURM=$dir/slurm/slurm.conf"
      else
        say "no Slurm: $(tail -n 1 "$dir/slurm.log" 2>/dev/null || echo 'it is not installed')"
      fi
    fi
    ;;
  registry)
    stop
    mkdir -p "$dir"
    if start_registry >"$dir/registry.log" 2>&1 </dev/null; then
      echo "export MASKGEN_TEST_REGISTRY=127.0.0.1:$registry_port"
    else
      say "no registry: $(tail -n 1 "$dir/registry.log")"
      exit 1
    fi
    ;;
  stop) stop ;;
  postgres)
    log=$(mktemp)
    start_postgres "${3:?a port}" >"$log" 2>&1 </dev/null || { say "$(tail -n 5 "$log")"; rm -f "$log"; exit 1; }
    rm -f "$log"
    cat "$dir/postgres/postgres.pid"
    ;;
  *) say "start, stop, registry or postgres"; exit 2 ;;
esac
