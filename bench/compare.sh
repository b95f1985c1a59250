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

# shellcheck source=bench/measure.sh
source "$here/measure.sh"
begin "$@"
needs nginx
start_engine

start_proxy() {  # nginx | gateway (prompts estimated) | exact (the gateway, prompts counted)
  mkdir -p "$work/$1"
  port=$(free_port)
  case "$1" in
    nginx) write_nginx_config "$work/$1" "$port" "$engine_port" ;;
    gateway) write_gateway_config "$work/$1" "$port" "$engine_port" estimate ;;
    exact) write_gateway_config "$work/$1" "$port" "$engine_port" qwen2.5 ;;
  esac
  if [[ $1 != nginx ]]; then start_gateway "$1"; return; fi
  "${on_proxy_core[@]}" nginx -p "$work/nginx" -c "$work/nginx/nginx.conf" >"$work/nginx.log" 2>&1 &
  proxy=$!
  started+=("$proxy")
  wait_until_open "$port" "$proxy" || { tail -n 5 "$work/nginx.log" >&2; exit 1; }
}

# How the gateway says that it counted: "exact", or "estimate" where there is no tokenizer data.
method_of() {  # PORT
  curl -s -D - -o /dev/null -H "authorization: Bearer $key" -H 'content-type: application/json' \
    --data-binary @"$here/prompt.json" "http://127.0.0.1:$1/v1/chat/completions" |
    tr -d '\r' | awk 'tolower($1) == "x-token-limiter-count-method:" {print $2}'
}

counted=unknown
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
    end "$proxy"
  done

  # A prompt of 1 kB of Korean that is new each time: what counting it exactly costs.
  for who in nginx gateway exact; do
    start_proxy "$who"
    load "$port" --connections 64 --seconds 0.5 --warmup 0 --body "$here/prompt.json"
    measured_load --connections 64 --seconds 2 --warmup 0.2 --body "$here/prompt.json"
    check_clean "$who" "1 kB prompts"
    sample prompt_cpu "$who" "$(per "$(per "$cpu_ns" 1000)" "$(got answers)")"
    [[ $who != exact ]] || counted=$(method_of "$port")
    end "$proxy"
  done
done

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
  end "$proxy"
done

[[ $counted == exact ]] || echo "no tokenizer data: the row of exact counting says nothing"
print_table table.awk "$(nginx -v 2>&1 | sed 's/.*: //')"
