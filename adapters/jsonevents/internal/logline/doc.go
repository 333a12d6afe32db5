// Package logline encodes and decodes the lines of the log: one line of JSON for each commit, and
// one as the header of each segment. The order and spelling of the members are part of the format,
// and the decoders accept nothing else.
package logline
