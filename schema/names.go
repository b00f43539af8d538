package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Values are neutral names of a press (event_id, incident, title, host, ...)
// with their values, or JSON pointers into the body (keys that begin with "/")
// with theirs. Values are what encoding/json gives with UseNumber; a nil value
// removes the member. Times of neutral names are RFC 3339 strings, whatever the
// platform writes.
type Values map[string]any

// Scope says how long a neutral name keeps its value.
type Scope string

// The scopes of neutral names.
const (
	ScopeIncident Scope = "incident" // the same in every press of one incident
	ScopeAction   Scope = "action"   // the same in every press of one action
	ScopePress    Scope = "press"    // new with every press
)

// Name is one neutral name that a profile knows.
type Name struct {
	Name     string
	Scope    Scope
	Pointers []string // where it stands in the body, first the canonical place
	Headers  []string // headers that carry it too
	Derived  bool     // made from other names, unless it is given: a PagerDuty incident's description is its title
}

// Names returns the neutral names that p knows, sorted.
func (p *Profile) Names() []Name {
	out := make([]Name, 0, len(p.push.names))
	for _, n := range p.push.names {
		entry := Name{Name: n.key, Scope: n.scope, Headers: slices.Clone(n.headers), Derived: p.push.derives(n)}
		for _, at := range n.pointers {
			entry.Pointers = append(entry.Pointers, at.String())
		}
		out = append(out, entry)
	}
	return out
}

// Only returns those of v whose neutral name has this scope; pointers are left
// out.
func (p *Profile) Only(s Scope, v Values) Values {
	out := make(Values)
	for _, n := range p.push.names {
		if value, ok := v[n.key]; ok && n.scope == s {
			out[n.key] = value
		}
	}
	return out
}

// derives reports whether n stands where a derivation writes the same again
// whenever the members that it reads are the same.
func (f *pushForm) derives(n *name) bool {
	return slices.ContainsFunc(f.derived, func(d derivation) bool {
		return derivations[d.Func].repeats && (len(d.links) == 0 || n.before == "") &&
			slices.ContainsFunc(d.writes(), func(at pointer) bool { return slices.Equal(at, n.pointers[0]) })
	})
}

// name is a neutral name bound to a prototype.
type name struct {
	key      string
	scope    Scope
	pointers []pointer
	headers  []string
	also     []alsoRead
	platform map[string]string // neutral value to platform value
	neutral  map[string]string // and back
	time     string            // unit of a time: s, ms, rfc3339; "" for no time
	before   string            // the value is what stands before the last of this
	present  *presence
	mint     *mint
	spot     spot   // the canonical place
	kind     kind   // of the place in the prototype
	example  string // the prototype's text at the canonical place
}

// nameFile is a neutral name as profile.json has it.
type nameFile struct {
	Scope    Scope             `json:"scope"`
	Pointers []string          `json:"pointers"`
	Also     []alsoRead        `json:"also,omitempty"`
	Map      map[string]string `json:"map,omitempty"`
	ReadsAs  map[string]string `json:"reads_as,omitempty"`
	Time     string            `json:"time,omitempty"`
	Before   string            `json:"before,omitempty"`
	Present  *presence         `json:"present,omitempty"`
	Mint     *mint             `json:"mint,omitempty"`
}

// alsoRead is a place where a name is read although it belongs elsewhere, which
// is worth a warning, and the document that has it there.
type alsoRead struct {
	Pointer string `json:"pointer"`
	Source  string `json:"source"`

	at pointer
}

// presence makes a neutral value of whether a member is there.
type presence struct {
	Yes string `json:"yes"`
	No  string `json:"no"`
}

// bind checks a name against the prototype.
func (f nameFile) bind(key string, prototype *node, headers []headerFact) (*name, error) {
	n := &name{key: key, scope: f.Scope, also: slices.Clone(f.Also), time: f.Time, before: f.Before, present: f.Present, mint: f.Mint}
	var err error
	if n.pointers, err = parsePointers(f.Pointers); err != nil {
		return nil, err
	}
	if len(n.pointers) == 0 {
		return nil, errors.New("no pointers; a name that the body has no place for is left out")
	}
	for i, at := range n.pointers {
		place := prototype.at(at)
		if place == nil {
			return nil, fmt.Errorf("pointer %s leads nowhere in push.prototype.json", at)
		}
		if i == 0 {
			n.kind, n.example = place.kind, place.text
		}
	}
	for i := range n.also {
		if n.also[i].at, err = parsePointer(n.also[i].Pointer); err != nil {
			return nil, err
		}
	}
	for _, h := range headers {
		if carried, ok := h.carries(); ok && carried == key {
			n.headers = append(n.headers, h.Name)
		}
	}
	if n.mint != nil {
		if err := n.mint.check(); err != nil {
			return nil, fmt.Errorf("mint: %w", err)
		}
	}
	return n, n.bindMap(f.Map, f.ReadsAs)
}

// bindMap makes the value map and its inverse, which must be one.
func (n *name) bindMap(forth, readsAs map[string]string) error {
	if len(forth) == 0 {
		return nil
	}
	n.platform, n.neutral = forth, make(map[string]string)
	for _, neutral := range sortedKeys(forth) {
		platform := forth[neutral]
		if back, ok := readsAs[platform]; ok {
			n.neutral[platform] = back
			continue
		}
		if other, taken := n.neutral[platform]; taken {
			return fmt.Errorf("map: %q and %q are both written %q; reads_as must say as what it is read", other, neutral, platform)
		}
		n.neutral[platform] = neutral
	}
	return nil
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// write gives the neutral value v the form in which it stands in the body.
func (n *name) write(v any) (*node, error) {
	if n.time != "" {
		return n.writeTime(v)
	}
	if n.present != nil {
		if v != n.present.Yes && v != n.present.No {
			return nil, fmt.Errorf("%v; %q or %q would do", v, n.present.Yes, n.present.No)
		}
		return stringNode(fmt.Sprint(v)), nil
	}
	if n.platform != nil {
		return n.writeMapped(v)
	}
	value, err := toNode(v)
	if err != nil {
		return nil, err
	}
	return n.coerce(value)
}

// coerce lets a name that is a number on one platform and a string on the other
// be written either way.
func (n *name) coerce(value *node) (*node, error) {
	switch {
	case n.before != "" && value.kind == kindString && !strings.Contains(value.text, n.before):
		return value, nil
	case value.kind == n.kind && n.before == "":
		if n.kind == kindNumber && integral(n.example) && !integral(value.text) {
			break
		}
		return value, nil
	case n.kind == kindNull:
		return value, nil
	case n.kind == kindNumber && value.kind == kindString && integral(value.text):
		return numberNode(value.text), nil
	case n.kind == kindString && value.kind == kindNumber && integral(value.text):
		return stringNode(value.text), nil
	}
	return nil, fmt.Errorf("%s; %s would do", shown(value), n.wanted())
}

func (n *name) wanted() string {
	if n.kind == kindNumber && integral(n.example) {
		return "an integer like " + n.example
	}
	if n.kind == kindString && n.before == "" {
		return fmt.Sprintf("a string like %q", n.example)
	}
	if n.before != "" {
		return "a URL without " + strconv.Quote(n.before)
	}
	return "an " + string(n.kind)
}

// integral reports whether s is the literal of an integer.
func integral(s string) bool {
	return isNumber(s) && !strings.ContainsAny(s, ".eE")
}

// shown writes a value for an error, shortened.
func shown(n *node) string {
	s := string(n.appendTo(nil))
	if len(s) > 80 {
		s = strings.ToValidUTF8(s[:77], "") + "..."
	}
	return s
}

func (n *name) writeMapped(v any) (*node, error) {
	s, ok := v.(string)
	if ok {
		if platform, ok := n.platform[s]; ok {
			return stringNode(platform), nil
		}
		if _, ok := n.neutral[s]; ok { // the platform's own word
			return stringNode(s), nil
		}
	}
	return nil, fmt.Errorf("%v; %s would do", v, strings.Join(sortedKeys(n.platform), ", "))
}

func (n *name) writeTime(v any) (*node, error) {
	if t, ok := v.(time.Time); ok { // from a mint
		return timeNode(t, n.time), nil
	}
	s, _ := v.(string)
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return nil, fmt.Errorf("%v; a time like %q would do", v, "2026-05-27T08:00:00Z")
	}
	return timeNode(t, n.time), nil
}

// The units of times in a body.
const (
	unitSeconds = "s"
	unitMillis  = "ms"
	unitRFC3339 = "rfc3339"
)

func timeNode(t time.Time, unit string) *node {
	switch unit {
	case unitSeconds:
		return numberNode(strconv.FormatInt(t.Unix(), 10))
	case unitMillis:
		return numberNode(strconv.FormatInt(t.UnixMilli(), 10))
	}
	return stringNode(t.UTC().Format(time.RFC3339))
}

// readTime reads a time of a body; ok is false for 0, "" and what is no time.
func readTime(v any, unit string) (t time.Time, ok bool) {
	switch v := v.(type) {
	case json.Number:
		const latest = 253402300799_999 // the last millisecond of the year 9999
		n, err := strconv.ParseInt(v.String(), 10, 64)
		if err != nil || n == 0 || n > latest || n < -latest {
			return t, false
		}
		if unit == unitMillis {
			t = time.UnixMilli(n).UTC()
		} else {
			t = time.Unix(n, 0).UTC()
		}
	case string:
		var err error
		if t, err = time.Parse(time.RFC3339, v); err != nil {
			return t, false
		}
		t = t.UTC()
	}
	return t, 0 < t.Year() && t.Year() < 10000
}

// read gives what stands in a body its neutral value; ok is false for what says
// nothing: null, no time, or a list where a scalar is documented.
func (n *name) read(v any) (neutral any, ok bool) {
	if n.time != "" {
		t, ok := readTime(v, n.time)
		return t.Format(time.RFC3339Nano), ok
	}
	switch of := v.(type) {
	case nil:
		return nil, false
	case []any:
		return v, n.kind == kindArray
	case map[string]any:
		return v, n.kind == kindObject
	case string:
		if n.before != "" {
			i := strings.LastIndex(of, n.before)
			return of[:max(i, 0)], i > 0
		}
		if known, ok := n.neutral[of]; ok {
			return known, true
		}
		return v, true // as it is: putting it into an interface again would copy it
	}
	return v, n.kind != kindArray && n.kind != kindObject
}

// byDepth returns the names in the order in which they are written: what holds
// others before what it holds.
func byDepth(names []*name) []*name {
	out := slices.Clone(names)
	sort.SliceStable(out, func(i, j int) bool { return len(out[i].pointers[0]) < len(out[j].pointers[0]) })
	return out
}
