#!/bin/sh
# Puts standard input between the markers "<!-- settings -->" and
# "<!-- end of settings -->" of the named file, or those of another name.
set -eu
name=${2:-settings}
table=$(mktemp)
trap 'rm -f "$table" "$1.new"' EXIT
cat >"$table"
awk -v table="$table" -v begin="<!-- $name -->" -v end="<!-- end of $name -->" '
	index($0, end) { inside = 0 }
	!inside { print }
	index($0, begin) { while ((getline line < table) > 0) print line; inside = 1 }
' "$1" >"$1.new"
cat "$1.new" >"$1"
