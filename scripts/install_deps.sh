#!/usr/bin/env bash
# Installs what is missing on Debian 12, and does nothing (in well under a second) when nothing is.
#   install_deps.sh --build   what building and running the gateway needs (the default)
#   install_deps.sh --test    that, and what the tests and the benchmark need
set -euo pipefail

build_packages=(
  g++ cmake ninja-build pkg-config ccache
  libsimdjson-dev libmimalloc-dev libyaml-cpp-dev libsqlite3-dev libssl-dev libfmt-dev libutf8proc-dev libpcre2-dev libexpected-dev libcli11-dev libgtest-dev liblua5.1-0-dev
  curl ca-certificates procps
)
test_packages=(
  clang-14 libclang-rt-14-dev clang-format-14 sqlite3 redis-server openssl nginx-light wrk jq strace time prometheus
  libsentencepiece-dev chromium fonts-noto-cjk
)

wanted=("${build_packages[@]}")
case "${1:---build}" in
  --build) ;;
  --test) wanted+=("${test_packages[@]}") ;;
  -h | --help) sed -n '2,4s/^# \{0,1\}//p' "$0"; exit 0 ;;
  *) echo "install_deps.sh: 알 수 없는 옵션 / unknown option: $1" >&2; exit 2 ;;
esac

if ! command -v dpkg-query >/dev/null; then
  echo "이 스크립트는 Debian 12용입니다. 다음 패키지를 직접 설치해 주세요:" >&2
  echo "This script is for Debian 12. Please install these packages yourself:" >&2
  echo "  ${wanted[*]}" >&2
  exit 1
fi

installed=$(dpkg-query -W -f='${Package} ${db:Status-Abbrev}\n' "${wanted[@]}" 2>/dev/null | awk '$2 == "ii" {print $1}' || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF "$package" <<<"$installed" || missing+=("$package")
done
# npm brings the tokenizer data and builds the web page. Any Node.js of 18 or later will do; Debian's own only where there is none.
node_major=$({ node --version 2>/dev/null || true; } | sed -n "s/^v\\([0-9]*\\)\\..*/\\1/p")
if [[ ${node_major:-0} -lt 18 ]]; then missing+=(nodejs npm); elif ! command -v npm >/dev/null; then missing+=(npm); fi
[[ ${#missing[@]} -gt 0 ]] || exit 0

as_root=()
if [[ $(id -u) -ne 0 ]]; then
  if ! command -v sudo >/dev/null; then
    echo "root 권한 또는 sudo가 필요합니다 / root or sudo is needed to install: ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi

echo "설치합니다 / installing: ${missing[*]}"
# Packages such as redis-server start a service when they are installed; we only want the program.
policy=/usr/sbin/policy-rc.d
if [[ ! -e $policy ]]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$policy" >/dev/null
  "${as_root[@]}" chmod 755 "$policy"
  trap '"${as_root[@]}" rm -f "$policy"' EXIT
fi
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
if ! { "${as_root[@]}" apt-get update -qq &&
       "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
  tail -n 30 "$log" >&2
  echo "패키지를 설치하지 못했습니다 / the packages could not be installed (log: $log)" >&2
  exit 1
fi
rm -f "$log"
