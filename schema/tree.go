package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
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

// node is one JSON value whose members keep their order. A node with raw bytes
// belongs to the prototype and is never changed; a composition copies such a
// node, and those above it, before it writes to it.
type node struct {
	kind   kind
	raw    []byte // the compact form; nil for a node that a composition owns
	text   string // of a string what it says, of other scalars their literal
	fields []field
	items  []*node
	scalar any // of a frozen scalar: its value, boxed once
}

// field is one member of an object. Copies of an object share its keys.
type field struct {
	*key
	value *node
}

type key struct {
	name  string
	quote []byte // the name as it is written, with the colon
}

func newField(name string, value *node) field {
	return field{key: &key{name: name, quote: append(appendQuoted(nil, name), ':')}, value: value}
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
		n.fields = append(n.fields, newField(name, value))
	}
	_, err := dec.Token() // the closing brace
	return n, err
}

// freeze writes the compact form of n and of all below, which makes them
// read-only.
func (n *node) freeze() {
	for _, f := range n.fields {
		f.value.freeze()
	}
	for _, item := range n.items {
		item.freeze()
	}
	n.raw = n.appendTo(nil)
	if n.kind != kindArray && n.kind != kindObject {
		n.scalar = n.value()
	}
}

// own returns a node that may be written to: n itself, or a shallow copy of a
// frozen one.
func (n *node) own() *node {
	if n.raw == nil {
		return n
	}
	c := *n
	c.raw = nil
	c.fields = append([]field(nil), n.fields...)
	c.items = append([]*node(nil), n.items...)
	return &c
}

// clone returns a copy that shares only frozen nodes with n.
func (n *node) clone() *node {
	if n.raw != nil {
		return n
	}
	c := *n
	c.fields = append([]field(nil), n.fields...)
	for i := range c.fields {
		c.fields[i].value = c.fields[i].value.clone()
	}
	c.items = append([]*node(nil), n.items...)
	for i := range c.items {
		c.items[i] = c.items[i].clone()
	}
	return &c
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
		n.fields = append(n.fields, newField(p[0], value))
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
	if n.raw != nil {
		return append(b, n.raw...)
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
			b = append(b, f.quote...)
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
