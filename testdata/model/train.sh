#!/usr/bin/env bash
# From sources to a model and its figures. Each step is skipped when what it
# makes is there; training goes on from its last checkpoint. See README.md.
#
#   train.sh WORK [SOURCES] [train.py's options]
#
# SOURCES is a folder with train/REPOSITORY/… and held/REPOSITORY/…; by default
# gather.sh fetches those of sources.tsv into WORK/sources. VOCABULARY (5120)
# is the number of tokens, BASE a GGUF to go on from, none by default. EVALUATE=
# leaves out the figures.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
work=$(cd "$1" && pwd); shift
sources=
if [ $# -gt 0 ] && [[ $1 != -* ]]; then sources=$(cd "$1" && pwd); shift; fi
base=${BASE-}
python() { "$here/pytorch.sh" "$work" python3 "$@"; }

if [ -z "$sources" ]; then
  sources=$work/sources
  "$here/gather.sh" "$sources"
fi
if [ ! -e "$work/train.jsonl" ]; then python3 "$here/corpus.py" "$sources" "$work"; fi
if [ -n "$base" ]; then cp "$base" "$work/base.gguf"; base=$work/base.gguf; fi
if [ ! -e "$work/tokenizer.json" ]; then python tokenizer.py "$work" "${VOCABULARY:-5120}" ${base:+"$base"}; fi
python train.py "$work" ${base:+--base "$base"} "$@"
python export.py "$work" "$work/model.gguf" "${NAME:-airside-tiny}" "${LICENCE:-see its card}"
cd "$here/../.."
if [ -n "${EVALUATE-1}" ]; then
  go run ./cmd/bench/evaluate -model "$work/model.gguf" "$work/held.jsonl"
fi
