package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// pointer is a parsed JSON pointer (RFC 6901). In a profile a token "*" stands
// for every element of a list.
type pointer []string

// each is the token that stands for every element of a list.
const each = "*"

var (
	unescapeToken = strings.NewReplacer("~1", "/", "~0", "~")
	escapeToken   = strings.NewReplacer("~", "~0", "/", "~1")
)

// parsePointer reads a JSON pointer; "" is the whole document.
func parsePointer(s string) (pointer, error) {
	if s == "" {
		return nil, nil
	}
	if s[0] != '/' {
		return nil, fmt.Errorf("JSON pointer %q: does not begin with /", s)
	}
	for i := range len(s) {
		if s[i] == '~' && (i+1 == len(s) || s[i+1] != '0' && s[i+1] != '1') {
			return nil, fmt.Errorf("JSON pointer %q: ~ at %d is neither ~0 (a ~) nor ~1 (a /)", s, i)
		}
	}
	tokens := strings.Split(s[1:], "/")
	for i, t := range tokens {
		tokens[i] = unescapeToken.Replace(t)
	}
	return tokens, nil
}

// String writes the pointer as RFC 6901 has it.
func (p pointer) String() string {
	var b strings.Builder
	for _, t := range p {
		b.WriteByte('/')
		b.WriteString(escapeToken.Replace(t))
	}
	return b.String()
}

// child returns the pointer to one member or element below p. It never shares
// p's room, so that siblings cannot overwrite each other.
func (p pointer) child(token string) pointer { return append(p[:len(p):len(p)], token) }

// with returns p with its first "*" replaced by an index.
func (p pointer) with(index int) pointer {
	for i, t := range p {
		if t == each {
			out := append(pointer(nil), p...)
			out[i] = strconv.Itoa(index)
			return out
		}
	}
	return p
}

// star returns where p's first "*" stands, or -1.
func (p pointer) star() int {
	for i, t := range p {
		if t == each {
			return i
		}
	}
	return -1
}

// holds reports whether q stands at p or below it.
func (p pointer) holds(q pointer) bool {
	if len(q) < len(p) {
		return false
	}
	for i := len(p) - 1; i >= 0; i-- { // pointers differ where they end
		if p[i] != q[i] {
			return false
		}
	}
	return true
}

// meets reports whether something can stand at both pointers, or at one of them in
// what stands at the other.
func (p pointer) meets(q pointer) bool {
	for i := range min(len(p), len(q)) {
		if p[i] != q[i] && p[i] != each && q[i] != each {
			return false
		}
	}
	return true
}

// meet reports whether one of a meets one of b.
func meet(a, b []pointer) bool {
	return slices.ContainsFunc(a, func(p pointer) bool { return slices.ContainsFunc(b, p.meets) })
}

// index reads a token as an element's index: digits without leading zeros.
func index(token string) (int, bool) {
	if token == "" || len(token) > 9 || token[0] == '0' && len(token) > 1 {
		return 0, false
	}
	n := 0
	for i := range len(token) {
		if token[i] < '0' || token[i] > '9' {
			return 0, false
		}
		n = n*10 + int(token[i]-'0')
	}
	return n, true
}

// lookup finds what p points at in a decoded document (maps, lists and scalars
// as encoding/json gives them).
func (p pointer) lookup(doc any) (any, bool) {
	for _, t := range p {
		switch v := doc.(type) {
		case map[string]any:
			below, ok := v[t]
			if !ok {
				return nil, false
			}
			doc = below
		case []any:
			i, ok := index(t)
			if !ok || i >= len(v) {
				return nil, false
			}
			doc = v[i]
		default:
			return nil, false
		}
	}
	return doc, true
}
