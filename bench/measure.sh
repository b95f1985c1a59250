# What compare.sh measures with: ports, pinning, CPU time, memory, and the two configurations. To be sourced.

# The proxy's core, and the core of engine and load generator. With one core only, all share it.
if [[ $(nproc) -ge 2 ]]; then proxy_core=1 load_core=0; else proxy_core=0 load_core=0; fi
# Put before a command. taskset becomes that command, so in the background $! is the command's own pid.
if command -v taskset >/dev/null; then
  on_proxy_core=(taskset -c "$proxy_core") on_load_core=(taskset -c "$load_core")
else
  on_proxy_core=(env) on_load_core=(env)
fi

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

# Uses $proxy, $port, $work, load() and got() of compare.sh.
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
write_gateway_config() {  # FOLDER PORT ENGINE_PORT TOKENIZER [STORAGE]
  local storage=${5:-"{type: sqlite, sqlite_path: $1/data/usage.db}"}
  rm -rf "$1/data"
  mkdir -p "$1/data"
  cat >"$1/gateway.yaml" <<YAML
server: {host: 127.0.0.1, port: $2, threads: 1}
dashboard: {enabled: false}
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
