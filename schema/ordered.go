package schema

import (
	"bytes"
	"cmp"
	"fmt"
	"iter"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Tree is one JSON value whose members keep their order and whose numbers keep
// their digits. It is immutable and safe for concurrent use. It is never the
// zero Tree: ReadTree, TextTree and the methods of a Tree make one.
type Tree struct{ root *node }

// TreeError says where a text is no JSON, or JSON that hookdrill does not read.
type TreeError struct {
	Offset       int64 // in bytes, from 0
	Line, Column int   // from 1; a column is a character
	Found        string
	Wanted       string
}

// Error writes "line 3, column 7 (offset 41): found '}'; want JSON: a value here".
func (e *TreeError) Error() string {
	return fmt.Sprintf("line %d, column %d (offset %d): found %s; want %s", e.Line, e.Column, e.Offset, e.Found, e.Wanted)
}

// ReadTree reads exactly one JSON value, within the bounds of every body: no
// byte order mark, UTF-8 alone, each name once in its object, 1,000 levels,
// numbers of 128 characters. The error is a *TreeError.
func ReadTree(data []byte) (Tree, error) {
	var found findings
	v, _ := decodeOrdered(data, &found)
	if len(found.list) > 0 {
		return Tree{}, newTreeError(data, found.list[0])
	}
	root, err := toNode(v)
	if err != nil {
		return Tree{}, newTreeError(data, Violation{Found: err.Error(), Documented: "JSON"})
	}
	return Tree{root}, nil
}

// newTreeError takes the place out of the violation's text and says it by line
// too.
func newTreeError(data []byte, v Violation) *TreeError {
	before := data[:min(max(int(v.Offset), 0), len(data))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	offset := " at offset " + strconv.FormatInt(v.Offset, 10)
	return &TreeError{
		Offset: v.Offset, Line: 1 + bytes.Count(before, []byte{'\n'}), Column: 1 + utf8.RuneCount(line),
		Found: strings.NewReplacer(","+offset, "", offset, "").Replace(v.Found), Wanted: v.Documented,
	}
}

// TextTree returns the JSON string that says s, which must be UTF-8.
func TextTree(s string) Tree { return Tree{stringNode(s)} }

// At returns what stands at a path of members' names and elements' indexes; ok is
// false when nothing does.
func (t Tree) At(path ...string) (below Tree, ok bool) {
	n := t.root.at(path)
	return Tree{n}, n != nil
}

// Nearest says why nothing stands at a path, and what may have been meant:
// `/incident has no "titel"; did you mean "title"?`. It is "" where something
// does.
func (t Tree) Nearest(path ...string) string {
	return strings.TrimPrefix(strings.TrimSuffix(t.root.nearest(path), wholeList), ": ")
}

// Scalar returns what a string says, and a number or a boolean as it is written;
// ok is false for null, objects and arrays.
func (t Tree) Scalar() (text string, ok bool) {
	switch t.root.kind {
	case kindString, kindNumber, kindBoolean:
		return t.root.text, true
	}
	return "", false
}

// JSON returns t as compact JSON, in which only what must be escaped is.
func (t Tree) JSON() []byte { return t.root.appendTo(nil) }

// String returns what a string says, and everything else as compact JSON.
func (t Tree) String() string {
	if t.root.kind == kindString {
		return t.root.text
	}
	return string(t.JSON())
}

// childOf is the pointer to a member or element of what stands at a pointer. It is
// carried along as text and clipped: a long name above many members would make a
// list of them gigabytes.
func childOf(at, token string) string {
	if len(at) > maxPointer {
		return at // is clipped already
	}
	return clip(at + "/" + escapeToken.Replace(token))
}

// Names returns the JSON pointer, clipped as a violation's is, and the name of
// every member, in order.
func (t Tree) Names() iter.Seq2[string, string] {
	return func(yield func(at, name string) bool) { t.root.names("", yield) }
}

func (n *node) names(at string, yield func(at, name string) bool) bool {
	for _, f := range n.fields {
		member := childOf(at, f.name)
		if !yield(member, f.name) || !f.value.names(member, yield) {
			return false
		}
	}
	for i, item := range n.items {
		if !item.names(childOf(at, strconv.Itoa(i)), yield) {
			return false
		}
	}
	return true
}

// Replace returns t with f's tree in place of every string but the members'
// names, in order. f is given the string's JSON pointer, clipped as a violation's
// is, and what it says; the first error ends it.
func (t Tree) Replace(f func(at, text string) (Tree, error)) (Tree, error) {
	root, err := t.root.replace("", f)
	return Tree{cmp.Or(root, t.root)}, err
}

func (n *node) replace(at string, f func(at, text string) (Tree, error)) (*node, error) {
	switch n.kind {
	case kindString:
		made, err := f(at, n.text)
		return made.root, err
	case kindObject:
		out := &node{kind: kindObject, fields: make([]field, len(n.fields))}
		for i, member := range n.fields {
			value, err := member.value.replace(childOf(at, member.name), f)
			if err != nil {
				return nil, err
			}
			member.value = value
			out.fields[i] = member
		}
		return out, nil
	case kindArray:
		out := &node{kind: kindArray, items: make([]*node, len(n.items))}
		for i, item := range n.items {
			value, err := item.replace(childOf(at, strconv.Itoa(i)), f)
			if err != nil {
				return nil, err
			}
			out.items[i] = value
		}
		return out, nil
	}
	return n, nil
}
