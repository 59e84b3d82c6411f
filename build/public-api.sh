#!/usr/bin/env bash
# Brings PublicAPI.Unshipped.txt of the libraries up to date with the code. With --ship, what is in it then goes to PublicAPI.Shipped.txt: at a release.
# Look at the difference before you commit it: a line that goes, or changes, breaks those who use it.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C
header='#nullable enable'
removed='*REMOVED*'
for folder in src/MaskGen.ML src/MaskGen.ML.Results src/MaskGen.ML.Web src/MaskGen.ML.Runs src/MaskGen.ML.Runs.Hangfire; do
  shipped=$folder/PublicAPI.Shipped.txt
  unshipped=$folder/PublicAPI.Unshipped.txt
  for file in "$shipped" "$unshipped"; do
    [ -e "$file" ] || echo "$header" >"$file"
  done

  # RS0016: public, but not listed. RS0017: listed, but not there any more.
  dotnet format analyzers "$folder" --diagnostics RS0016 RS0017 --severity warn
  lines() { grep -v -e '^#' -e '^$' "$@" || true; }
  if [ "${1:-}" = --ship ]; then
    gone=$(lines "$unshipped" | grep -F "$removed" | sed "s/^[*]REMOVED[*]//" || true)
    { echo "$header"; cat "$shipped" "$unshipped" | lines | grep -vF "$removed" | grep -vxF "${gone:-$header}" | sort -u; } >"$shipped.new"
    mv "$shipped.new" "$shipped"
    echo "$header" >"$unshipped"
  else
    { echo "$header"; lines "$unshipped" | sort -u; } >"$unshipped.new"
    mv "$unshipped.new" "$unshipped"
  fi
done
