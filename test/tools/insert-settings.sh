#!/bin/sh
# Puts standard input between the markers "<!-- settings -->" and
# "<!-- end of settings -->" of the named file.
set -eu
table=$(mktemp)
trap 'rm -f "$table" "$1.new"' EXIT
cat >"$table"
awk -v table="$table" '
	/<!-- end of settings -->/ { inside = 0 }
	!inside { print }
	/<!-- settings -->/ { while ((getline line < table) > 0) print line; inside = 1 }
' "$1" >"$1.new"
cat "$1.new" >"$1"
