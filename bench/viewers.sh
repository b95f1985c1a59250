#!/usr/bin/env bash
# What the live dashboard costs the gateway: the same closed loop without a viewer and with five, in turn on the same
# gateway, and twenty viewers of a gateway that has little else to do.
#   viewers.sh [--rounds N] [--bin DIR] [--gate] [--keep]
#     --rounds N   interleaved rounds (5)
#     --bin DIR    where the programs are (build/release/bin)
#     --gate       exit code 1 if a limit of the table is missed
#     --keep       keep the folder with configurations, logs and samples
# Method: as compare.sh; a viewer reads /admin/events as a page does, beside the load generator.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cd "$here/.."

# shellcheck source=bench/measure.sh
source "$here/measure.sh"
begin "$@"
start_engine

viewers=()
open_viewers() {  # COUNT
  local i
  for ((i = 0; i < $1; i++)); do
    "${on_load_core[@]}" curl -sN "http://127.0.0.1:$port/admin/events" >"$work/viewer" &
    viewers+=($!)
  done
  started+=("${viewers[@]}")
  others=("$engine" "${viewers[@]}")
  wait_for_connections "$port" "$1"
}
close_viewers() {
  local pid
  for pid in "${viewers[@]}"; do end "$pid"; done
  viewers=() others=("$engine")
}
# Share of a core, in percent, over ten seconds with a hundred requests a second.
quiet_share() {
  local before
  before=$(cpu_ns "$proxy")
  load "$port" --mode open --rate 100 --seconds 10 --warmup 0 --body "$here/chat.json"
  awk -v ns=$(($(cpu_ns "$proxy") - before)) 'BEGIN {printf "%.3f", ns / 1e8}'
}
check_viewer() {
  [[ -s $work/viewer ]] || { echo "$name: a viewer was told nothing" >&2; wrong=$((wrong + 1)); }
}

port=$(free_port)
mkdir -p "$work/gateway"
write_gateway_config "$work/gateway" "$port" "$engine_port" estimate "{type: memory}" "{enabled: true, port: $(free_port)}"
start_gateway gateway
load "$port" --connections 64 --seconds 1 --warmup 0 --body "$here/chat.json"
for ((round = 1; round <= rounds; round++)); do
  printf '\rround %d of %d …' "$round" "$rounds" >&2
  for who in without five; do
    [[ $who == without ]] || open_viewers 5
    measured_load --connections 64 --seconds 3 --warmup 0.2 --body "$here/chat.json"
    check_clean "$who" "closed loop"
    sample cpu "$who" "$(per "$(per "$cpu_ns" 1000)" "$(got answers)")"
    sample rps "$who" "$(got rps)"
    [[ $who == without ]] || { check_viewer; close_viewers; }
  done
done
sample share without "$(quiet_share)"
open_viewers 20
sample share twenty "$(quiet_share)"
check_viewer
close_viewers
end "$proxy"
print_table viewers.awk "dashboard on"
