#!/usr/bin/env bash
# What a store costs: the same accepted requests through gateways that keep their books in memory, in SQLite, and in
# Redis without and with leases, side by side in one run.
#   stores.sh [--rounds N] [--bin DIR] [--gate] [--keep]
#     --rounds N   interleaved rounds, each with fresh gateways and a fresh Redis (5)
#     --bin DIR    where the programs are (build/release/bin)
#     --gate       exit code 1 if a limit of the table is missed
#     --keep       keep the folder with configurations, logs and samples
# Method: as compare.sh; the gateway alone on one core, engine, load generator and Redis on another. CPU is the gateway's.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."

rounds=5
bin=build/release/bin
gate=0
keep=no
while [[ $# -gt 0 ]]; do
  case "$1" in
    --rounds) rounds=${2:?}; shift ;;
    --bin) bin=${2:?}; shift ;;
    --gate) gate=1 ;;
    --keep) keep=yes ;;
    -h | --help) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "stores.sh: unknown option: $1" >&2; exit 2 ;;
  esac
  shift
done
for program in token-limiter loadgen bench_engine; do
  [[ -x $bin/$program ]] || { echo "stores.sh: $bin/$program is missing: cmake --build --preset release" >&2; exit 2; }
done
command -v redis-server >/dev/null || { echo "stores.sh: redis-server is missing: scripts/install_deps.sh --test" >&2; exit 2; }
# shellcheck source=bench/measure.sh
source "$here/measure.sh"

work=$(mktemp -d)
samples=$work/samples
: >"$samples"
started=()
finish() {
  local pid
  for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
  if [[ $keep == yes ]]; then echo "kept: $work"; else rm -rf "$work"; fi
}
trap finish EXIT
trap 'exit 130' INT TERM

key=sk-bench-key-0001
who=
proxy=0
redis=0
engine=0
port=0
disturbed=0
wrong=0
cpu_ns=0
foreign=0

sample() { echo "$1 $2 $3" >>"$samples"; }  # METRIC WHO VALUE
got() { awk -v name="$1" '$1 == name {print $2}' "$work/load"; }
per() { awk -v total="$1" -v count="$2" 'BEGIN {printf "%.3f", (count > 0 ? total / count : 0)}'; }
load() {  # PORT ARGUMENT…
  local to=$1
  shift
  "${on_load_core[@]}" "$bin/loadgen" --port "$to" --key "$key" "$@" >"$work/load"
}
others_ms() {  # of what belongs to this run, beside the gateway
  local n=0
  [[ $redis -eq 0 ]] || n=$(cpu_ns "$redis")
  awk -v r="$n" -v e="$(cpu_ns "$engine")" 'BEGIN {printf "%.0f", (r + e) / 1e6}'
}

storage_of() {
  case "$1" in
    memory) echo "{type: memory}" ;;
    sqlite) echo "{type: sqlite, sqlite_path: $work/$1/data/usage.db}" ;;
    redis) echo "{type: redis, redis_url: \"redis://127.0.0.1:$redis_port\", outbox_path: $work/$1/data/outbox, leases: off}" ;;
    leases) echo "{type: redis, redis_url: \"redis://127.0.0.1:$redis_port\", outbox_path: $work/$1/data/outbox, leases: auto}" ;;
  esac
}

start() {  # memory | sqlite | redis | leases
  who=$1
  rm -rf "${work:?}/$who"
  mkdir -p "$work/$who/data"
  redis=0
  if [[ $who == redis || $who == leases ]]; then
    redis_port=$(free_port)
    "${on_load_core[@]}" redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly yes \
      --dir "$work/$who" >"$work/$who/redis.log" 2>&1 &
    redis=$!
    started+=("$redis")
    wait_until_open "$redis_port" "$redis"
  fi
  port=$(free_port)
  write_gateway_config "$work/$who" "$port" "$engine_port" estimate "$(storage_of "$who")"
  "${on_proxy_core[@]}" "$bin/token-limiter" serve --config "$work/$who/gateway.yaml" >"$work/$who.log" 2>&1 &
  proxy=$!
  started+=("$proxy")
  wait_until_open "$port" "$proxy" || { tail -n 5 "$work/$who.log" >&2; exit 1; }
}
stop() {
  kill -TERM "$proxy"
  wait "$proxy" 2>/dev/null || true
  [[ $redis -eq 0 ]] || { kill -TERM "$redis"; wait "$redis" 2>/dev/null || true; }
}

# CPU of the gateway over all that it did, its books afterwards included; repeated when other processes disturbed.
measured_load() {
  local attempt before others all busy own began
  for attempt in 1 2 3; do
    before=$(cpu_ns "$proxy") others=$(others_ms) all=$(machine_cpu_ms) began=$EPOCHREALTIME
    load "$port" "$@"
    wait_until_quiet "$proxy"
    cpu_ns=$(($(cpu_ns "$proxy") - before))
    busy=$(($(machine_cpu_ms) - all))
    own=$(awk -v p="$cpu_ns" -v o=$(($(others_ms) - others)) -v l="$(got own_cpu_ms)" 'BEGIN {printf "%d", p / 1e6 + o + l}')
    foreign=$(awk -v b="$busy" -v o="$own" -v from="$began" -v to="$EPOCHREALTIME" \
      'BEGIN {printf "%.2f", (b - o) / 1000 / (to - from)}')
    awk -v f="$foreign" 'BEGIN {exit !(f <= 0.2)}' && return
  done
  disturbed=$((disturbed + 1))
}
check_clean() {
  local bad
  bad=$(awk '$1 ~ /^(unexpected|errors|bad_streams)$/ {n += $2} END {print n + 0}' "$work/load")
  [[ $bad -eq 0 ]] || { echo "stores.sh: $1 with $who had $bad wrong answers:" >&2; cat "$work/load" >&2; wrong=$((wrong + 1)); }
}

redis_port=0
engine_port=$(free_port)
"${on_load_core[@]}" "$bin/bench_engine" --port "$engine_port" >"$work/engine.log" 2>&1 &
engine=$!
started+=("$engine")
wait_until_open "$engine_port" "$engine"

for ((round = 1; round <= rounds; round++)); do
  printf '\rround %d of %d …' "$round" "$rounds" >&2
  load "$engine_port" --mode open --rate 2000 --seconds 2 --body "$here/chat.json"
  sample p50 direct "$(got p50_us)"
  sample p99 direct "$(got p99_us)"
  for each in memory sqlite redis leases; do
    start "$each"
    load "$port" --connections 64 --seconds 1 --warmup 0 --body "$here/chat.json"
    measured_load --connections 64 --seconds 2 --warmup 0.2 --body "$here/chat.json"
    check_clean "closed loop"
    sample cpu "$each" "$(per "$(per "$cpu_ns" 1000)" "$(got answers)")"
    sample rps "$each" "$(got rps)"
    [[ $redis -eq 0 ]] || redis_before=$(cpu_ns "$redis")
    load "$port" --mode open --rate 2000 --seconds 2 --body "$here/chat.json"
    check_clean "2,000 requests/s"
    sample p50 "$each" "$(got p50_us)"
    sample p99 "$each" "$(got p99_us)"
    [[ $redis -eq 0 ]] || sample redis_cpu "$each" "$(per "$(per $(($(cpu_ns "$redis") - redis_before)) 1000)" "$(got answers)")"
    stop
  done
done
printf '\r                    \r' >&2

echo "$(nproc) cores, $(redis-server --version | cut -d' ' -f3), $rounds rounds, $disturbed disturbed, $wrong with wrong answers"
result=0
awk -v gate="$gate" -f "$here/stores.awk" "$samples" || result=$?
[[ $wrong -eq 0 ]] || result=1
exit $result
