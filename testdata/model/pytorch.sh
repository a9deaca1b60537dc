#!/usr/bin/env bash
# Runs a command where python3 has PyTorch: here, if it has, else in a small
# Debian of its own in the user's cache, made by debootstrap the first time (2
# minutes, 2 GB, root). Paths mean the same inside.
#
#   pytorch.sh FOLDER COMMAND…     FOLDER is readable and writable inside
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
folder=$(cd "$1" && pwd); shift
root=${XDG_CACHE_HOME:-$HOME/.cache}/airside-train/forky

if python3 -c 'import torch, numpy' 2>/dev/null; then exec "$@"; fi
if [ ! -e "$root/ready" ]; then
  # shellcheck source=/dev/null
  from=$(apt-get update --print-uris | sed -En "s|^'([^']*)/dists/$(. /etc/os-release && echo "$VERSION_CODENAME")/InRelease' .*|\\1|p" | head -n 1)
  rm -rf --one-file-system "$root"; mkdir -p "$root"
  unshare --mount debootstrap --variant=minbase --include=python3-torch,python3-numpy \
    forky "$root" "$from" /usr/share/debootstrap/scripts/sid >&2
  touch "$root/ready"
fi
# shellcheck disable=SC2016 # expanded by the shell that is started
exec unshare --mount bash -c '
  set -euo pipefail
  root=$1; here=$2; folder=$3; shift 3
  for d in /proc /dev /sys "$here" "$folder"; do mkdir -p "$root$d"; mount --rbind "$d" "$root$d"; done
  exec chroot "$root" env -C "$here" HOME=/tmp "$@"' - "$root" "$here" "$folder" "$@"
