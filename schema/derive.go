package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
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
	parts     []part // of text
	otherwise *node
}

// derivations are the functions of derivation. An early one changes the
// prototype before anything is written into it. writes is what kind of value a
// function makes; "" is that of what it is made from.
var derivations = map[string]struct {
	early  bool
	writes kind
	bind   func(*derivation, *pushForm) error
	run    func(*composition, *derivation) error
}{
	"copy":    {bind: bindFrom, run: perMember(deriveCopy)},
	"count":   {writes: kindNumber, bind: bindFrom, run: perMember(deriveCount)},
	"id":      {bind: bindID, run: perMember(deriveID)},
	"keep_if": {bind: bindKeepIf, run: deriveKeepIf},
	"links":   {bind: bindLinks, run: deriveLinks},
	"shift":   {early: true, bind: bindShift, run: deriveShift},
	"tail":    {writes: kindString, bind: bindTail, run: perMember(deriveTail)},
	"text":    {writes: kindString, bind: bindText, run: perMember(deriveText)},
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

// derive runs the early functions or the others, in the profile's order.
func (c *composition) derive(early bool) error {
	for i := range c.form.derived {
		d := &c.form.derived[i]
		f := derivations[d.Func]
		if f.early != early {
			continue
		}
		if err := f.run(c, d); err != nil {
			return fmt.Errorf("derived %s: %w", d.Func, err)
		}
	}
	if early {
		c.moved = c.root.clone()
	}
	return nil
}

// perMember runs a function that makes one value for each member, with the
// indexes at which the member's "*" stands. A nil value leaves the member.
func perMember(value func(*composition, *derivation, pointer, []string) (*node, error)) func(*composition, *derivation) error {
	return func(c *composition, d *derivation) error {
		for _, member := range d.members {
			for _, at := range c.expand(member) {
				if c.isGiven(at) || c.keepsBelow(at) || c.root.at(at) == nil {
					continue
				}
				made, err := value(c, d, at, indexes(member, at))
				if err != nil {
					return fmt.Errorf("%s: %w", at, err)
				}
				if made != nil {
					c.root, _ = c.root.set(at, made)
				}
			}
		}
		return nil
	}
}

// expand replaces each "*" by the indexes that the list has now.
func (c *composition) expand(at pointer) []pointer {
	i := at.star()
	if i < 0 {
		return []pointer{at}
	}
	list := c.root.at(at[:i])
	if list == nil || list.kind != kindArray {
		return nil
	}
	var out []pointer
	for n := range list.items {
		out = append(out, c.expand(at.with(n))...)
	}
	return out
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
	return slices.ContainsFunc(c.marks, func(mark pointer) bool { return mark.holds(at) })
}

// keepsBelow reports whether v gave something below the pointer, at its
// canonical place: its other places do not keep what holds them.
func (c *composition) keepsBelow(at pointer) bool {
	return slices.ContainsFunc(c.keep, func(mark pointer) bool { return at.holds(mark) })
}

// source reads a from: a pointer, or a neutral name's canonical place.
func (c *composition) source(from string, indexes []string) *node {
	if at, err := parsePointer(from); err == nil {
		return c.root.at(at.fill(indexes))
	}
	if n := c.form.name(from); n != nil {
		return c.root.at(n.pointers[0])
	}
	return nil
}

func bindFrom(d *derivation, form *pushForm) error {
	if len(d.From) == 0 {
		return errors.New("from is empty")
	}
	for _, from := range d.From {
		at, err := parsePointer(from)
		if err != nil && form.name(from) == nil {
			return fmt.Errorf("from %q is neither a pointer nor a name", from)
		}
		if err == nil && form.place(at) == nil {
			return fmt.Errorf("from %s leads nowhere in push.prototype.json", from)
		}
	}
	return nil
}

// deriveCopy writes what stands at from.
func deriveCopy(c *composition, d *derivation, _ pointer, indexes []string) (*node, error) {
	if from := c.source(d.From[0], indexes); from != nil {
		return from.clone(), nil // or a later pointer would write to both
	}
	return nil, nil
}

// deriveCount writes how many elements the list at from has.
func deriveCount(c *composition, d *derivation, _ pointer, indexes []string) (*node, error) {
	n := 0
	if list := c.source(d.From[0], indexes); list != nil {
		n = len(list.items)
	}
	return numberNode(strconv.Itoa(n)), nil
}

func bindTail(d *derivation, form *pushForm) error {
	if d.Length < 1 {
		return errors.New("length: 1 or more would do")
	}
	return bindFrom(d, form)
}

// deriveTail writes the last letters of what stands at from, in upper case.
func deriveTail(c *composition, d *derivation, _ pointer, indexes []string) (*node, error) {
	from := c.source(d.From[0], indexes)
	if from == nil {
		return nil, nil
	}
	return stringNode(strings.ToUpper(from.text[max(0, len(from.text)-d.Length):])), nil
}

func bindID(d *derivation, form *pushForm) error {
	if err := checkPattern(d.Pattern, d.Time != ""); err != nil {
		return err
	}
	for _, m := range d.members {
		if form.place(m).kind == kindNumber && !isNumber(fill(d.Pattern, time.Time{}, newStream(0))) {
			return fmt.Errorf("member %s is a number in push.prototype.json; a pattern like {digits:6} would do", m)
		}
	}
	return bindFrom(d, form)
}

// deriveID writes an id that depends on what stands at from alone: the same
// incident has the same ids in every press. Elements that are told apart by
// nothing at from are by their index.
func deriveID(c *composition, d *derivation, at pointer, indexes []string) (*node, error) {
	label := []string{d.Pattern}
	if !strings.Contains(strings.Join(d.From, ""), "/"+each) {
		label = append(label, indexes...)
	}
	for _, from := range d.From {
		n := c.source(from, indexes)
		if n == nil {
			return nil, nil
		}
		label = append(label, n.text)
	}
	var t time.Time
	if d.Time != "" {
		if n := c.source(d.Time, indexes); n != nil {
			t, _ = readTime(n.value(), unitSeconds)
		}
	}
	id := fill(d.Pattern, t, newStream(0, label...))
	if c.root.at(at).kind == kindNumber {
		return numberNode(id), nil
	}
	return stringNode(id), nil
}

// part is a piece of a text: literal, or what stands at from.
type part struct{ literal, from string }

// textToken is a pointer or a neutral name in braces.
var textToken = regexp.MustCompile(`\{[^{}]+\}`)

func bindText(d *derivation, form *pushForm) error {
	if d.Text == "" {
		return errors.New("text is empty")
	}
	end := 0
	for _, span := range textToken.FindAllStringIndex(d.Text, -1) {
		from := d.Text[span[0]+1 : span[1]-1]
		d.From = append(d.From, from)
		d.parts = append(d.parts, part{literal: d.Text[end:span[0]]}, part{from: from})
		end = span[1]
	}
	d.parts = append(d.parts, part{literal: d.Text[end:]})
	return bindFrom(d, form)
}

// deriveText writes a sentence with what stands at the pointers in it.
func deriveText(c *composition, d *derivation, _ pointer, indexes []string) (*node, error) {
	var b strings.Builder
	for _, p := range d.parts {
		b.WriteString(p.literal)
		if p.from == "" {
			continue
		}
		if n := c.source(p.from, indexes); n != nil {
			b.WriteString(n.text)
		}
	}
	return stringNode(b.String()), nil
}

func bindShift(d *derivation, form *pushForm) error {
	if n := form.name(d.Name); n == nil || n.time == "" {
		return fmt.Errorf("name %q is no name of a time", d.Name)
	}
	return nil
}

// deriveShift moves times of the prototype by as much as the name's time moved,
// so that everything keeps its distance. 0 and null stay.
func deriveShift(c *composition, d *derivation) error {
	n := c.form.name(d.Name)
	to, err := c.timeOf(d.Name)
	if err != nil {
		return err
	}
	from, ok := readTime(c.form.place(n.pointers[0]).value(), n.time)
	if !ok {
		return nil // the prototype has no time from which anything could keep its distance
	}
	for _, member := range d.members {
		for _, at := range c.expand(member) {
			stands := c.root.at(at)
			if stands == nil {
				continue
			}
			if stood, ok := readTime(stands.value(), n.time); ok {
				c.root, _ = c.root.set(at, timeNode(stood.Add(to.Sub(from)), n.time))
			}
		}
	}
	return nil
}

func bindKeepIf(d *derivation, form *pushForm) error {
	if form.name(d.Name) == nil {
		return fmt.Errorf("name %q: no such name", d.Name)
	}
	if len(d.Is) == 0 {
		return errors.New("is is empty")
	}
	if d.Else == nil {
		return nil
	}
	var err error
	d.otherwise, err = parseTree(d.Else)
	return err
}

// deriveKeepIf removes members, or empties them, unless a name has one of the
// values with which they belong there.
func deriveKeepIf(c *composition, d *derivation) error {
	if slices.Contains(d.Is, c.neutralText(c.form.name(d.Name))) {
		return nil
	}
	for _, member := range d.members {
		for _, at := range c.expand(member) {
			switch {
			case c.isGiven(at) || c.keepsBelow(at) || c.root.at(at) == nil:
			case d.otherwise != nil:
				c.root, _ = c.root.set(at, d.otherwise)
			default:
				c.root, _ = c.root.remove(at)
			}
		}
	}
	return nil
}

// neutralText gives what a name says in this press. A name that stands for the
// presence of a member says no unless it was given.
func (c *composition) neutralText(n *name) string {
	if given, ok := c.given[n.key].(string); ok && n.present != nil {
		return given
	}
	if n.present != nil {
		return n.present.No
	}
	stands := c.root.at(n.pointers[0])
	if stands == nil {
		return ""
	}
	neutral, _ := n.read(stands.value())
	text, _ := neutral.(string)
	return text
}
