package schema

import (
	"fmt"
	"net/http"
)

// finder finds what stands at a pointer of a body.
type finder func(pointer) (any, bool)

// Read is the inverse of Compose: the neutral names found in a push, and what
// is wrong with the places where they were looked for. Of a body that is no
// JSON it reads the headers, and says what is wrong with its bytes.
func (p *Profile) Read(h http.Header, body []byte) (Values, []Violation) {
	var found findings
	doc, ok := decode(body, Lenient, &found)
	values, unread := p.readDocument(h, doc)
	if !ok {
		return values, found.violations()
	}
	return values, unread
}

// readNames reads the neutral names of a push, and says where they stood in a
// place that no table names, or where a header says otherwise than the body.
func (f *pushForm) readNames(h http.Header, find finder) (Values, []Violation) {
	values := make(Values, len(f.names))
	var found []Violation
	for _, n := range f.names {
		value, ok, odd := n.readFrom(h, find)
		found = append(found, odd...)
		if ok {
			values[n.key] = value
		}
	}
	return values, found
}

// readFrom reads one name.
func (n *name) readFrom(h http.Header, find finder) (value any, ok bool, odd []Violation) {
	if value, ok = n.readBody(find); !ok {
		var v Violation
		if value, v, ok = n.readAlso(find); ok {
			odd = append(odd, v)
		}
	}
	value, ok, differs := n.readHeaders(h, value, ok)
	if differs != nil {
		odd = append(odd, *differs)
	}
	return value, ok, odd
}

// readDocument is readNames of a decoded body.
func (p *Profile) readDocument(h http.Header, doc any) (Values, []Violation) {
	return p.push.readNames(h, func(at pointer) (any, bool) { return at.lookup(doc) })
}

// readBody reads a name at its canonical place. What is read can be composed
// again to the same body; a value from another place could not.
func (n *name) readBody(find finder) (any, bool) {
	if n.present != nil {
		if _, ok := find(n.pointers[0]); ok {
			return n.present.Yes, true
		}
		_, ok := find(n.pointers[0][:len(n.pointers[0])-1])
		return n.present.No, ok
	}
	v, ok := find(n.pointers[0])
	if !ok {
		return nil, false
	}
	return n.read(v)
}

func (n *name) readAlso(find finder) (any, Violation, bool) {
	for _, a := range n.also {
		v, ok := find(a.at)
		if !ok {
			continue
		}
		if value, ok := n.read(v); ok {
			return value, Violation{
				Rule: "misplaced", Severity: SeverityWarning, Pointer: a.Pointer, Found: describe(v),
				Documented: "this member stands at " + n.pointers[0].String(), Source: a.Source,
			}, true
		}
	}
	return nil, Violation{}, false
}

// readHeaders takes a name that the body lacks from a header, and compares the
// two where both have it.
func (n *name) readHeaders(h http.Header, body any, inBody bool) (value any, ok bool, differs *Violation) {
	for _, header := range n.headers {
		sent := h.Get(header)
		switch {
		case sent == "":
		case !inBody:
			return sent, true, nil
		case fmt.Sprint(body) != sent:
			return body, true, &Violation{
				Rule: "header_differs", Severity: SeverityWarning, Pointer: n.pointers[0].String(),
				Found:      fmt.Sprintf("%q, and %q in the header %s", fmt.Sprint(body), sent, header),
				Documented: "the same in both",
			}
		}
	}
	return body, inBody, nil
}
