#!/usr/bin/env bash
# What a store costs: the same accepted requests through gateways that keep their books in memory, in SQLite, and in
# Redis without and with leases, side by side in one run.
#   stores.sh [--rounds N] [--bin DIR] [--gate] [--keep]
#     --rounds N   interleaved rounds, each with fresh gateways and a fresh Redis (5)
#     --bin DIR    where the programs are (build/release/bin)
#     --gate       exit code 1 if a limit of the table is missed
#     --keep       keep the folder with configurations, logs and samples
# Method: as compare.sh; the gateway alone on one core, engine, load generator and Redis on another (Redis on a third
# where there is one). CPU is the gateway's, at 20,000 requests a second; where every request asks Redis, in a closed
# loop of 64 connections.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."

# shellcheck source=bench/measure.sh
source "$here/measure.sh"
begin "$@"
needs redis-server
start_engine

redis=0
redis_port=0
storage_of() {
  case "$1" in
    memory) echo "{type: memory}" ;;
    sqlite) echo "{type: sqlite, sqlite_path: $work/$1/data/usage.db}" ;;
    redis) echo "{type: redis, redis_url: \"redis://127.0.0.1:$redis_port\", outbox_path: $work/$1/data/outbox, leases: off}" ;;
    leases) echo "{type: redis, redis_url: \"redis://127.0.0.1:$redis_port\", outbox_path: $work/$1/data/outbox, leases: auto}" ;;
  esac
}

start() {  # memory | sqlite | redis | leases
  rm -rf "${work:?}/$1"
  mkdir -p "$work/$1/data"
  redis=0 others=("$engine")
  if [[ $1 == redis || $1 == leases ]]; then
    redis_port=$(free_port)
    "${on_store_core[@]}" redis-server --port "$redis_port" --bind 127.0.0.1 --save '' --appendonly yes \
      --dir "$work/$1" >"$work/$1/redis.log" 2>&1 &
    redis=$!
    started+=("$redis")
    others+=("$redis")
    wait_until_open "$redis_port" "$redis"
  fi
  port=$(free_port)
  write_gateway_config "$work/$1" "$port" "$engine_port" estimate "$(storage_of "$1")"
  start_gateway "$1"
}

for ((round = 1; round <= rounds; round++)); do
  printf '\rround %d of %d …' "$round" "$rounds" >&2
  load "$engine_port" --mode open --rate 2000 --seconds 2 --body "$here/chat.json"
  sample p50 direct "$(got p50_us)"
  sample p99 direct "$(got p99_us)"
  for each in memory sqlite redis leases; do
    start "$each"
    load "$port" --connections 64 --seconds 1 --warmup 0 --body "$here/chat.json"
    measured_load --connections 64 --seconds 2 --warmup 0.2 --body "$here/chat.json"
    check_clean "$each" "closed loop"
    sample rps "$each" "$(got rps)"
    # CPU at the same rate for all: a busier gateway does more in each turn of its loop. Where each request asks Redis,
    # that rate is out of reach.
    if [[ $each != redis ]]; then
      measured_load --mode open --rate 20000 --seconds 2 --warmup 0.2 --body "$here/chat.json"
      check_clean "$each" "20,000 requests/s"
    fi
    sample cpu "$each" "$(per "$(per "$cpu_ns" 1000)" "$(got answers)")"
    [[ $redis -eq 0 ]] || redis_before=$(cpu_ns "$redis")
    load "$port" --mode open --rate 2000 --seconds 2 --body "$here/chat.json"
    check_clean "$each" "2,000 requests/s"
    sample p50 "$each" "$(got p50_us)"
    sample p99 "$each" "$(got p99_us)"
    [[ $redis -eq 0 ]] || sample redis_cpu "$each" "$(per "$(per $(($(cpu_ns "$redis") - redis_before)) 1000)" "$(got answers)")"
    end "$proxy"
    [[ $redis -eq 0 ]] || end "$redis"
  done
done
print_table stores.awk "$(redis-server --version | cut -d' ' -f3)"
