#!/usr/bin/env bash
# Lists the lines of C# files that are longer than 140 characters. With --update it writes the list of excused files anew instead.
set -euo pipefail
cd "$(dirname "$0")/.."
export LC_ALL=C.UTF-8
files() { git ls-files 'src/*.cs' 'tests/*.cs' 'samples/*.cs' 'build/*.cs'; }
if [ "${1:-}" = --update ]; then
  files | while read -r file; do
    count=$(grep -cE '^.{141,}$' "$file" || true)
    [ "$count" -eq 0 ] || echo "$count $file"
  done | sort -k2 > tests/MaskGen.ML.Tests/LongLines.txt
else
  files | xargs grep -nE '^.{141,}$' || true
fi
