# What the benchmarks of this folder measure with: their options, the run's folder, pinning, load, CPU time, memory, and the
# two configurations. To be sourced by a script that has set `here`, its folder; then `begin "$@"`.

# The core of engine and load generator; the proxy's, which is no sibling of it where there are more than two; and the
# store's, which is one of its own where there are more than two. With one core only, all share it.
load_core=0
proxy_core=0
store_core=0
if [[ $(nproc) -ge 2 ]]; then
  siblings=$(cat /sys/devices/system/cpu/cpu0/topology/thread_siblings_list 2>/dev/null || echo 0)
  proxy_core=1
  [[ $(nproc) -eq 2 || ! $siblings =~ ^0[-,]1$ ]] || proxy_core=2
  [[ $(nproc) -eq 2 ]] || store_core=$(($(nproc) - 1))
fi
# Put before a command. taskset becomes that command, so in the background $! is the command's own pid.
if command -v taskset >/dev/null; then
  on_proxy_core=(taskset -c "$proxy_core") on_load_core=(taskset -c "$load_core")
  on_store_core=(taskset -c "$store_core")
else
  on_proxy_core=(env) on_load_core=(env) on_store_core=(env)
fi

# --- a run: begin "$@" reads the options and sets these
rounds=5
bin=build/release/bin
gate=0
work=
samples=

begin() {
  local keep=no
  name=$(basename "$0")
  while [[ $# -gt 0 ]]; do
    case "$1" in
      --rounds) rounds=${2:?}; shift ;;
      --bin) bin=${2:?}; shift ;;
      --gate) gate=1 ;;
      --keep) keep=yes ;;
      -h | --help) sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0"; exit 0 ;;
      *) echo "$name: unknown option: $1" >&2; exit 2 ;;
    esac
    shift
  done
  local program
  for program in token-limiter loadgen bench_engine; do
    [[ -x $bin/$program ]] || { echo "$name: $bin/$program is missing: cmake --build --preset release" >&2; exit 2; }
  done
  work=$(mktemp -d)
  samples=$work/samples
  : >"$samples"
  if [[ $keep == yes ]]; then trap 'end_all; echo "kept: $work"' EXIT; else trap 'end_all; rm -rf "$work"' EXIT; fi
  trap 'exit 130' INT TERM
}
needs() {  # PROGRAM
  command -v "$1" >/dev/null || { echo "$name: $1 is missing: scripts/install_deps.sh --test" >&2; exit 2; }
}

started=()  # every process of this run
end_all() {
  local pid
  for pid in "${started[@]}"; do kill -TERM "$pid" 2>/dev/null || true; done
  for pid in "${started[@]}"; do wait "$pid" 2>/dev/null || true; done
}
end() {  # PID
  kill -TERM "$1"
  wait "$1" 2>/dev/null || true
}

sample() { echo "$1 $2 $3" >>"$samples"; }  # METRIC WHO VALUE
per() { awk -v total="$1" -v count="$2" 'BEGIN {printf "%.3f", (count > 0 ? total / count : 0)}'; }
# The table that an awk program makes of the samples. Ends the script: 1 for wrong answers, or a missed limit with --gate.
print_table() {  # AWK-PROGRAM WORDS-BEFORE
  local result=0
  printf '\r                    \r' >&2
  echo "$(nproc) cores, $2, $rounds rounds, $disturbed disturbed, $wrong with wrong answers"
  awk -v gate="$gate" -f "$here/samples.awk" -f "$here/$1" "$samples" || result=$?
  [[ $wrong -eq 0 ]] || result=1
  exit "$result"
}

# --- the engine, the proxy that is measured, and its load
engine=0
engine_port=0
proxy=0
port=0
others=()  # what else of this run uses the machine while the proxy is measured
key=sk-bench-key-0001

start_engine() {
  engine_port=$(free_port)
  "${on_load_core[@]}" "$bin/bench_engine" --port "$engine_port" >"$work/engine.log" 2>&1 &
  engine=$!
  started+=("$engine")
  others=("$engine")
  wait_until_open "$engine_port" "$engine"
}
start_gateway() {  # WHO; its configuration for $port is written
  "${on_proxy_core[@]}" "$bin/token-limiter" serve --config "$work/$1/gateway.yaml" >"$work/$1.log" 2>&1 &
  proxy=$!
  started+=("$proxy")
  wait_until_open "$port" "$proxy" || { tail -n 5 "$work/$1.log" >&2; exit 1; }
}

load() {  # PORT ARGUMENT… -> its "name value" lines in $work/load
  local to=$1
  shift
  "${on_load_core[@]}" "$bin/loadgen" --port "$to" --key "$key" "$@" >"$work/load"
}
got() { awk -v name="$1" '$1 == name {print $2}' "$work/load"; }

wrong=0
check_clean() {  # WHO WHAT
  local bad
  bad=$(awk '$1 ~ /^(unexpected|errors|bad_streams)$/ {n += $2} END {print n + 0}' "$work/load")
  [[ $bad -eq 0 ]] || { echo "$name: $2 through $1 had $bad wrong answers:" >&2; cat "$work/load" >&2; wrong=$((wrong + 1)); }
}

# One measurement: CPU of the proxy over all that it did, its settling afterwards included. Sets cpu_ns; repeats up to
# three times when processes that are not of this run took more than a fifth of a core.
cpu_ns=0
disturbed=0
measured_load() {  # ARGUMENT…
  local attempt before before_others before_all began own foreign
  for attempt in 1 2 3; do
    before=$(cpu_ns "$proxy") before_others=$(cpu_ns_of_others) before_all=$(machine_cpu_ms) began=$EPOCHREALTIME
    load "$port" "$@"
    wait_until_quiet "$proxy"
    cpu_ns=$(($(cpu_ns "$proxy") - before))
    own=$(awk -v p="$cpu_ns" -v o=$(($(cpu_ns_of_others) - before_others)) -v l="$(got own_cpu_ms)" \
      'BEGIN {printf "%d", (p + o) / 1e6 + l}')
    foreign=$(awk -v b=$(($(machine_cpu_ms) - before_all)) -v o="$own" -v from="$began" -v to="$EPOCHREALTIME" \
      'BEGIN {printf "%.2f", (b - o) / 1000 / (to - from)}')
    awk -v f="$foreign" 'BEGIN {exit !(f <= 0.2)}' && return
  done
  disturbed=$((disturbed + 1))
}

# --- what the machine says

free_port() {
  local candidate
  while :; do
    candidate=$((20000 + RANDOM % 12000))
    (exec 3<>"/dev/tcp/127.0.0.1/$candidate") 2>/dev/null || { echo "$candidate"; return; }
  done
}

wait_until_open() {  # PORT PID
  local i
  for ((i = 0; i < 100; i++)); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return 0
    kill -0 "$2" 2>/dev/null || return 1
    sleep 0.1
  done
  return 1
}

family_of() { echo "$1"; cat "/proc/$1/task/$1/children" 2>/dev/null | tr ' ' '\n'; }

# CPU time of a process and its workers so far, nanoseconds.
cpu_ns() {
  local pid
  for pid in $(family_of "$1"); do cat "/proc/$pid"/task/*/schedstat 2>/dev/null; done | awk '{n += $1} END {printf "%.0f", n}'
}

cpu_ns_of_others() {
  local pid sum=0
  for pid in "${others[@]}"; do sum=$((sum + $(cpu_ns "$pid"))); done
  echo "$sum"
}

# CPU time of everything on this machine so far, milliseconds.
machine_cpu_ms() { awk '$1 == "cpu" {printf "%.0f", ($2 + $3 + $4 + $7 + $8) * 10}' /proc/stat; }

rss_kb() {
  local pid
  for pid in $(family_of "$1"); do cat "/proc/$pid/status" 2>/dev/null; done | awk '/^VmRSS:/ {n += $2} END {print n + 0}'
}

peak_rss_kb() {  # PID SECONDS
  local peak=0 now i
  for ((i = 0; i < $2 * 5; i++)); do
    now=$(rss_kb "$1")
    [[ $now -le $peak ]] || peak=$now
    sleep 0.2
  done
  echo "$peak"
}

# Until the process has been idle for 0.2 s: what it does after the last answer belongs to the requests, too.
wait_until_quiet() {
  local before now i
  before=$(cpu_ns "$1")
  for ((i = 0; i < 25; i++)); do
    sleep 0.2
    now=$(cpu_ns "$1")
    [[ $((now - before)) -ge 2000000 ]] || return 0
    before=$now
  done
}

wait_for_connections() {  # PORT COUNT
  local i hex
  hex=$(printf '%04X' "$1")
  for ((i = 0; i < 50; i++)); do
    [[ $(awk -v port=":$hex" '$4 == "01" && index($2, port) {n++} END {print n + 0}' /proc/net/tcp) -lt $2 ]] || return 0
    sleep 0.1
  done
}

syscalls_per_request() {
  local pids=() pid tracer
  for pid in $(family_of "$proxy"); do pids+=(-p "$pid"); done
  strace -f -c -o "$work/strace" "${pids[@]}" 2>/dev/null &
  tracer=$!
  sleep 0.5
  load "$port" --connections 64 --seconds 1 --warmup 0 --body "$here/chat.json"
  kill -TERM "$tracer"  # not INT: background jobs of a script ignore it
  wait "$tracer" 2>/dev/null || true
  awk -v requests="$(got answers)" '$NF == "total" {printf "%.2f", $4 / requests}' "$work/strace"
}

write_nginx_config() {  # FOLDER PORT ENGINE_PORT
  cat >"$1/nginx.conf" <<CONF
worker_processes 1;
daemon off;
pid $1/nginx.pid;
error_log $1/error.log;
worker_rlimit_nofile 40000;
events { worker_connections 20000; }
http {
  access_log off;
  client_body_temp_path $1/body; proxy_temp_path $1/proxy; fastcgi_temp_path $1/f; uwsgi_temp_path $1/u; scgi_temp_path $1/s;
  client_body_buffer_size 64k;
  keepalive_timeout 75s;
  keepalive_requests 1000000000;
  upstream engine { server 127.0.0.1:$3; keepalive 1024; keepalive_requests 1000000000; }
  server {
    listen 127.0.0.1:$2 backlog=4096;
    location / {
      proxy_pass http://engine;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffering off;
    }
  }
}
CONF
}

# Keys, limits in all windows, journal and SQLite are on. One event loop, like nginx's one worker; like nginx's, the access
# log is off.
write_gateway_config() {  # FOLDER PORT ENGINE_PORT TOKENIZER [STORAGE [DASHBOARD]]
  local storage=${5:-"{type: sqlite, sqlite_path: $1/data/usage.db}"} dashboard=${6:-"{enabled: false}"}
  rm -rf "$1/data"
  mkdir -p "$1/data"
  cat >"$1/gateway.yaml" <<YAML
server: {host: 127.0.0.1, port: $2, threads: 1}
dashboard: $dashboard
sglang_server: {host: 127.0.0.1, port: $3, model_path: qwen, served_model_name: korean-qwen}
models: {korean-qwen: {upstream_model: qwen, tokenizer: "$4"}}
default_limits: {rpm: 1000000000, tpm: 1000000000000, tph: 1000000000000, daily: 1000000000000, concurrent: 100000}
storage: $storage
logging: {access_log: false}
rate_limiting: {strict_mode: true, ban_threshold: 0, ban_window: 60, ban_duration: 1}
users:
  bench: {rpm: 1000000000, tpm: 1000000000000, daily: 1000000000000, concurrent: 100000}
  refused: {rpm: 1, tpm: 1000000, daily: 1000000}
api_keys: {"sk-bench-key-0001": bench, "sk-bench-refused-0002": refused}
YAML
}
