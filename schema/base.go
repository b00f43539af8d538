package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"
)

// base is a push before what each press has of its own is written into it. Most
// presses are about the incident of the press before and give the same values
// again: they share the newest base. Others take from it what is the same.
type base struct {
	given  map[string]written // neutral names that a press gave
	minted map[string]*node   // and that were made
	times  []time.Time        // of the incident
	moved  *node              // the prototype with its times moved to those, sealed
	root   *node              // sealed
	marks  []mark             // of what was given

	again sync.Once
	stays *node // root, with the text of what no press changes written down; from the second press on
}

// written is a value of a name and the form in which it stands in the body.
type written struct {
	given any
	form  *node // nil: nothing stands there
}

// share writes what presses about one incident share, or takes it from the press
// before.
func (c *composition) share() error {
	last := c.form.newest.Load()
	if last == nil {
		last = new(base)
	}
	if last.isOf(c) {
		last.again.Do(func() { last.stays = last.root.freezeBut(c.form.ownPlaces).seal() })
		c.base, c.root = last, last.stays
		return nil
	}
	if err := c.makeBase(last); err != nil {
		return err
	}
	c.form.newest.Store(c.base)
	c.root = c.base.root
	return nil
}

// isOf reports whether what a press shares with others is all in b, and nothing
// else is.
func (b *base) isOf(c *composition) bool {
	for _, n := range c.form.shared.names {
		given, ok := c.given[n.key]
		if was, had := b.given[n.key]; ok != had || ok && !same(given, was.given) {
			return false
		}
		made, was := c.minted[n.key], b.minted[n.key]
		if made != was && (made == nil || was == nil || made.text != was.text) {
			return false
		}
	}
	return b.root != nil
}

// makeBase makes the base of a press.
func (c *composition) makeBase(last *base) error {
	b := &base{given: make(map[string]written, len(c.given)), minted: c.minted}
	c.base = b
	if err := c.move(last); err != nil {
		return err
	}
	err := c.write(&c.form.shared, func(n *name, given any) (*node, error) {
		if was, ok := last.given[n.key]; ok && same(given, was.given) {
			b.given[n.key] = was
			return was.form, nil
		}
		form, err := c.form.write(n, given)
		if form != nil && same(given, given) { // or nobody will tell whether it is given again
			form.freeze()
		}
		b.given[n.key] = written{copyValue(given), form}
		return form, err
	})
	if err != nil {
		return errors.Join(err, c.writeNames(c.form.own.names, c.form.write)) // all mistakes at once
	}
	b.root, b.marks, c.marks = c.root.seal(), c.marks, nil
	return nil
}

// freezeBut returns n with the text written down of each of its largest parts in which
// nothing stands at these places. What is sealed is copied first; and so is, by own,
// what is written to later: no text is ever out of date.
func (n *node) freezeBut(places []pointer) *node {
	if n.frozen != nil || n.kind != kindArray && n.kind != kindObject {
		return n
	}
	if len(places) == 0 {
		out := *n
		out.frozen = &frozen{raw: n.appendTo(nil)}
		return &out
	}
	if slices.ContainsFunc(places, func(at pointer) bool { return len(at) == 0 }) {
		return n
	}
	n = n.own()
	for i, f := range n.fields {
		n.fields[i].value = f.value.freezeBut(under(places, f.name))
	}
	for i, item := range n.items {
		n.items[i] = item.freezeBut(under(places, strconv.Itoa(i)))
	}
	return n
}

// under are those of places that lie under a token, seen from there.
func under(places []pointer, token string) []pointer {
	var out []pointer
	for _, at := range places {
		if at[0] == token || at[0] == each {
			out = append(out, at[1:])
		}
	}
	return out
}

// move moves the prototype's times to those of the incident.
func (c *composition) move(last *base) error {
	for i := range c.form.early {
		d := &c.form.early[i]
		at, err := c.timeOf(d.Name)
		if err != nil {
			return fmt.Errorf("derived %s: %w", d.Func, err)
		}
		c.base.times = append(c.base.times, at)
	}
	if last.moved != nil && slices.EqualFunc(last.times, c.base.times, time.Time.Equal) {
		c.root = last.moved
	} else if err := c.derive(c.form.early); err != nil {
		return err
	}
	c.base.moved = c.root.seal()
	return nil
}

// same reports whether two values are alike, in Go types that decoding makes;
// others are never.
func same(a, b any) bool {
	switch a := a.(type) {
	case string:
		b, ok := b.(string)
		return ok && a == b
	case json.Number:
		b, ok := b.(json.Number)
		return ok && a == b
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) || (a == nil) != (b == nil) {
			return false
		}
		for i := range a {
			if !same(a[i], b[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok || len(a) != len(b) {
			return false
		}
		for name, value := range a {
			if other, there := b[name]; !there || !same(value, other) {
				return false
			}
		}
		return true
	case bool, nil:
		return a == b
	}
	return false
}
