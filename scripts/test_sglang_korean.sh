#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test:
#   release   all of it, warnings are errors; all ctest entries
#   debug     AddressSanitizer + UndefinedBehaviorSanitizer; all ctest entries
#   tsan      ThreadSanitizer; the parts that threads share
#   e2e       the real programs, spoken to by the openai npm package and raw sockets
#   web       the dashboard of the real gateway in a real browser
# The last line is `N passed, N failed`; the exit code is not zero if anything failed.
#   test_sglang_korean.sh [stage …]      only these stages
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

stages=("$@")
[[ ${#stages[@]} -gt 0 ]] || stages=(release debug tsan e2e web)
# What more than one thread touches at the same time.
tsan_tests=(journal_test redis_outbox_test redis_store_test sqlite_store_test store_conformance_test telemetry_test net_test upstream_test gateway_test
            multi_loop_test admin_test gpu_test series_test prompt_test tokenizer_encoders_test)

# A second clone on the same machine finds what the first one compiled, where ccache is installed.
export CCACHE_BASEDIR=$PWD CCACHE_NOHASHDIR=1

# The published vocabularies, for all presets; where they cannot be fetched, the tests that need them skip and say so.
export KTL_TOKENIZER_DATA=$PWD/build/release/share/token-limiter

logs=build/test-logs
mkdir -p "$logs"
passed=0
failed=0
started=$SECONDS

headline() { printf '\n== %s  [%d s]\n' "$*" $((SECONDS - started)); }

finish() {
  printf '\n%d s\n%d passed, %d failed\n' $((SECONDS - started)) "$passed" "$failed"
  [[ $failed -eq 0 && $passed -gt 0 ]]
  exit
}

# A step that is no test of its own: silent when it works, one failure when it does not.
step() {  # NAME COMMAND…
  local name=$1 log
  shift
  log="$logs/${name//[^a-z0-9]/-}.log"
  if "$@" >"$log" 2>&1; then return 0; fi
  grep -E 'error|FAILED|warning:' "$log" | head -n 20
  tail -n 15 "$log"
  echo "실패 / failed: $name ($log)"
  failed=$((failed + 1))
  return 1
}

# Runs ctest and counts single tests: those of each GoogleTest program from its own report, every other entry as one.
count_ctest() {  # PRESET [ctest argument…]
  local preset=$1 reports="$PWD/build/$1/reports" name state tests failures
  shift
  rm -rf "$reports"
  mkdir -p "$reports"
  GTEST_OUTPUT="xml:$reports/" ctest --test-dir "build/$preset" -j2 --output-on-failure --no-tests=error \
    --output-junit "$reports/ctest.junit" "$@" >"$logs/ctest-$preset.log" 2>&1
  local good=0 bad=0
  while read -r name state; do
    tests=1 failures=0
    if [[ -s $reports/$name.xml ]]; then
      tests=$(sed -n 's/^<testsuites tests="\([0-9]*\)".*/\1/p' "$reports/$name.xml")
      failures=$(sed -n 's/^<testsuites .* failures="\([0-9]*\)".*/\1/p' "$reports/$name.xml")
    fi
    # A program that crashed, timed out or leaked has failed, whatever its report says.
    [[ $state == run || $failures -gt 0 ]] || failures=1
    [[ $failures -eq 0 ]] || echo "실패 / failed: $name ($preset)"
    good=$((good + tests - failures)) bad=$((bad + failures))
  done < <(sed -n 's/^.*<testcase name="\([^"]*\)".* status="\([^"]*\)".*/\1 \2/p' "$reports/ctest.junit" 2>/dev/null)
  if [[ $((good + bad)) -eq 0 ]]; then bad=1; fi
  [[ $bad -eq 0 ]] || { sed -n '/FAILED\|ERROR:\|Failure/,+12p' "$logs/ctest-$preset.log" | head -n 120; }
  echo "$preset: $good passed, $bad failed ($logs/ctest-$preset.log)"
  passed=$((passed + good)) failed=$((failed + bad))
}

count_node() {  # NAME BIN_DIR FILE…
  local name=$1 bin=$2 log="$logs/e2e-$1.log" good bad
  shift 2
  KTL_BIN=$PWD/$bin node --test --test-reporter=tap "$@" >"$log" 2>&1
  local status=$?
  good=$(sed -n 's/^# pass \([0-9]*\)$/\1/p' "$log" | tail -n 1)
  bad=$(sed -n 's/^# fail \([0-9]*\)$/\1/p' "$log" | tail -n 1)
  good=${good:-0} bad=${bad:-0}
  [[ $status -eq 0 || $bad -gt 0 ]] || bad=1
  [[ $bad -eq 0 ]] || grep -A 25 '^ *not ok' "$log" | head -n 120
  echo "e2e ($name): $good passed, $bad failed ($log)"
  passed=$((passed + good)) failed=$((failed + bad))
}

# Of the release preset, which may not have been configured yet.
build_release() {  # TARGET…
  if [[ ! -f build/release/build.ninja ]]; then cmake --preset release -DKTL_WERROR=ON || return; fi
  cmake --build --preset release --target "$@"
}

fetch_tokenizers() { bash scripts/fetch_tokenizers.sh build/release/bin/compile-tokenizer "$KTL_TOKENIZER_DATA"; }

headline "필요한 패키지 / packages"
step install bash scripts/install_deps.sh --test || finish

for stage in "${stages[@]}"; do
  case "$stage" in
    release | debug)
      headline "$stage: 빌드 / build"
      step "configure $stage" cmake --preset "$stage" -DKTL_WERROR=ON || continue
      step "build $stage" cmake --build --preset "$stage" || continue
      [[ $stage == debug ]] || step "tokenizer data" fetch_tokenizers
      headline "$stage: ctest"
      count_ctest "$stage"
      ;;
    tsan)
      headline "tsan: 빌드 / build"
      step "configure tsan" cmake --preset tsan -DKTL_WERROR=ON || continue
      step "build tsan" cmake --build --preset tsan --target "${tsan_tests[@]}" || continue
      headline "tsan: ctest"
      count_ctest tsan -R "^($(IFS='|'; echo "${tsan_tests[*]}"))\$"
      ;;
    e2e)
      headline "e2e: 실제 프로그램 / the real programs"
      step "build for e2e" build_release token-limiter sglang-standin compile-tokenizer oracle_encode fake_nvml || continue
      step "tokenizer data" fetch_tokenizers || continue
      step "npm ci" npm --prefix tests/e2e ci --no-audit --no-fund || continue
      count_node release build/release/bin tests/e2e/*.test.mjs
      # Another's tokenizers as the oracle. They come for few platforms; elsewhere the tests say that they skip.
      npm --prefix tests/oracle ci --no-audit --no-fund >"$logs/npm-oracle.log" 2>&1
      count_node oracle build/release/bin tests/oracle/*.test.mjs
      if [[ -x build/debug/bin/token-limiter ]]; then
        count_node asan build/debug/bin tests/e2e/sdk.test.mjs tests/e2e/malformed.test.mjs
      fi
      ;;
    web)
      headline "web: 브라우저로 보는 대시보드 / the dashboard in a browser"
      step "build for web" build_release token-limiter sglang-standin compile-tokenizer || continue
      step "tokenizer data" fetch_tokenizers || continue
      step "types of the page" npm --prefix web run --silent check
      step "npm ci for web" npm --prefix tests/web ci --no-audit --no-fund || continue
      count_node web build/release/bin tests/web/*.test.mjs
      ;;
    *) echo "알 수 없는 단계 / unknown stage: $stage"; failed=$((failed + 1)) ;;
  esac
done
finish
