// Package documents keeps small documents in a directory, a file of JSON each, and
// all of them in memory. It is shared by the adapters that keep what people made
// by hand or must look at: few, small, seldom changed.
//
// A file has two lines: the document and a SHA-256 over it. It is written under
// another name, synced and renamed, so that it is there whole or not at all, after
// a power loss too. Its name is made from the document's ID and is never a path.
package documents
