#!/usr/bin/env bash
# Runs go test with the arguments. The last line names the tests that did not run, and
# what they lack (see test/needs).
notes=$(mktemp) || exit
trap 'rm -f "$notes"' EXIT
echo "go test $*"
NOT_RUN_FILE=$notes go test "$@"
result=$?
go run ./test/needs/report "$notes"
exit $result
