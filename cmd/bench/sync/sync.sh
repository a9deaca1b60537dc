#!/usr/bin/env bash
# sync.sh AIRSIDE REMOTE: airside sync beside git, as their users run them,
# on clones of a generated repository (50,000 files, 20,000 commits, checked
# out): nothing new, a fast-forward over 100 commits, a clean divergent merge
# with its push, a push of one commit. Prints the ratios.
set -euo pipefail
airside=$(realpath "$1") remote=$(realpath "$2")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export HOME=$work GIT_CONFIG_NOSYSTEM=1 GIT_TERMINAL_PROMPT=0
git config --global user.name bench
git config --global user.email bench@example.org
git config --global gc.auto 0

took() { # milliseconds that a command takes
  local start
  start=$(date +%s%N)
  "$@" >out 2>&1 || { cat out >&2; return 1; }
  echo $((($(date +%s%N) - start) / 1000000))
}
median() { sort -n | sed -n "$((($1 + 1) / 2))p"; }
tell() { awk -v what="$1" -v a="$2" -v g="$3" 'BEGIN { printf "%-34s airside %5d ms  git %5d ms  ratio %.2f\n", what, a, g, a/g }'; }
# beside NAME WHAT COMMAND…: airside sync in ours, the command in a copy of it
# that has a remote of its own.
beside() {
  local what=$1 a g
  shift
  rm -rf theirs.git theirs
  cp -a ours.git theirs.git
  cp -a ours theirs
  git -C theirs remote set-url origin "file://$work/theirs.git"
  a=$(cd ours && took "$airside" sync)
  g=$(cd theirs && took "$@")
  tell "$what" "$a" "$g"
}

cp -a "$remote" ours.git
git -C ours.git update-ref refs/heads/main refs/heads/next~100
git clone -q -b main "file://$work/ours.git" ours
(cd ours && "$airside" sync enable >/dev/null && "$airside" sync >/dev/null)

for _ in 1 2 3 4 5 6 7 8 9; do
  (cd ours && took "$airside" sync >>../a && took git fetch >>../g)
done
tell "nothing new (median of 9)" "$(median 9 <a)" "$(median 9 <g)"

git -C ours.git update-ref refs/heads/main refs/heads/next
beside "fast-forward over 100 commits" git pull -q --ff-only

first=$(git -C ours ls-files | head -n 1) last=$(git -C ours ls-files | tail -n 1)
git clone -q "file://$work/ours.git" other
(cd other && echo theirs >>"$last" && git commit -qam theirs && git push -q)
(cd ours && echo ours >>"$first" && git commit -qam ours)
beside "clean divergent merge, and push" sh -c 'git pull -q --no-rebase --no-edit && git push -q'

(cd ours && echo more >>"$first" && git commit -qam more)
beside "push of one commit" git push -q

/usr/bin/env bash -c "cd ours && { command -v /usr/bin/time >/dev/null && /usr/bin/time -f 'most memory: %M KiB' '$airside' sync >/dev/null; } || true"
