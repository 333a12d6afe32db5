#!/bin/sh
# Runs every fuzz target of the module for the given time.
set -eu
grep -rlE '^func Fuzz' --include='*_test.go' . | while read -r file; do
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9_]*\)(.*/\1/p' "$file"); do
		echo "== $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$1" "./$(dirname "$file")"
	done
done
