package schema

import (
	"fmt"
	"strings"
)

// link is a member of the prototype that holds the address of an object, and
// where the id of that object stands.
type link struct {
	at   pointer
	text string
	id   pointer
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
	form.links = form.links[:0]
	form.prototype.walk(nil, func(at pointer, object *node) {
		for _, f := range object.fields {
			if isLink[f.name] && f.value.kind == kindString {
				form.links = append(form.links, link{at: at.child(f.name), text: f.value.text, id: at.child("id")})
			}
		}
	})
	if len(form.links) == 0 {
		return fmt.Errorf("members %v: the prototype has none that is a string", d.Members)
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
	ids := c.changedIDs()
	n := c.form.name(d.Name)
	prototypeBase, _ := n.read(c.form.place(n.pointers[0]).value())
	from, _ := prototypeBase.(string)
	to := from
	if given, ok := c.given[d.Name].(string); ok {
		to = strings.TrimRight(given, "/")
	}
	for _, l := range c.form.links {
		if c.isGiven(l.at) || c.root.at(l.at) == nil {
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
	isID := func(segment string) bool { _, ok := ids[segment]; return ok }
	if !anySegment(text, isID) {
		return text // as most are, and nothing is copied
	}
	segments := strings.Split(text, "/")
	for i, s := range segments {
		if isID(s) {
			segments[i] = ids[s]
		}
	}
	return strings.Join(segments, "/")
}

func anySegment(text string, is func(string) bool) bool {
	for s := range strings.SplitSeq(text, "/") {
		if is(s) {
			return true
		}
	}
	return false
}

// changedIDs maps each id of the prototype that this press has changed to what
// stands there now.
func (c *composition) changedIDs() map[string]string {
	ids := make(map[string]string)
	for _, l := range c.form.links {
		was, is := c.form.prototype.at(l.id), c.root.at(l.id)
		if was != nil && is != nil && was.text != is.text {
			ids[was.text] = is.text
		}
	}
	return ids
}
