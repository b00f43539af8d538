package schema

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// writePointers writes the pointers of v, which have the last word.
func (c *composition) writePointers() error {
	var errs []error
	for _, g := range c.pointers {
		if err := c.writePointer(g); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", g.at, err))
		}
	}
	return errors.Join(errs...)
}

func (c *composition) writePointer(g givenPointer) error {
	if g.value == nil {
		root, ok := c.root.remove(g.at)
		if !ok && c.form.place(g.at) == nil {
			return errors.New("leads nowhere, nothing to remove" + c.root.nearest(g.at))
		}
		c.root = root
		return nil
	}
	value, err := toNode(g.value)
	if err != nil {
		return err
	}
	if err := c.form.fits(c.form.spot(g.at), g.at, value); err != nil {
		return err
	}
	return c.put(g.at, value.seal(), true)
}

// put writes a given value, and an empty object for each one above it that was
// removed before. keep says that what holds it stays.
func (c *composition) put(at pointer, value *node, keep bool) error {
	value, laid, err := c.repeat(at, value)
	if err != nil {
		return err
	}
	for depth := 1; depth < len(at); depth++ {
		if c.root.at(at[:depth]) != nil {
			continue
		}
		if place := c.form.place(at[:depth]); place != nil && place.kind == kindObject {
			c.root, _ = c.root.set(at[:depth], &node{kind: kindObject})
		}
	}
	root, ok := c.root.set(at, value)
	if !ok {
		return errors.New("leads nowhere" + c.root.nearest(at))
	}
	c.root = root
	if laid == nil {
		c.marks = append(c.marks, mark{at: at, keep: keep})
	}
	for _, m := range laid {
		m.keep = keep
		c.marks = append(c.marks, m)
	}
	return nil
}

// mark is what v gave: what stands at a pointer, or, of an object that was laid
// over the prototype's, these members of it.
type mark struct {
	at      pointer
	members []field // nil: all
	keep    bool    // what holds it is not removed
}

// holds reports whether what stands at the pointer was given, or is in what was.
func (m *mark) holds(at pointer) bool {
	return m.at.holds(at) && (m.members == nil || len(at) > len(m.at) && m.has(at[len(m.at)]))
}

// isBelow reports whether what was given stands at the pointer or below.
func (m *mark) isBelow(at pointer) bool {
	if m.members != nil && len(at) == len(m.at)+1 {
		return m.holds(at)
	}
	return at.holds(m.at)
}

func (m *mark) has(member string) bool {
	return slices.ContainsFunc(m.members, func(f field) bool { return f.name == member })
}

// repeat lays each object of a list over a copy of the prototype's element. laid is
// what was really given of them; nil is the whole value.
func (c *composition) repeat(at pointer, value *node) (_ *node, laid []mark, err error) {
	if value.kind != kindArray || len(value.items) == 0 {
		return value, nil, nil
	}
	place := c.base.moved.at(asFirst(at))
	if place == nil || place.kind != kindArray || len(place.items) == 0 || place.items[0].kind != kindObject {
		return value, nil, nil
	}
	list := &node{kind: kindArray, items: make([]*node, 0, len(value.items))}
	laid = make([]mark, 0, len(value.items))
	for i, over := range value.items {
		if over.kind != kindObject {
			return nil, nil, fmt.Errorf("element %d is %s; an object would do", i, shown(over))
		}
		if len(over.fields) > 0 {
			laid = append(laid, mark{at: at.child(strconv.Itoa(i)), members: over.fields})
		}
		item := place.items[0]
		for _, f := range over.fields {
			if f.value.kind == kindNull && item.below(f.name) != nil && item.below(f.name).kind != kindNull {
				item, _ = item.remove(pointer{f.name})
				continue
			}
			item, _ = item.set(pointer{f.name}, f.value)
		}
		list.items = append(list.items, item)
	}
	return list, laid, nil
}

// spot is a place of the body: what is documented of it, and what the prototype has
// there.
type spot struct {
	documented map[string]any
	known      bool // the documents know the place
	place      *node
}

func (f *pushForm) spot(at pointer) spot {
	documented, known := f.documents(at)
	return spot{documented, known, f.place(at)}
}

// below returns the spot of a member or element.
func (f *pushForm) below(s spot, token string) spot {
	var below spot
	if below.documented, below.known = f.documentsBelow(s.documented, token, 0); below.known {
		below.documented = f.resolved(below.documented, 0)
	}
	if s.place != nil {
		below.place = s.place.at(asFirst(pointer{token}))
	}
	return below
}

// fits reports whether a value, with all that it holds, can stand at a place.
// Only types are compared, so that a press may carry a value outside an
// enumeration, and null is taken everywhere. at is where s is.
func (f *pushForm) fits(s spot, at pointer, value *node) error {
	if value.kind == kindNull {
		return nil
	}
	if err := f.holds(s, at, value); err != nil || len(value.fields)+len(value.items) == 0 {
		return err
	}
	inside := append(at[:len(at):len(at)], "") // one room for all of them
	for _, member := range value.fields {
		inside[len(at)] = member.name
		if err := f.fits(f.below(s, member.name), inside, member.value); err != nil {
			return fmt.Errorf("%s: %w", member.name, err)
		}
	}
	for i, item := range value.items {
		inside[len(at)] = strconv.Itoa(i)
		if err := f.fits(f.below(s, inside[len(at)]), inside, item); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

// holds compares types: what push.schema.json documents decides, and the
// prototype where that names no type.
func (f *pushForm) holds(s spot, at pointer, value *node) error {
	if types := typesOf(s.documented); len(types) > 0 {
		if slices.ContainsFunc(types, value.is) {
			return nil
		}
		return fmt.Errorf("holds %s, not %s", strings.Join(types, " or "), shown(value))
	}
	switch {
	case s.place == nil && s.known:
		return nil
	case s.place == nil:
		return errors.New("leads nowhere" + f.prototype.nearest(asFirst(at)))
	case s.place.kind != kindNull && s.place.kind != value.kind:
		return fmt.Errorf("holds %s like %s, not %s", s.place.kind, shown(s.place), shown(value))
	}
	return nil
}

// place finds what the prototype has at a pointer; every element of a list, and
// "*", is like the first.
func (f *pushForm) place(at pointer) *node { return f.prototype.at(asFirst(at)) }

// asFirst turns every index of a pointer, and "*", into 0.
func asFirst(at pointer) pointer {
	var out pointer
	for i, t := range at {
		if _, ok := index(t); ok && t != "0" || t == each {
			if out == nil {
				out = append(pointer(nil), at...)
			}
			out[i] = "0"
		}
	}
	if out == nil {
		return at
	}
	return out
}

// wholeList is what would do where a press wants more elements than there are.
const wholeList = "; give the whole list for more"

// nearest hints at what a pointer that leads nowhere below n may have meant.
func (n *node) nearest(at pointer) string {
	for depth := range at {
		above := n.at(at[:depth])
		if above == nil || above.below(at[depth]) != nil {
			continue
		}
		where := at[:depth].String()
		if where == "" {
			where = "the body"
		}
		switch above.kind {
		case kindObject:
			var known []string
			for _, f := range above.fields {
				known = append(known, f.name)
			}
			return fmt.Sprintf(": %s has no %q%s", where, at[depth], hint(at[depth], known))
		case kindArray:
			return fmt.Sprintf(": %s has %d elements, counted from 0%s", where, len(above.items), wholeList)
		}
		return fmt.Sprintf(": %s is a %s", where, above.kind)
	}
	return ""
}
