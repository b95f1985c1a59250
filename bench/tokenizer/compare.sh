#!/usr/bin/env bash
# Our token counting beside Hugging Face's tokenizers (Rust, from npm) and libsentencepiece, in one run, one thread, on one
# core:
#   compare.sh TOKENIZER_BENCH NAME=tokenizer.json... [--text FILE]
# Without --text the prose of the test vectors is used.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
bench=$(realpath "$1")
shift
text=
models=()
while [[ $# -gt 0 ]]; do
  case "$1" in
    --text) text=$(realpath "$2"); shift 2 ;;
    *=*) models+=("$1"); shift ;;
    *) echo "unknown argument: $1" >&2; exit 2 ;;
  esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here"/package.json "$here"/package-lock.json "$here"/.npmrc "$here"/*.mjs "$work/"
(cd "$work" && npm ci --no-audit --no-fund --silent) >&2
if [[ -z $text ]]; then
  text=$work/text
  node -e 'const fs = require("fs");
    for (const line of fs.readFileSync(process.argv[1], "utf8").trim().split("\n")) console.log(JSON.parse(line).text)' \
    "$here/../../tests/vectors/tokenizer/prose.jsonl" >"$text"
fi
core=$(($(nproc) - 1))
for model in "${models[@]}"; do
  name=${model%%=*}
  json=$(realpath "${model#*=}")
  "${bench%/*}/compile-tokenizer" "$json" "$work/$name.ktok"
  for vocabulary in "$json" "$work/$name.ktok"; do  # each in a process of its own
    taskset -c $core "$bench" "$name" "$vocabulary" | sed "s/^loading/fresh ${vocabulary##*.}/" >>"$work/table"
  done
  taskset -c $core "$bench" "$name" "$json" "$text" >>"$work/table"
  (cd "$work" && taskset -c $core node hugging_face.mjs "$name" "$json" "$text") >>"$work/table"
  # Another program for the vocabularies that it knows, where it was built.
  spm=${bench%/*}/sentencepiece_bench
  if [[ -x $spm ]] && node "$here/sentencepiece_model.mjs" "$json" "$work/$name.model" 2>/dev/null; then
    taskset -c $core "$spm" "$name" "$work/$name.model" "$text" >>"$work/table"
  fi
done
awk -F'\t' '
  $1 == "ours"    { ours[$2 FS $3] = $4; us[$2 FS $3] = $5; count[$2 FS $3] = $6; order[++n] = $2 FS $3 }
  $1 == "hf-rust" { hf[$2 FS $3] = $4; hf_us[$2 FS $3] = $5; hf_count[$2 FS $3] = $6 }
  $1 == "sentencepiece" { spm[$2 FS $3] = $4; spm_count[$2 FS $3] = $6 }
  $1 == "resent"  { resent[$2] = resent[$2] (resent[$2] == "" ? "" : ", ") $6 " (" $3 ")" }
  $1 == "hostile" { sub(/x$/, "", $5); if ($5 + 0 > worst[$2] + 0) { worst[$2] = $5; which[$2] = $3 } }
  $1 == "fresh json" { json[$2] = $3 ", " $4 }
  $1 == "fresh ktok" { ktok[$2] = $3 ", " $4 }
  END {
    print "| model | text | ours, MB/s | µs a call | HF Rust, MB/s | µs a call | times | sentencepiece, MB/s | tokens |"
    print "|---|---|---|---|---|---|---|---|---|"
    for (i = 1; i <= n; ++i) {
      k = order[i]; split(k, part, FS)
      printf "| %s | %s | %s | %s |", part[1], part[2], ours[k], us[k]
      if (k in hf) printf " %s | %s | %.1fx |", hf[k], hf_us[k], ours[k] / hf[k]; else printf " – | – | – |"
      printf " %s |", (k in spm) ? spm[k] : "–"
      same = (!(k in hf) || count[k] == hf_count[k]) && (!(k in spm) || count[k] == spm_count[k])
      print (k in hf) ? (same ? " equal |" : " DIFFERENT |") : " – |"
    }
    for (m in worst) printf "%s: loading in a fresh process, and peak memory: tokenizer.json %s; compact file %s; slowest hostile text: %s, %sx of ordinary text; a conversation of twenty turns again, of its first count: %s\n", m, json[m], ktok[m], which[m], worst[m], resent[m]
  }' "$work/table"
