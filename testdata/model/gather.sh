#!/usr/bin/env bash
# Lays the sources that sources.tsv names under FOLDER/train and FOLDER/held,
# one folder for each repository, with a manifest of what came and its licence.
# Only the ordinary clients of Debian, Go and npm are used; nothing is installed.
# What is there is not fetched again.
#
#   gather.sh FOLDER
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"/{train,held,fetched}
out=$(cd "$1" && pwd)
say() { printf 'gather: %s\n' "$*" >&2; }

# Debian's source packages need a `deb-src` line, which few machines have: the
# machine's own sources are read a second time, in a folder of our own.
apt=(apt-get -q -o "Dir::Etc::sourcelist=/dev/null" -o "Dir::Etc::sourceparts=$out/apt/parts"
  -o "Dir::State::lists=$out/apt/lists" -o "APT::Sandbox::User=root")
prepare_apt() {
  [ ! -e "$out/apt/ready" ] || return 0
  mkdir -p "$out"/apt/{parts,lists/partial}
  for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.{list,sources}; do
    [ -e "$f" ] || continue
    sed -e 's/^Types: deb$/Types: deb deb-src/' -e 's/^deb \(.*\)/&\ndeb-src \1/' "$f" >"$out/apt/parts/${f##*/}"
  done
  "${apt[@]}" update >&2
  touch "$out/apt/ready"
}

# fetch_HOW NAME VERSION FOLDER: puts the source into FOLDER, prints its version.
fetch_goroot() { cp -r "$(go env GOROOT)/src" "$3/src"; go env GOVERSION; }
fetch_gomod() {
  local v=$2 info
  [ "$v" != - ] || v=latest
  info=$(cd /tmp && GOFLAGS=-modcacherw go mod download -json "$1@$v") || return 1
  cp -rT --no-preserve=mode "$(field Dir <<<"$info")" "$3"
  field Version <<<"$info"
}
field() { sed -n "s/^.*\"$1\": \"\\(.*\\)\".*$/\\1/p"; }
fetch_npm() {
  (cd "$3" && npm pack --silent "$1$([ "$2" = - ] || echo "@$2")" >/dev/null && tar xzf ./*.tgz && rm ./*.tgz) || return 1
  sed -n 's/^[[:space:]]*"version": *"\([^"]*\)".*/\1/p' "$3/package/package.json" | head -n 1
}
fetch_cpython() {
  cp -rT "$(python3 -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" "$3/lib"
  rm -rf "$3/lib/site-packages" "$3/lib/dist-packages"
  python3 -c 'import platform; print(platform.python_version())'
}
fetch_deb() {
  prepare_apt
  (cd "$3" && "${apt[@]}" download "$1$([ "$2" = - ] || echo "=$2")" >&2 && dpkg-deb -x ./*.deb x) || return 1
  dpkg-deb -f "$3"/*.deb Version
  rm "$3"/*.deb
}
fetch_debsource() {
  prepare_apt
  (cd "$3" && "${apt[@]}" source --only-source "$1$([ "$2" = - ] || echo "=$2")" >&2) || return 1
  sed -n 's/^Version: //p' "$3"/*.dsc | head -n 1
  rm -f "$3"/*.{dsc,xz,gz,bz2,asc}
}

while IFS=$'\t' read -r how name version part licence; do
  case $how in ''|\#*) continue ;; esac
  safe=$how-${name//[\/@]/_}
  if [ ! -e "$out/fetched/$safe" ]; then
    rm -rf "$out/new"; mkdir "$out/new"
    if ! got=$("fetch_$how" "$name" "$version" "$out/new"); then
      say "not to be had: $how $name"
      continue
    fi
    rm -rf "${out:?}/$part/$safe"
    mv "$out/new" "$out/$part/$safe"
    printf '%s\t%s\t%s\t%s\t%s\n' "$how" "$name" "${got%%$'\n'*}" "$part" "$licence" >"$out/fetched/$safe"
  fi
done <"$here/sources.tsv"
cat "$out"/fetched/* >"$out/manifest.tsv"
say "$(wc -l <"$out/manifest.tsv") sources, $(du -sh "$out/train" | cut -f 1) to train on"
