#!/usr/bin/env bash
# Large books: how long the gateway takes to start on them, what an idle user costs in memory, how long /stats and a
# month's export take. Prints one figure a line.
#   bench/storage/run.sh [--users N] [--rows N] [--bin DIR] [--keep DIR]
set -euo pipefail
users=1000000 rows=10000000 bin=build/release/bin keep=
while (($#)); do
  case $1 in
    --users) users=$2; shift 2 ;;
    --rows) rows=$2; shift 2 ;;
    --bin) bin=$2; shift 2 ;;
    --keep) keep=$2; shift 2 ;;  # the folder for the books; made once, used again
    *) sed -n '2,4p' "$0"; exit 2 ;;
  esac
done

work=$(mktemp -d)
gateway_pid=
stop() {
  [[ -z $gateway_pid ]] && return
  kill "$gateway_pid" 2>/dev/null || true
  wait "$gateway_pid" 2>/dev/null || true
  gateway_pid=
}
trap 'stop; rm -rf "$work"' EXIT
admin=sk-bench-admin-0000000001

config() {  # the file of the books
  cat <<YAML
server: {port: 0, threads: 1}
dashboard: {enabled: false}
sglang_server: {host: 127.0.0.1, port: 9}
storage: {sqlite_path: "$1"}
security: {admin_keys: [$admin]}
logging: {access_log: false}
YAML
}

now_ms() { date +%s%3N; }
seconds() { awk -v from="$1" -v to="$2" 'BEGIN { printf "%.2f", (to - from) / 1000 }'; }
rss_kb() { awk '/^VmRSS/ { print $2 }' "/proc/$1/status"; }
peak_kb() { awk '/^VmHWM/ { print $2 }' "/proc/$1/status"; }

start() {  # the file of the books; sets took_s and port
  config "$1" >"$work/gateway.yaml"
  rm -f "$work/port"
  local begin; begin=$(now_ms)
  "$bin/token-limiter" --lang en serve --config "$work/gateway.yaml" --port-file "$work/port" >"$work/log" 2>&1 &
  gateway_pid=$!
  until [[ -s $work/port ]] && curl -fs "http://127.0.0.1:$(<"$work/port")/livez" >/dev/null; do
    kill -0 "$gateway_pid" 2>/dev/null || { cat "$work/log"; exit 1; }
    sleep 0.02
  done
  took_s=$(seconds "$begin" "$(now_ms)")
  port=$(<"$work/port")
}

folder=${keep:-$work}
mkdir -p "$folder"
books=$folder/books-$users-$rows.db
if [[ ! -e $books ]]; then
  begin=$(now_ms)
  "$bin/books_generator" "$books.new" --users "$users" --rows "$rows"
  for ending in "" -wal -shm; do [[ ! -e $books.new$ending ]] || mv "$books.new$ending" "$books$ending"; done
  echo "made $users users and $rows charges in $(seconds "$begin" "$(now_ms)") s, $(du -m "$books" | cut -f1) MB"
fi

start "$work/empty.db"
empty_kb=$(rss_kb "$gateway_pid")
echo "empty books: ready in $took_s s, $empty_kb kB"
stop

start "$books"
full_kb=$(rss_kb "$gateway_pid")
echo "these books: ready in $took_s s, $full_kb kB, at most $(peak_kb "$gateway_pid") kB"
awk -v kb=$((full_kb - empty_kb)) -v users="$users" 'BEGIN { printf "memory of an idle user: %.0f bytes\n", kb * 1024 / users }'
for user in user-0000001 "user-$(printf %07d $((users - 1)))"; do
  times=$(for _ in 1 2 3 4 5; do
    curl -fs -o "$work/stats" -w '%{time_total}\n' -H "Authorization: Bearer $admin" "http://127.0.0.1:$port/stats/$user"
  done | sort -n | sed -n 3p)
  echo "/stats/$user: $times s (median of 5), $(tr -d '\n' <"$work/stats" | cut -c1-160)"
done

timed() {  # name, command …
  local name=$1; shift
  /usr/bin/time -f "$name: %e s, at most %M kB" "$@" >"$work/out" 2>"$work/err" || { cat "$work/err"; exit 1; }
  tail -n 1 "$work/err"
}
from=$(date -d '-31 days' +%F) to=$(date -d '-1 day' +%F)
cli=("$bin/token-limiter" --lang en usage)
timed "a month's export, csv" "${cli[@]}" export --config "$work/gateway.yaml" --from "$from" --to "$to"
echo "  $(wc -l <"$work/out") lines, $(du -m "$work/out" | cut -f1) MB"
timed "a month's export of one user, jsonl" "${cli[@]}" export --config "$work/gateway.yaml" --from "$from" --to "$to" --user user-0000001 --format jsonl
timed "usage top, 30 days" "${cli[@]}" top --config "$work/gateway.yaml" --since 30d
timed "usage verify" "${cli[@]}" verify --config "$work/gateway.yaml"
cat "$work/out"
timed "usage backup" "${cli[@]}" backup --config "$work/gateway.yaml" "$work/backup.db"
stop
