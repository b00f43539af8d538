package schema

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

func bindFrom(d *derivation, form *pushForm) error {
	if len(d.From) == 0 {
		return errors.New("from is empty")
	}
	d.from = nil
	for _, from := range d.From {
		at, err := form.source(from)
		if err != nil {
			return err
		}
		d.from = append(d.from, at)
	}
	return nil
}

// deriveCopy writes what stands at from.
func deriveCopy(c *composition, d *derivation, _ pointer, indexes []string) *node {
	if from := c.root.at(d.from[0].fill(indexes)); from != nil {
		return from.seal() // or a later pointer would write to both
	}
	return nil
}

// deriveCount writes how many elements the list at from has.
func deriveCount(c *composition, d *derivation, _ pointer, indexes []string) *node {
	n := 0
	if list := c.root.at(d.from[0].fill(indexes)); list != nil {
		n = len(list.items)
	}
	return numberNode(strconv.Itoa(n))
}

func bindTail(d *derivation, form *pushForm) error {
	if d.Length < 1 {
		return errors.New("length: 1 or more would do")
	}
	return bindFrom(d, form)
}

// deriveTail writes the last letters of what stands at from, in upper case.
func deriveTail(c *composition, d *derivation, _ pointer, indexes []string) *node {
	from := c.root.at(d.from[0].fill(indexes))
	if from == nil {
		return nil
	}
	letters := []rune(from.text)
	return stringNode(strings.ToUpper(string(letters[max(0, len(letters)-d.Length):])))
}

func bindID(d *derivation, form *pushForm) error {
	var err error
	if d.pattern, err = parsePattern(d.Pattern, d.Time != ""); err != nil {
		return err
	}
	for _, m := range d.members {
		if form.place(m).kind == kindNumber && !isNumber(d.pattern.fill(time.Time{}, newStream(0))) {
			return fmt.Errorf("member %s is a number in push.prototype.json; a pattern like {digits:6} would do", m)
		}
	}
	if d.Time != "" {
		if d.time, err = form.source(d.Time); err != nil {
			return fmt.Errorf("time: %w", err)
		}
	}
	return bindFrom(d, form)
}

// deriveID writes an id that depends on what stands at from alone: the same
// incident has the same ids in every press. Elements that are told apart by
// nothing at from are by their index.
func deriveID(c *composition, d *derivation, at pointer, indexes []string) *node {
	label := []string{d.Pattern}
	if !slices.ContainsFunc(d.from, func(from pointer) bool { return from.star() >= 0 }) {
		label = append(label, indexes...)
	}
	for _, from := range d.from {
		n := c.root.at(from.fill(indexes))
		if n == nil {
			return nil
		}
		label = append(label, n.text)
	}
	var t time.Time
	if d.Time != "" {
		if n := c.root.at(d.time.fill(indexes)); n != nil {
			t, _ = readTime(n.value(), unitSeconds)
		}
	}
	id := d.pattern.fill(t, newStream(0, label...))
	if c.root.at(at).kind == kindNumber {
		return numberNode(id)
	}
	return stringNode(id)
}

// part is a piece of a text: literal, and then what stands at from.
type part struct {
	literal string
	from    pointer // nil: nothing
}

// textToken is a pointer or a neutral name in braces.
var textToken = regexp.MustCompile(`\{[^{}]+\}`)

func bindText(d *derivation, form *pushForm) error {
	if d.Text == "" {
		return errors.New("text is empty")
	}
	d.parts = nil
	end := 0
	for _, span := range textToken.FindAllStringIndex(d.Text, -1) {
		from, err := form.source(d.Text[span[0]+1 : span[1]-1])
		if err != nil {
			return err
		}
		d.parts = append(d.parts, part{literal: d.Text[end:span[0]], from: from})
		end = span[1]
	}
	d.parts = append(d.parts, part{literal: d.Text[end:]})
	return nil
}

// deriveText writes a sentence with what stands at the pointers in it.
func deriveText(c *composition, d *derivation, _ pointer, indexes []string) *node {
	var b strings.Builder
	for _, p := range d.parts {
		b.WriteString(p.literal)
		if p.from == nil {
			continue
		}
		if n := c.root.at(p.from.fill(indexes)); n != nil {
			b.WriteString(n.text)
		}
	}
	return stringNode(b.String())
}

func bindShift(d *derivation, form *pushForm) error {
	n := form.name(d.Name)
	if n == nil || n.time == "" {
		return fmt.Errorf("name %q is no name of a time", d.Name)
	}
	from, ok := readTime(form.place(n.pointers[0]).value(), n.time)
	if !ok {
		return fmt.Errorf("name %q has no time in push.prototype.json from which others could keep their distance", d.Name)
	}
	for _, member := range d.members {
		expand(form.prototype, member, func(at pointer) {
			if stands := form.prototype.at(at); stands != nil {
				if t, ok := readTime(stands.value(), n.time); ok {
					d.distances = append(d.distances, distance{at, t.Sub(from)})
				}
			}
		})
	}
	return nil
}

// distance is a time of the prototype, as seen from the name's.
type distance struct {
	at   pointer
	away time.Duration
}

// deriveShift moves times of the prototype by as much as the name's time moved,
// so that everything keeps its distance. 0 and null stay.
func deriveShift(c *composition, d *derivation) error {
	n := c.form.name(d.Name)
	to, err := c.timeOf(d.Name)
	if err != nil {
		return err
	}
	for _, from := range d.distances {
		c.root, _ = c.root.set(from.at, timeNode(to.Add(from.away), n.time))
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
	for _, m := range d.members {
		if len(m) == 0 || m[len(m)-1] == each {
			return fmt.Errorf("member %q: elements are not removed one by one; the pointer of the list would do", m)
		}
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
		expand(c.root, member, func(at pointer) {
			switch {
			case c.root.at(at) == nil || c.stays(at):
			case d.otherwise != nil:
				c.root, _ = c.root.set(at, d.otherwise)
			default:
				c.root, _ = c.root.remove(at)
			}
		})
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
