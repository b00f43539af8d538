package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// derivation fills members that depend on others: one of a closed list of
// functions, with what that function needs.
type derivation struct {
	Func    string          `json:"func"`
	Members []string        `json:"members"`           // what is written: JSON pointers; of links, names of members
	From    []string        `json:"from,omitempty"`    // pointers and neutral names
	Text    string          `json:"text,omitempty"`    // of text
	Pattern string          `json:"pattern,omitempty"` // of id
	Time    string          `json:"time,omitempty"`    // of id: the pointer whose time {time} is
	Length  int             `json:"length,omitempty"`  // of tail
	Name    string          `json:"name,omitempty"`    // of shift, keep_if, links: a neutral name
	Is      []string        `json:"is,omitempty"`      // of keep_if: the name's values
	Else    json.RawMessage `json:"else,omitempty"`    // of keep_if: what is written otherwise; absent: the member is removed

	members   []pointer
	from      []pointer
	time      pointer    // of id
	parts     []part     // of text
	pattern   pattern    // of id
	distances []distance // of shift
	links     []link     // of links
	ids       []pointer  // of links: where the ids of the objects stand that links lead to
	otherwise *node      // of keep_if
}

// derivations are the functions of derivation. An early one changes the
// prototype, by a time alone, before anything is written into it; one that repeats
// depends on nothing but the members it reads. writes is what kind of value a function
// makes; "" is that of what it is made from.
var derivations = map[string]struct {
	early, repeats bool
	writes         kind
	bind           func(*derivation, *pushForm) error
	run            func(*composition, *derivation) error
}{
	"copy":    {repeats: true, bind: bindFrom, run: perMember(deriveCopy)},
	"count":   {repeats: true, writes: kindNumber, bind: bindFrom, run: perMember(deriveCount)},
	"id":      {bind: bindID, run: perMember(deriveID)},
	"keep_if": {bind: bindKeepIf, run: deriveKeepIf},
	"links":   {repeats: true, bind: bindLinks, run: deriveLinks},
	"shift":   {early: true, bind: bindShift, run: deriveShift},
	"tail":    {repeats: true, writes: kindString, bind: bindTail, run: perMember(deriveTail)},
	"text":    {repeats: true, writes: kindString, bind: bindText, run: perMember(deriveText)},
}

// bind checks a derivation against the prototype and the names.
func (d *derivation) bind(form *pushForm) error {
	f, ok := derivations[d.Func]
	if !ok {
		return fmt.Errorf("no such function%s; there are %s", hint(d.Func, sortedKeys(derivations)), strings.Join(sortedKeys(derivations), ", "))
	}
	if len(d.Members) == 0 {
		return errors.New("members is empty")
	}
	if d.Func == "links" { // its members are names, not places
		return f.bind(d, form)
	}
	var err error
	if d.members, err = parsePointers(d.Members); err != nil {
		return err
	}
	for _, m := range d.members {
		place := form.place(m)
		if place == nil {
			return fmt.Errorf("member %s leads nowhere in push.prototype.json", m)
		}
		if f.writes != "" && place.kind != f.writes {
			return fmt.Errorf("member %s is a %s in push.prototype.json; %s writes a %s", m, place.kind, d.Func, f.writes)
		}
	}
	return f.bind(d, form)
}

// reads are the places that d looks at.
func (d *derivation) reads(f *pushForm) []pointer {
	out := append(slices.Clone(d.from), d.idsInLinks(f)...)
	if d.time != nil {
		out = append(out, d.time)
	}
	for _, p := range d.parts {
		if p.from != nil {
			out = append(out, p.from)
		}
	}
	if n := f.name(d.Name); n != nil && (len(d.links) == 0 || n.scope == ScopePress) { // links look at what is given of it
		out = append(out, n.pointers...)
	}
	return out
}

// writes are the places that d changes.
func (d *derivation) writes() []pointer {
	out := slices.Clone(d.members)
	for _, l := range d.links {
		out = append(out, l.at)
	}
	return out
}

// derive runs derivations one after the other.
func (c *composition) derive(list []derivation) error {
	for i := range list {
		d := &list[i]
		if err := derivations[d.Func].run(c, d); err != nil {
			return fmt.Errorf("derived %s: %w", d.Func, err)
		}
	}
	return nil
}

// perMember runs a function that makes one value for each member, with the
// indexes at which the member's "*" stands. A nil value leaves the member.
func perMember(value func(*composition, *derivation, pointer, []string) *node) func(*composition, *derivation) error {
	return func(c *composition, d *derivation) error {
		for _, member := range d.members {
			expand(c.root, member, func(at pointer) {
				if c.root.at(at) == nil || c.stays(at) {
					return
				}
				if made := value(c, d, at, indexes(member, at)); made != nil {
					c.root, _ = c.root.set(at, made)
				}
			})
		}
		return nil
	}
}

// expand calls f with the pointer once for each element that its "*" stand for
// now; f may change what stands there.
func expand(root *node, at pointer, f func(pointer)) {
	i := at.star()
	if i < 0 {
		f(at)
		return
	}
	list := root.at(at[:i])
	if list == nil {
		return
	}
	for n := range list.items {
		expand(root, at.with(n), f)
	}
}

// indexes returns what stands at the places of pattern's "*".
func indexes(pattern, at pointer) []string {
	var out []string
	for i, t := range pattern {
		if t == each {
			out = append(out, at[i])
		}
	}
	return out
}

// fill puts indexes in the place of "*".
func (p pointer) fill(indexes []string) pointer {
	out := p
	for _, i := range indexes {
		if star := out.star(); star >= 0 {
			n, _ := index(i)
			out = out.with(n)
		}
	}
	return out
}

// isGiven reports whether v gave what stands at the pointer or above it.
func (c *composition) isGiven(at pointer) bool {
	for _, marks := range [...][]mark{c.base.marks, c.marks} {
		for i := range marks {
			if marks[i].holds(at) {
				return true
			}
		}
	}
	return false
}

// stays reports whether v gave what stands at the pointer or above it, or something
// below, at its canonical place: its other places do not keep what holds them.
func (c *composition) stays(at pointer) bool {
	for _, marks := range [...][]mark{c.base.marks, c.marks} {
		for i := range marks {
			if m := &marks[i]; m.holds(at) || m.keep && m.isBelow(at) {
				return true
			}
		}
	}
	return false
}

// source finds what a from means: a pointer, or a neutral name's canonical
// place.
func (f *pushForm) source(from string) (pointer, error) {
	at, err := parsePointer(from)
	if n := f.name(from); err != nil && n != nil {
		return n.pointers[0], nil
	}
	if err != nil {
		return nil, fmt.Errorf("from %q is neither a pointer nor a name", from)
	}
	if f.place(at) == nil {
		return nil, fmt.Errorf("from %s leads nowhere in push.prototype.json", from)
	}
	return at, nil
}
