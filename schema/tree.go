package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
)

// kind is what a JSON value is, in the words of JSON Schema.
type kind string

const (
	kindNull    kind = "null"
	kindBoolean kind = "boolean"
	kindNumber  kind = "number"
	kindString  kind = "string"
	kindArray   kind = "array"
	kindObject  kind = "object"
)

// node is one JSON value whose members keep their order. One that is sealed, with
// all below it, is never changed again: a composition copies it, and those above
// it, before it writes to it.
type node struct {
	kind   kind
	text   string // of a string what it says, of other scalars their literal
	fields []field
	items  []*node
	sealed bool
	frozen *frozen // of a prototype, or of what is given again; nil otherwise
}

// field is one member of an object.
type field struct {
	name  string
	value *node
}

// frozen are the forms in which a node is asked for again and again.
type frozen struct {
	raw    []byte // compact
	scalar any    // the value of a scalar, boxed once
}

func stringNode(s string) *node { return &node{kind: kindString, text: s} }

func numberNode(literal string) *node { return &node{kind: kindNumber, text: literal} }

// parseTree reads exactly one JSON document and keeps the order of its members.
func parseTree(data []byte) (*node, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	n, err := parseNode(dec, nil)
	if err == nil {
		if _, more := dec.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("more than one JSON value")
		}
	}
	if err != nil {
		line := 1 + bytes.Count(data[:min(int(dec.InputOffset()), len(data))], []byte{'\n'})
		return nil, fmt.Errorf("line %d: %w", line, err)
	}
	n.freeze()
	return n, nil
}

func parseNode(dec *json.Decoder, at pointer) (*node, error) {
	token, err := dec.Token()
	if err != nil {
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
	switch t := token.(type) {
	case nil:
		return &node{kind: kindNull, text: "null"}, nil
	case bool:
		return &node{kind: kindBoolean, text: strconv.FormatBool(t)}, nil
	case string:
		return stringNode(t), nil
	case json.Number:
		return numberNode(t.String()), nil
	case json.Delim:
		if t == '[' {
			return parseArray(dec, at)
		}
		return parseObject(dec, at)
	}
	return nil, fmt.Errorf("%s: unexpected %v", at, token)
}

func parseArray(dec *json.Decoder, at pointer) (*node, error) {
	n := &node{kind: kindArray}
	for dec.More() {
		item, err := parseNode(dec, at.child(strconv.Itoa(len(n.items))))
		if err != nil {
			return nil, err
		}
		n.items = append(n.items, item)
	}
	_, err := dec.Token() // the closing bracket
	return n, err
}

func parseObject(dec *json.Decoder, at pointer) (*node, error) {
	n := &node{kind: kindObject}
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, err
		}
		name, _ := token.(string)
		if _, ok := n.field(name); ok {
			return nil, fmt.Errorf("%s: the name stands twice", at.child(name))
		}
		value, err := parseNode(dec, at.child(name))
		if err != nil {
			return nil, err
		}
		n.fields = append(n.fields, field{name, value})
	}
	_, err := dec.Token() // the closing brace
	return n, err
}

// freeze seals n and writes down the forms of it and of all below.
func (n *node) freeze() {
	for _, f := range n.fields {
		f.value.freeze()
	}
	for _, item := range n.items {
		item.freeze()
	}
	made := &frozen{raw: n.appendTo(nil)}
	if n.kind != kindArray && n.kind != kindObject {
		made.scalar = n.value()
	}
	n.sealed, n.frozen = true, made
}

// seal makes n, and all below, a value that may stand in several places. It
// returns n.
func (n *node) seal() *node {
	if n.sealed {
		return n
	}
	n.sealed = true
	for _, f := range n.fields {
		f.value.seal()
	}
	for _, item := range n.items {
		item.seal()
	}
	return n
}

// own returns a node that may be written to: n itself, or a shallow copy of a
// sealed one.
func (n *node) own() *node {
	if !n.sealed {
		return n
	}
	return &node{kind: n.kind, text: n.text, fields: slices.Clone(n.fields), items: slices.Clone(n.items)}
}

func (n *node) field(name string) (int, bool) {
	for i := range n.fields {
		if n.fields[i].name == name {
			return i, true
		}
	}
	return 0, false
}

// below returns the member or element that a token names, nil for none.
func (n *node) below(token string) *node {
	switch n.kind {
	case kindObject:
		if i, ok := n.field(token); ok {
			return n.fields[i].value
		}
	case kindArray:
		if i, ok := index(token); ok && i < len(n.items) {
			return n.items[i]
		}
	}
	return nil
}

// at returns what p points at, nil for nothing.
func (n *node) at(p pointer) *node {
	for _, t := range p {
		if n = n.below(t); n == nil {
			return nil
		}
	}
	return n
}

// set returns n with value at p; ok is false, and nothing has changed, when
// there is no object or list to hold it.
func (n *node) set(p pointer, value *node) (_ *node, ok bool) {
	if len(p) == 0 {
		return value, true
	}
	switch n.kind {
	case kindObject:
		return n.setField(p, value)
	case kindArray:
		i, ok := index(p[0])
		if !ok || i >= len(n.items) {
			return n, false
		}
		below, ok := n.items[i].set(p[1:], value)
		if !ok {
			return n, false
		}
		n = n.own()
		n.items[i] = below
		return n, true
	}
	return n, false
}

func (n *node) setField(p pointer, value *node) (_ *node, ok bool) {
	i, known := n.field(p[0])
	if !known {
		if len(p) > 1 {
			return n, false
		}
		n = n.own()
		n.fields = append(n.fields, field{p[0], value})
		return n, true
	}
	below, ok := n.fields[i].value.set(p[1:], value)
	if !ok {
		return n, false
	}
	n = n.own()
	n.fields[i].value = below
	return n, true
}

// remove returns n without what p points at; ok is false when nothing stands
// there.
func (n *node) remove(p pointer) (_ *node, ok bool) {
	if n.at(p) == nil || len(p) == 0 {
		return n, false
	}
	parent := n.at(p[:len(p)-1]).own()
	last := p[len(p)-1]
	if parent.kind == kindObject {
		i, _ := parent.field(last)
		parent.fields = append(parent.fields[:i], parent.fields[i+1:]...)
	} else {
		i, _ := index(last)
		parent.items = append(parent.items[:i], parent.items[i+1:]...)
	}
	return n.set(p[:len(p)-1], parent)
}

// appendTo writes n in compact form: no spaces, nothing escaped that need not
// be.
func (n *node) appendTo(b []byte) []byte {
	if n.frozen != nil {
		return append(b, n.frozen.raw...)
	}
	switch n.kind {
	case kindString:
		return appendQuoted(b, n.text)
	case kindArray:
		b = append(b, '[')
		for i, item := range n.items {
			if i > 0 {
				b = append(b, ',')
			}
			b = item.appendTo(b)
		}
		return append(b, ']')
	case kindObject:
		b = append(b, '{')
		for i, f := range n.fields {
			if i > 0 {
				b = append(b, ',')
			}
			b = append(appendQuoted(b, f.name), ':')
			b = f.value.appendTo(b)
		}
		return append(b, '}')
	}
	return append(b, n.text...)
}

// appendQuoted writes s as a JSON string. encoding/json would escape <, > and &
// or the line separators; the platforms' captures escape only what they must.
func appendQuoted(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	if !escapes(s) {
		return append(append(b, s...), '"')
	}
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\n':
			b = append(b, '\\', 'n')
		case c == '\r':
			b = append(b, '\\', 'r')
		case c == '\t':
			b = append(b, '\\', 't')
		case c < ' ':
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// escapes reports whether something in s must be escaped.
func escapes(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c == '"' || c == '\\' {
			return true
		}
	}
	return false
}
