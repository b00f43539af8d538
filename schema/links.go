package schema

import (
	"fmt"
	"slices"
	"strings"
)

// link is a member of the prototype that holds the address of an object, and
// where the id of that object stands.
type link struct {
	at   pointer
	text string
	id   pointer
	ids  []string // those of the prototype that stand in text
}

// bindLinks finds the links of the prototype: members of the given names whose
// value is a string.
func bindLinks(d *derivation, form *pushForm) error {
	n := form.name(d.Name)
	if n == nil || n.before == "" {
		return fmt.Errorf("name %q is no name of a base of links", d.Name)
	}
	isLink := make(map[string]bool)
	for _, m := range d.Members {
		isLink[m] = true
	}
	d.links = nil
	form.prototype.walk(nil, func(at pointer, object *node) {
		for _, f := range object.fields {
			if isLink[f.name] && f.value.kind == kindString {
				d.links = append(d.links, link{at: at.child(f.name), text: f.value.text, id: at.child("id")})
			}
		}
	})
	if len(d.links) == 0 {
		return fmt.Errorf("members %v: the prototype has none that is a string", d.Members)
	}
	isID := make(map[string]bool)
	d.ids = nil
	for _, l := range d.links {
		if id := form.prototype.at(l.id); id != nil {
			isID[id.text] = true
			if !slices.ContainsFunc(d.ids, func(known pointer) bool { return slices.Equal(known, l.id) }) {
				d.ids = append(d.ids, l.id)
			}
		}
	}
	for i := range d.links {
		l := &d.links[i]
		for segment := range strings.SplitSeq(l.text, "/") {
			if isID[segment] {
				l.ids = append(l.ids, segment)
			}
		}
	}
	return nil
}

// walk calls f for every object at and below n.
func (n *node) walk(at pointer, f func(pointer, *node)) {
	if n.kind == kindObject {
		f(at, n)
	}
	for _, m := range n.fields {
		m.value.walk(at.child(m.name), f)
	}
	for i, item := range n.items {
		item.walk(at.child(fmt.Sprint(i)), f)
	}
}

// deriveLinks makes every link lead to the object in which it stands: the ids
// of the prototype are replaced by those of this press, segment by segment, and
// the base of links by the one that the name says.
func deriveLinks(c *composition, d *derivation) error {
	ids := c.changedIDs(d)
	changed := func(id string) bool { _, ok := ids[id]; return ok }
	n := c.form.name(d.Name)
	prototypeBase, _ := n.read(c.form.place(n.pointers[0]).value())
	from, _ := prototypeBase.(string)
	to := from
	if given, ok := c.given[d.Name].(string); ok {
		to = strings.TrimRight(given, "/")
	}
	for i := range d.links {
		l := &d.links[i]
		if to == from && !slices.ContainsFunc(l.ids, changed) {
			continue // as most do, it leads where it did
		}
		if c.root.at(l.at) == nil || c.isGiven(l.at) {
			continue
		}
		text := l.text
		if rest, ok := strings.CutPrefix(text, from+"/"); ok {
			text = to + "/" + rest
		}
		if text = withIDs(text, ids); text != l.text {
			c.root, _ = c.root.set(l.at, stringNode(text))
		}
	}
	return nil
}

// withIDs replaces the segments of a link that are ids.
func withIDs(text string, ids map[string]string) string {
	segments := strings.Split(text, "/")
	for i, s := range segments {
		if id, ok := ids[s]; ok {
			segments[i] = id
		}
	}
	return strings.Join(segments, "/")
}

// changedIDs maps each id of the prototype that this press has changed to what
// stands there now.
func (c *composition) changedIDs(d *derivation) map[string]string {
	ids := make(map[string]string)
	for _, at := range d.ids {
		was, is := c.form.prototype.at(at), c.root.at(at)
		if is != nil && was.text != is.text {
			ids[was.text] = is.text
		}
	}
	return ids
}

// idsInLinks are those of d's ids that stand in the text of its links.
func (d *derivation) idsInLinks(f *pushForm) []pointer {
	var out []pointer
	for _, at := range d.ids {
		id := f.prototype.at(at).text
		if slices.ContainsFunc(d.links, func(l link) bool { return slices.Contains(l.ids, id) }) {
			out = append(out, at)
		}
	}
	return out
}
