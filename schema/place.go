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
	if err := c.form.fits(g.at, value); err != nil {
		return err
	}
	return c.put(g.at, value, true)
}

// put writes a given value, and an empty object for each one above it that was
// removed before. keep says that what holds it stays.
func (c *composition) put(at pointer, value *node, keep bool) error {
	value, marks, err := c.repeat(at, value)
	if err != nil {
		return err
	}
	for depth := 1; depth < len(at); depth++ {
		place := c.form.place(at[:depth])
		if c.root.at(at[:depth]) == nil && place != nil && place.kind == kindObject {
			c.root, _ = c.root.set(at[:depth], &node{kind: kindObject})
		}
	}
	root, ok := c.root.set(at, value)
	if !ok {
		return errors.New("leads nowhere" + c.root.nearest(at))
	}
	c.root = root
	c.marks = append(c.marks, marks...)
	if keep {
		c.keep = append(c.keep, marks...)
	}
	return nil
}

// repeat lays each object of a list over a copy of the prototype's element. The
// marks are what was really given.
func (c *composition) repeat(at pointer, value *node) (*node, []pointer, error) {
	if value.kind != kindArray || len(value.items) == 0 {
		return value, []pointer{at}, nil
	}
	place := c.moved.at(asFirst(at))
	if place == nil || place.kind != kindArray || len(place.items) == 0 || place.items[0].kind != kindObject {
		return value, []pointer{at}, nil
	}
	list := &node{kind: kindArray}
	var marks []pointer
	for i, over := range value.items {
		if over.kind != kindObject {
			return nil, nil, fmt.Errorf("element %d is %s; an object would do", i, shown(over))
		}
		element := at.child(strconv.Itoa(i))
		item := place.items[0].clone()
		for _, f := range over.fields {
			member := element.child(f.name)
			marks = append(marks, member)
			if f.value.kind == kindNull && item.below(f.name) != nil && item.below(f.name).kind != kindNull {
				item, _ = item.remove(pointer{f.name})
				continue
			}
			item, _ = item.set(pointer{f.name}, f.value)
		}
		list.items = append(list.items, item)
	}
	return list, marks, nil
}

// fits reports whether a value, with all that it holds, can stand at a place.
// Only types are compared, so that a press may carry a value outside an
// enumeration, and null is taken everywhere.
func (f *pushForm) fits(at pointer, value *node) error {
	if value.kind == kindNull {
		return nil
	}
	if err := f.holds(at, value); err != nil {
		return err
	}
	for _, member := range value.fields {
		if err := f.fits(at.child(member.name), member.value); err != nil {
			return fmt.Errorf("%s: %w", member.name, err)
		}
	}
	for i, item := range value.items {
		if err := f.fits(at.child(strconv.Itoa(i)), item); err != nil {
			return fmt.Errorf("element %d: %w", i, err)
		}
	}
	return nil
}

// holds compares types: what push.schema.json documents decides, and the
// prototype where that names no type.
func (f *pushForm) holds(at pointer, value *node) error {
	documented, known := f.documents(at)
	if types := typesOf(documented); len(types) > 0 {
		if slices.ContainsFunc(types, value.is) {
			return nil
		}
		return fmt.Errorf("holds %s, not %s", strings.Join(types, " or "), shown(value))
	}
	place := f.place(at)
	switch {
	case place == nil && known:
		return nil
	case place == nil:
		return errors.New("leads nowhere" + f.prototype.nearest(asFirst(at)))
	case place.kind != kindNull && place.kind != value.kind:
		return fmt.Errorf("holds %s like %s, not %s", place.kind, shown(place), shown(value))
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
