#!/usr/bin/env bash
# The gateway beside nginx as a plain reverse proxy: same engine, same load, one worker each, in one run.
#   compare.sh [--rounds N] [--bin DIR] [--gate] [--keep]
#     --rounds N   interleaved rounds, each with fresh proxies (5)
#     --bin DIR    where the programs are (build/release/bin)
#     --gate       exit code 1 if a limit of the table is missed
#     --keep       keep the folder with configurations, logs and samples
# Method: the proxy alone on one core, engine and load generator on another; CPU time is the change of
# /proc/PID/task/*/schedstat; rounds in which other processes took more than a fifth of a core are repeated.
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
    *) echo "compare.sh: unknown option: $1" >&2; exit 2 ;;
  esac
  shift
done
for program in token-limiter loadgen bench_engine; do
  [[ -x $bin/$program ]] || { echo "compare.sh: $bin/$program is missing: cmake --build --preset release" >&2; exit 2; }
done
command -v nginx >/dev/null || { echo "compare.sh: nginx is missing: scripts/install_deps.sh --test" >&2; exit 2; }
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

sample() { echo "$1 $2 $3" >>"$samples"; }  # METRIC WHO VALUE

engine_port=$(free_port)
"${on_load_core[@]}" "$bin/bench_engine" --port "$engine_port" >"$work/engine.log" 2>&1 &
engine=$!
started+=("$engine")
wait_until_open "$engine_port" "$engine"

proxy=0
port=0
key=sk-bench-key-0001
start_proxy() {  # nginx | gateway (prompts estimated) | exact (the gateway, prompts counted)
  mkdir -p "$work/$1"
  port=$(free_port)
  case "$1" in
    nginx) write_nginx_config "$work/$1" "$port" "$engine_port" ;;
    gateway) write_gateway_config "$work/$1" "$port" "$engine_port" estimate ;;
    exact) write_gateway_config "$work/$1" "$port" "$engine_port" qwen2.5 ;;
  esac
  case "$1" in
    nginx) "${on_proxy_core[@]}" nginx -p "$work/nginx" -c "$work/nginx/nginx.conf" >"$work/nginx.log" 2>&1 & ;;
    *) "${on_proxy_core[@]}" "$bin/token-limiter" serve --config "$work/$1/gateway.yaml" >"$work/$1.log" 2>&1 & ;;
  esac
  proxy=$!
  started+=("$proxy")
  wait_until_open "$port" "$proxy" || { tail -n 5 "$work/$1.log" >&2; exit 1; }
}
stop_proxy() {
  kill -TERM "$proxy"
  wait "$proxy" 2>/dev/null || true
}

load() {  # PORT ARGUMENT… -> its "name value" lines in $work/load
  local to=$1
  shift
  "${on_load_core[@]}" "$bin/loadgen" --port "$to" --key "$key" "$@" >"$work/load"
}
got() { awk -v name="$1" '$1 == name {print $2}' "$work/load"; }

# One measurement: CPU of the proxy over all that it did, its settling afterwards included.
measured_load() {  # ARGUMENT… -> sets cpu_ns; repeats up to 3 times when other processes disturbed
  local attempt before_proxy before_engine before_all busy own
  for attempt in 1 2 3; do
    before_proxy=$(cpu_ns "$proxy") before_engine=$(cpu_ns "$engine") before_all=$(machine_cpu_ms)
    local began=$EPOCHREALTIME
    load "$port" "$@"
    wait_until_quiet "$proxy"
    cpu_ns=$(($(cpu_ns "$proxy") - before_proxy))
    busy=$(($(machine_cpu_ms) - before_all))
    own=$(awk -v p="$cpu_ns" -v e=$(($(cpu_ns "$engine") - before_engine)) -v l="$(got own_cpu_ms)" \
      'BEGIN {printf "%d", (p + e) / 1e6 + l}')
    foreign=$(awk -v b="$busy" -v o="$own" -v from="$began" -v to="$EPOCHREALTIME" \
      'BEGIN {printf "%.2f", (b - o) / 1000 / (to - from)}')
    awk -v f="$foreign" 'BEGIN {exit !(f <= 0.2)}' && return
  done
  disturbed=$((disturbed + 1))
}

check_clean() {  # WHO WHAT
  local bad
  bad=$(awk '$1 ~ /^(unexpected|errors|bad_streams)$/ {n += $2} END {print n + 0}' "$work/load")
  [[ $bad -eq 0 ]] || { echo "compare.sh: $2 through $1 had $bad wrong answers:" >&2; cat "$work/load" >&2; wrong=$((wrong + 1)); }
}

per() { awk -v total="$1" -v count="$2" 'BEGIN {printf "%.3f", (count > 0 ? total / count : 0)}'; }

# How the gateway says that it counted: "exact", or "estimate" where there is no tokenizer data.
method_of() {  # PORT
  curl -s -D - -o /dev/null -H "authorization: Bearer $key" -H 'content-type: application/json' \
    --data-binary @"$here/prompt.json" "http://127.0.0.1:$1/v1/chat/completions" |
    tr -d '\r' | awk 'tolower($1) == "x-token-limiter-count-method:" {print $2}'
}

disturbed=0
wrong=0
counted=unknown
cpu_ns=0
foreign=0
for ((round = 1; round <= rounds; round++)); do
  printf '\rround %d of %d …' "$round" "$rounds" >&2
  load "$engine_port" --mode open --rate 10000 --seconds 1.5 --body "$here/chat.json"
  sample open_p50 direct "$(got p50_us)"
  load "$engine_port" --mode stream --connections 1000 --events 64 --seconds 3 --warmup 0.5 --body "$here/stream.json"
  sample event_p50 direct "$(got event_p50_us)"
  sample event_p99 direct "$(got event_p99_us)"

  for who in nginx gateway; do
    start_proxy "$who"
    # Each proxy is warm before anything is measured: connections to the engine are open, pages are touched.
    load "$port" --connections 64 --seconds 0.5 --warmup 0 --body "$here/chat.json"

    measured_load --connections 64 --seconds 2 --warmup 0.2 --body "$here/chat.json"
    check_clean "$who" requests
    sample request_cpu "$who" "$(per "$(per "$cpu_ns" 1000)" "$(got answers)")"
    sample rps "$who" "$(got rps)"

    if [[ $who == gateway ]]; then
      key=sk-bench-refused-0002 measured_load --expect 429 --connections 64 --seconds 1 --warmup 0.1 --body "$here/chat.json"
      sample refusal_cpu "$who" "$(per "$(per "$cpu_ns" 1000)" "$(got answers)")"
      # The first request of that key is admitted, all others are refused.
      [[ $(got unexpected) == 1.000 || $(got unexpected) == 0.000 ]] || { echo "refusals went wrong:" >&2; cat "$work/load" >&2; wrong=$((wrong + 1)); }
    fi

    load "$port" --mode open --rate 10000 --seconds 1.5 --body "$here/chat.json"
    check_clean "$who" "10,000 requests/s"
    sample open_p50 "$who" "$(got p50_us)"
    sample open_p99 "$who" "$(got p99_us)"

    resident=$(rss_kb "$proxy")
    (peak_rss_kb "$proxy" 3 >"$work/peak") &
    watcher=$!
    measured_load --mode stream --connections 1000 --events 64 --seconds 3 --warmup 0.5 --body "$here/stream.json"
    wait "$watcher"
    check_clean "$who" streams
    sample event_cpu "$who" "$(per "$(per "$cpu_ns" 1000)" "$(got events)")"
    sample event_p50 "$who" "$(got event_p50_us)"
    sample event_p99 "$who" "$(got event_p99_us)"
    sample event_max "$who" "$(got event_max_us)"
    sample stream_kb "$who" "$(per $(($(cat "$work/peak") - resident)) 1000)"
    stop_proxy
  done

  # A prompt of 1 kB of Korean that is new each time: what counting it exactly costs.
  for who in nginx gateway exact; do
    start_proxy "$who"
    load "$port" --connections 64 --seconds 0.5 --warmup 0 --body "$here/prompt.json"
    measured_load --connections 64 --seconds 2 --warmup 0.2 --body "$here/prompt.json"
    check_clean "$who" "1 kB prompts"
    sample prompt_cpu "$who" "$(per "$(per "$cpu_ns" 1000)" "$(got answers)")"
    [[ $who != exact ]] || counted=$(method_of "$port")
    stop_proxy
  done
done
printf '\r                    \r' >&2

# Once is enough for these: they do not depend on the machine's mood.
for who in nginx gateway; do
  start_proxy "$who"
  if command -v strace >/dev/null; then
    load "$port" --connections 64 --seconds 0.3 --warmup 0 --body "$here/chat.json"
    sample syscalls "$who" "$(syscalls_per_request)"
  fi
  resident=$(rss_kb "$proxy")
  "${on_load_core[@]}" "$bin/loadgen" --port "$port" --key "$key" --mode idle --connections 5000 --path /health \
    --seconds 6 --warmup 0 >"$work/idle" &
  idle=$!
  wait_for_connections "$port" 5000
  wait_until_quiet "$proxy"
  sample idle_kb "$who" "$(per $(($(rss_kb "$proxy") - resident)) 5000)"
  before=$(cpu_ns "$proxy")
  load "$port" --mode open --rate 1000 --seconds 1 --warmup 0.2 --body "$here/chat.json"
  check_clean "$who" "1,000 requests/s beside 5,000 idle connections"
  sample idle_beside_p99 "$who" "$(got p99_us)"
  wait "$idle"
  cp "$work/idle" "$work/load"
  [[ $(got errors) == 0.000 ]] || { echo "idle connections were closed early through $who" >&2; wrong=$((wrong + 1)); }
  stop_proxy
done

echo "$(nproc) cores, $(nginx -v 2>&1 | sed 's/.*: //'), $rounds rounds, $disturbed disturbed, $wrong with wrong answers"
[[ $counted == exact ]] || echo "no tokenizer data: the row of exact counting says nothing"
result=0
awk -v gate="$gate" -f "$here/table.awk" "$samples" || result=$?
[[ $wrong -eq 0 ]] || result=1
exit $result
