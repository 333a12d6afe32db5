package main

import (
	"bufio"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestReadAnswerTakesOneAnswerAndNoMore(t *testing.T) {
	for name, answer := range map[string]string{
		"of a length":  "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
		"in chunks":    "HTTP/1.1 207 Multi-Status\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\na\r\n0123456789\r\n0\r\n\r\n",
		"of no length": "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
	} {
		from := bufio.NewReader(strings.NewReader(answer + "next"))
		require.NoError(t, readAnswer(from), name)
		rest, err := io.ReadAll(from)
		require.NoError(t, err)
		require.Equal(t, "next", string(rest), name)
	}
}

func TestOnlyASuccessIsAnAnswer(t *testing.T) {
	for _, answer := range []string{
		"HTTP/1.1 409 Conflict\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 200 OK\r\n\r\n",
		"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
		"",
	} {
		require.Error(t, readAnswer(bufio.NewReader(strings.NewReader(answer))), answer)
	}
}
