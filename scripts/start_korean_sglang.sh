#!/usr/bin/env bash
# Starts the whole system: engine (or its stand-in), then the gateway. Installs and builds first what is missing.
#
#   start_korean_sglang.sh                 in the foreground; Ctrl-C ends everything that was started here
#   start_korean_sglang.sh --background    returns when the gateway answers
#   start_korean_sglang.sh --status | --stop
#
# Options (environment):  --port N (KTL_PORT, 8080)   --dashboard-port N (KTL_DASHBOARD_PORT, 8501)
#                         --engine-port N (SGLANG_PORT, 8000)
#                         --standin (use the stand-in even where SGLang could be launched)
#                         --config FILE, again and again (default: config/sglang_korean.yaml, config/korean_users.yaml)
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

gateway_port=${KTL_PORT:-8080}
dashboard_port=${KTL_DASHBOARD_PORT:-8501}
engine_port=${SGLANG_PORT:-8000}
model_path=${SGLANG_MODEL:-Qwen/Qwen2.5-3B-Instruct}
action=foreground
force_standin=no
configs=()
bin=build/release/bin
run=run

say() { printf '%s\n' "$*"; }
die() { printf '오류 / error: %s\n' "$*" >&2; exit 1; }

while [[ $# -gt 0 ]]; do
  case "$1" in
    --background) action=background ;;
    --stop) action=stop ;;
    --status) action=status ;;
    --standin) force_standin=yes ;;
    --port) gateway_port=${2:?}; shift ;;
    --dashboard-port) dashboard_port=${2:?}; shift ;;
    --engine-port) engine_port=${2:?}; shift ;;
    --config) configs+=("${2:?}"); shift ;;
    -h | --help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) die "알 수 없는 옵션 / unknown option: $1 (--help)" ;;
  esac
  shift
done
[[ ${#configs[@]} -gt 0 ]] || configs=(config/sglang_korean.yaml config/korean_users.yaml)

# --- processes that we started: run/NAME.pid holds "PID START_TIME", so a number that was given to another process
# --- meanwhile is never taken for ours.
start_time() { sed 's/.*) //' "/proc/$1/stat" 2>/dev/null | awk '{print $20}'; }

running_pid() {  # NAME -> its pid, if it still runs
  local pid started
  read -r pid started 2>/dev/null <"$run/$1.pid" || return 1
  [[ -n $pid && $(start_time "$pid") == "$started" ]] && echo "$pid"
}

launch() {  # NAME COMMAND…
  local name=$1; shift
  # A session of its own: Ctrl-C reaches this script alone, which then ends things in the right order.
  setsid "$@" >>"$run/$name.log" 2>&1 </dev/null &
  echo "$! $(start_time $!)" >"$run/$name.pid"
}

stop_one() {  # NAME SECONDS
  local name=$1 patience=$2 pid
  if pid=$(running_pid "$name"); then
    kill -TERM "$pid" 2>/dev/null || true
    for ((i = 0; i < patience * 10; i++)); do running_pid "$name" >/dev/null || break; sleep 0.1; done
    if running_pid "$name" >/dev/null; then kill -KILL "$pid" 2>/dev/null || true; fi
    say "멈췄습니다 / stopped: $name ($pid)"
  fi
  rm -f "$run/$name.pid"
}

stop_all() {  # The gateway first: it lets running answers end.
  stop_one token-limiter 40
  stop_one sglang-standin 5
  stop_one sglang 30
  rm -f "$run/gateway-port"
}

answers() { curl -fsS -o /dev/null --max-time "${2:-2}" "$1" 2>/dev/null; }
port_in_use() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
is_engine() { answers "http://127.0.0.1:$engine_port/v1/models" 3; }

show_status() {
  local name pid any=no port
  port=$(cat "$run/gateway-port" 2>/dev/null || echo "$gateway_port")
  for name in sglang sglang-standin token-limiter; do
    if pid=$(running_pid "$name"); then say "실행 중 / running: $name (pid $pid, $run/$name.log)"; any=yes; fi
  done
  if [[ $any == no ]]; then say "이 스크립트가 띄운 프로세스가 없습니다 / nothing started by this script is running"; return 1; fi
  if answers "http://127.0.0.1:$port/readyz"; then
    say "게이트웨이 준비됨 / gateway ready: http://127.0.0.1:$port"
  else
    say "게이트웨이가 아직 준비되지 않았습니다 / gateway not ready: http://127.0.0.1:$port/readyz"
    return 1
  fi
}

case "$action" in
  stop) stop_all; exit 0 ;;
  status) show_status; exit $? ;;
esac

mkdir -p "$run"
if pid=$(running_pid token-limiter); then
  die "이미 실행 중입니다 (pid $pid). 먼저 --stop 하세요 / already running (pid $pid); use --stop first"
fi
command -v curl >/dev/null && port_in_use "$gateway_port" &&
  die "포트 $gateway_port 이(가) 이미 사용 중입니다. --port 로 바꾸세요 / port $gateway_port is in use; choose another with --port"
command -v curl >/dev/null && port_in_use "$dashboard_port" &&
  die "포트 $dashboard_port 이(가) 이미 사용 중입니다. --dashboard-port 로 바꾸세요 / port $dashboard_port is in use; choose another with --dashboard-port"

bash scripts/install_deps.sh --build
if [[ ! -x $bin/token-limiter || ! -x $bin/sglang-standin ]]; then
  say "처음 빌드합니다. 몇 분 걸립니다 / first build, this takes a few minutes …"
fi
cmake --preset release >"$run/build.log" 2>&1 &&
  cmake --build --preset release --target token-limiter sglang-standin compile-tokenizer >>"$run/build.log" 2>&1 ||
  { tail -n 40 "$run/build.log" >&2; die "빌드 실패 / the build failed ($run/build.log)"; }

# Without npm or network this says so, and prompts are counted by the estimate.
bash scripts/fetch_tokenizers.sh "$bin/compile-tokenizer" build/release/share/token-limiter >>"$run/build.log"

trap 'stop_all' EXIT
trap 'exit 130' INT TERM

wait_for() {  # URL NAME SECONDS
  for ((i = 0; i < $3 * 5; i++)); do
    answers "$1" 2 && return 0
    running_pid "$2" >/dev/null || { tail -n 20 "$run/$2.log" >&2; die "$2 이(가) 종료되었습니다 / ended early ($run/$2.log)"; }
    sleep 0.2
  done
  die "$3 초 안에 응답이 없습니다 / no answer within $3 s: $1 ($run/$2.log)"
}

# --- 1. the engine
if is_engine; then
  say "엔진: 이미 떠 있는 SGLang을 씁니다 / engine: using the SGLang already at http://127.0.0.1:$engine_port"
elif port_in_use "$engine_port"; then
  die "포트 $engine_port 을(를) 다른 프로그램이 쓰고 있습니다. --engine-port 로 바꾸세요 / port $engine_port is used by something that is no engine; choose another with --engine-port"
elif [[ $force_standin == no ]] && python3 -c 'import sglang' 2>/dev/null && nvidia-smi >/dev/null 2>&1; then
  say "엔진: SGLang을 띄웁니다 ($model_path) / engine: launching SGLang; loading the model can take minutes"
  launch sglang python3 -m sglang.launch_server --model-path "$model_path" --host 127.0.0.1 --port "$engine_port" \
    --mem-fraction-static 0.75 --max-running-requests 16 --chunked-prefill-size 4096 --enable-metrics --enable-cache-report
  wait_for "http://127.0.0.1:$engine_port/v1/models" sglang 900
else
  say "엔진: GPU나 SGLang이 없어 모의 엔진(sglang-standin)을 띄웁니다. 답은 지어낸 글입니다 / engine: no SGLang or GPU here, starting the bundled stand-in; its answers are made up"
  standin_tokenizer=()
  qwen=build/release/share/token-limiter/source/qwen2.5/tokenizer.json
  [[ -s $qwen && $model_path == *[Qq]wen2.5* ]] && standin_tokenizer=(--tokenizer "$qwen")
  launch sglang-standin "$bin/sglang-standin" --port "$engine_port" \
    --model-path "$model_path" --served-model-name "$model_path" "${standin_tokenizer[@]}"
  wait_for "http://127.0.0.1:$engine_port/v1/models" sglang-standin 20
fi

# --- 2. the gateway; ports given here override the files
printf 'server: {port: %s}\ndashboard: {port: %s}\nsglang_server: {port: %s}\n' "$gateway_port" "$dashboard_port" \
  "$engine_port" >"$run/ports.yaml"
arguments=()
for file in "${configs[@]}" "$run/ports.yaml"; do arguments+=(--config "$file"); done
# Who may change things on the dashboard: a key of this machine alone, unless the operator brings one.
if [[ -z ${KTL_ADMIN_KEY:-} ]]; then
  [[ -s $run/admin-key ]] || (umask 077 && printf 'sk-admin-%s\n' "$(od -An -N24 -tx1 /dev/urandom | tr -d ' \n')" >"$run/admin-key")
  KTL_ADMIN_KEY=$(<"$run/admin-key")
  admin_hint="관리자 키 / admin key: $run/admin-key"
else
  admin_hint="관리자 키 / admin key: \$KTL_ADMIN_KEY"
fi
export KTL_ADMIN_KEY
launch token-limiter "$bin/token-limiter" serve "${arguments[@]}"
echo "$gateway_port" >"$run/gateway-port"
wait_for "http://127.0.0.1:$gateway_port/readyz" token-limiter 30

cat <<TEXT

준비되었습니다 / ready: http://127.0.0.1:$gateway_port   (로그 / logs: $run/*.log)
대시보드 / dashboard:   http://127.0.0.1:$dashboard_port   ($admin_hint)

curl http://127.0.0.1:$gateway_port/v1/chat/completions -H 'Authorization: Bearer sk-user1-korean-key-def' -H 'Content-Type: application/json' -d '{"model":"korean-qwen","messages":[{"role":"user","content":"안녕하세요! 자기소개를 해 주세요."}],"max_tokens":64}'
curl "http://127.0.0.1:$gateway_port/token-info?text=안녕하세요"
curl http://127.0.0.1:$gateway_port/stats/사용자1
TEXT

if [[ $action == background ]]; then
  trap - EXIT INT TERM
  say "백그라운드에서 실행 중 / running in the background; stop with: bash scripts/start_korean_sglang.sh --stop"
  exit 0
fi
say "Ctrl-C 로 끝냅니다 / Ctrl-C ends it"
while running_pid token-limiter >/dev/null; do sleep 0.5; done
tail -n 20 "$run/token-limiter.log" >&2
die "게이트웨이가 종료되었습니다 / the gateway ended"
