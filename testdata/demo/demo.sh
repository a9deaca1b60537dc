#!/bin/sh
# Shows completions on the sample files beside this script, by the built-in
# model: ¦ marks the cursor in each. Usage: demo.sh AIRSIDE
set -eu
airside=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
dir=$(cd "$(dirname "$0")" && pwd)
# Where nothing is beside the samples: the memory of this repository knows them.
empty=$(mktemp -d)
trap 'rm -rf "$empty"' EXIT
cd "$empty"

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then ghost='\033[36;3m' plain='\033[0m' bold='\033[1m'
else ghost='«' plain='»' bold=''; fi
end=$plain; [ -n "$bold" ] || end=''

for sample in "$dir"/*.sample; do
  name=$(basename "$sample" .sample)
  before=$(sed '/¦/q' "$sample" | sed 's/¦.*//'; echo x)
  before=${before%?x}
  line=$(grep -n '¦' "$sample" | cut -d: -f1)
  col=$(grep '¦' "$sample" | sed 's/¦.*//' | tr -d '\n' | LC_ALL=C wc -c)
  text=$(sed 's/¦//' "$sample" |
    AIRSIDE_BACKEND=builtin "$airside" complete --stdin "$name:$line:$((col + 1))"; echo x)
  text=${text%x}
  after=$(sed -n '/¦/,$p' "$sample" | sed '1s/.*¦//')
  printf "${bold}── %s${end}\n%s${ghost}%s${plain}%s\n\n" "$name" "$before" "$text" "$after"
done
