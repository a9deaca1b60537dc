#!/usr/bin/env bash
# The recipe in a minute, on a few folders of Go's own source and a network of
# 64 columns: every step runs, training goes on where it was stopped, the loss
# falls, and airside's engine gives the exported file the same bits per byte as
# PyTorch its weights (so tokenizer, network and file are understood alike).
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work"/sources/{train,held}
cp -r "$(go env GOROOT)"/src/{bufio,bytes,encoding,errors,fmt} "$work/sources/train/"
cp -r "$(go env GOROOT)/src/strings" "$work/sources/held/"

small=(--width 64 --layers 2 --heads 4 --kv-heads 2 --feed-forward 192 --rows 8 --muon-rate 0.02 --adam-rate 0.005)
export VOCABULARY=1024 EVALUATE=
"$here/train.sh" "$work" "$work/sources" "${small[@]}" --tokens 100e3 >"$work/log"
"$here/train.sh" "$work" "$work/sources" "${small[@]}" --tokens 250e3 >>"$work/log"
grep -q 'going on from step' "$work/log"
grep -E '^(step|going|train|held|/)' "$work/log"

cd "$here/../.."
figures=$(go run ./cmd/bench/evaluate -json -model "$work/model.gguf" -languages go -forms plain \
  -lines 20 -blocks 5 -bytes 20000 "$work/held.jsonl")
there=$("$here/pytorch.sh" "$work" python3 bits.py "$work" go 20000)
echo "$figures"
echo "bits per byte by PyTorch: $there"
bits=${figures##*\"bitsPerByte\":}
awk -v a="${bits%%[,\}]*}" -v b="$there" 'BEGIN {
  if (a < b * 0.98 || a > b * 1.02) { print "the engine and PyTorch differ"; exit 1 }
  if (b > 4) { print "nothing was learned"; exit 1 } }'
