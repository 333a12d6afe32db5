package main

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestRowsOnPostgreSQLSayWhyTheyCannotBeHad(t *testing.T) {
	_, err := pgProgram("no-such-program")
	require.ErrorContains(t, err, "not installed")

	rows := []row{{name: "theirs", against: "ours"}}
	at := &site{dir: t.TempDir()}
	overPostgres(&bench{postgres: false}, at, rows, [][][]byte{nil})
	require.Equal(t, "-postgres=false", rows[0].absent)
	require.Equal(t, "ours", rows[0].against, "the row stays")
	require.Empty(t, at.notes)
}
