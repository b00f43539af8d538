// Package schema knows what platforms document: for each platform and date a
// profile of facts, the schema of the push and a prototype of it. It composes
// a press into a push, reads a push back into neutral names, and checks any
// bytes against what is documented. It does no network I/O.
package schema
