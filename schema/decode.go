package schema

import (
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// The bounds of what is read. They are ours: no platform documents any, and
// they keep what comes from strangers cheap.
const (
	maxDepth    = 1000 // arrays and objects inside each other
	maxNumber   = 128  // characters of a number
	maxExponent = 3    // digits of a number's exponent
)

// rfcJSON is the document behind the rules about bytes.
const rfcJSON = "RFC 8259"

// decode reads a body as one JSON value in the Go types that encoding/json
// gives with UseNumber, and collects what is wrong with its bytes. Strings are
// cut out of one copy of the body; those that are no Unicode keep their bytes,
// so that two different ids never become one. ok is false when there is no
// value to go on with.
func decode(body []byte, s Strength, found *findings) (v any, ok bool) {
	r := readers.Get().(*reader)
	defer r.free()
	return r.document(body, s, found)
}

// decodeOrdered reads as decode does at Strict, but gives objects as nodes, whose
// members keep their order and where two names may differ in case alone.
func decodeOrdered(body []byte, found *findings) (v any, ok bool) {
	r := readers.Get().(*reader)
	defer r.free()
	r.ordered = true
	return r.document(body, Strict, found)
}

func (r *reader) document(body []byte, s Strength, found *findings) (v any, ok bool) {
	r.src, r.pos, r.found = string(body), 0, found
	r.flag = SeverityWarning
	if s == Strict {
		r.flag = SeverityError
	}
	r.unicode = utf8.ValidString(r.src)

	if strings.HasPrefix(r.src, "\ufeff") {
		found.add(Violation{
			Rule: "bom", Severity: SeverityError, Found: "a byte order mark",
			Documented: "JSON text without one", Source: rfcJSON + " section 8.1",
		})
		r.pos = len("\ufeff")
	}
	r.space()
	if v, ok = r.value(); !ok {
		return nil, false
	}
	r.space()
	if r.pos < len(r.src) {
		found.add(Violation{
			Rule: "trailing_data", Severity: SeverityError, Found: r.here() + " behind the value",
			Documented: "exactly one JSON value", Source: rfcJSON + " section 2", Offset: int64(r.pos),
		})
	}
	return v, true
}

// reader reads one body. A reader is reused: its stacks keep their room.
type reader struct {
	src     string
	pos     int
	unicode bool     // the whole body is valid UTF-8
	ordered bool     // objects become nodes
	flag    Severity // of what strict refuses and lenient only flags
	found   *findings

	lends   bool             // objects are good until free alone
	objects []map[string]any // those it lends, in the order in which they end
	lent    int              // how many of them

	path    []step   // where the reader stands, one step for each open container
	members []member // of the objects being read, innermost last
	items   []any    // of the arrays being read, innermost last
}

// step is one level of the path: the member's name, or the item's index when
// name is not used.
type step struct {
	name  string
	index int // inObject or noStep in an object
}

// The indexes of a step that is no array's.
const (
	inObject = -1 // name says where
	noStep   = -2 // the next name is not read yet
)

// member is one member of an object that is being read.
type member struct {
	name  string
	value any
	at    int  // offset of the name
	folds bool // the name may equal another but for case
}

var readers = sync.Pool{New: func() any { return new(reader) }}

// free gives the reader back without holding on to the body.
func (r *reader) free() {
	large := len(r.objects) > 256 // a hostile body's objects are not kept
	for _, object := range r.objects[:r.lent] {
		large = large || len(object) > 64
		clear(object)
	}
	if large {
		r.objects = nil
	}
	clear(r.path[:cap(r.path)])
	clear(r.members[:cap(r.members)])
	clear(r.items[:cap(r.items)])
	const room = 1024 // a hostile body's stacks are not kept
	if cap(r.members) > room || cap(r.items) > room || cap(r.path) > room {
		*r = reader{}
	}
	*r = reader{objects: r.objects, path: r.path[:0], members: r.members[:0], items: r.items[:0]}
	readers.Put(r)
}

func (r *reader) space() {
	for r.pos < len(r.src) {
		switch r.src[r.pos] {
		case ' ', '\t', '\n', '\r':
			r.pos++
		default:
			return
		}
	}
}

// value reads the value that begins at pos.
func (r *reader) value() (any, bool) {
	if r.pos == len(r.src) {
		return nil, r.broken("a value")
	}
	switch c := r.src[r.pos]; {
	case c == '{':
		return r.object()
	case c == '[':
		return r.array()
	case c == '"':
		s, _, ok := r.text()
		return s, ok
	case c == '-' || '0' <= c && c <= '9':
		return r.number()
	}
	for _, w := range [...]struct {
		word  string
		value any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if strings.HasPrefix(r.src[r.pos:], w.word) {
			r.pos += len(w.word)
			return w.value, true
		}
	}
	return nil, r.broken("a value")
}

// note adds a violation, whose texts are made only when there is room for it.
func (r *reader) note(s Severity, make func() Violation) {
	if r.found.full() {
		r.found.skip(1, s)
		return
	}
	v := make()
	v.Severity = s
	r.found.add(v)
}

func (r *reader) array() (any, bool) {
	if !r.open(step{index: 0}) {
		return nil, false
	}
	base := len(r.items)
	if r.close(']') {
		return []any{}, true
	}
	for i := 0; ; i++ {
		r.path[len(r.path)-1].index = i
		r.space()
		v, ok := r.value()
		if !ok {
			return nil, false
		}
		r.items = append(r.items, v)
		if r.after(',') {
			continue
		}
		if r.close(']') {
			break
		}
		return nil, r.broken("a comma or ']'")
	}
	list := make([]any, len(r.items)-base)
	copy(list, r.items[base:])
	r.items = r.items[:base]
	return list, true
}

// open steps into a container, unless it is too deep.
func (r *reader) open(s step) bool {
	if len(r.path) == maxDepth {
		r.found.add(Violation{
			Rule: "depth", Severity: SeverityError, Pointer: "",
			Found:      "arrays and objects more than " + strconv.Itoa(maxDepth) + " deep",
			Documented: "at most " + strconv.Itoa(maxDepth) + " (a limit of hookdrill)", Offset: int64(r.pos),
		})
		return false
	}
	r.pos++
	r.path = append(r.path, s)
	return true
}

// close steps out of a container if its end comes next.
func (r *reader) close(end byte) bool {
	if !r.after(end) {
		return false
	}
	r.path = r.path[:len(r.path)-1]
	return true
}

// after skips white space and c, if c comes next.
func (r *reader) after(c byte) bool {
	r.space()
	if r.pos == len(r.src) || r.src[r.pos] != c {
		return false
	}
	r.pos++
	return true
}

// broken notes that the body is no JSON: what stands at pos is not what has to.
func (r *reader) broken(want string) bool {
	r.note(SeverityError, func() Violation {
		return Violation{
			Rule: "json", Pointer: r.pointer(), Found: r.here(),
			Documented: "JSON: " + want + " here", Source: rfcJSON, Offset: int64(r.pos),
		}
	})
	return false
}

// here says what stands at pos.
func (r *reader) here() string {
	if r.pos == len(r.src) {
		return "the end of the body, at offset " + strconv.Itoa(r.pos)
	}
	c, n := utf8.DecodeRuneInString(r.src[r.pos:])
	at := " at offset " + strconv.Itoa(r.pos)
	if c == utf8.RuneError && n == 1 {
		return "byte 0x" + strconv.FormatUint(uint64(r.src[r.pos]), 16) + at
	}
	return strconv.QuoteRune(c) + at
}

// pointer is where the reader stands.
func (r *reader) pointer() string {
	var b strings.Builder
	for _, s := range r.path {
		switch {
		case s.index == noStep:
		case s.index >= 0:
			b.WriteByte('/')
			b.WriteString(strconv.Itoa(s.index))
		default:
			b.WriteByte('/')
			b.WriteString(escapeToken.Replace(s.name))
		}
	}
	return b.String()
}
