package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// Status says how well a fact is known.
type Status string

// The statuses of a fact. A contested fact has alternatives and acts on its
// hard side; an unknown one has a value that is our choice.
const (
	Documented Status = "documented"
	Contested  Status = "contested"
	Inferred   Status = "inferred"
	Observed   Status = "observed"
	Unknown    Status = "unknown"
)

// Fact is one rule of a platform with where and when it was read.
type Fact struct {
	Name         string          `json:"name"`
	Value        json.RawMessage `json:"value"`  // what hookdrill acts on: the hard side of a contested fact
	Source       string          `json:"source"` // the document's address; "" when no document says
	Read         string          `json:"read"`   // the day on which it was read, or the document's own date; YYYY-MM-DD
	Status       Status          `json:"status"`
	Note         string          `json:"note,omitempty"`
	Alternatives []Alternative   `json:"alternatives,omitempty"` // of a contested fact: every side, the acting one included
}

// Text gives the fact's value for a sentence: a string without its quotes,
// everything else as compact JSON.
func (f Fact) Text() string { return valueText(f.Value) }

// Alternative is one side of a contested fact.
type Alternative struct {
	Value  json.RawMessage `json:"value"`
	Label  string          `json:"label"` // which document, in words: "English page"
	Source string          `json:"source"`
	Read   string          `json:"read"`
	Hard   bool            `json:"hard,omitempty"` // the side that hookdrill acts on
}

// Text gives the side's value as Fact.Text does.
func (a Alternative) Text() string { return valueText(a.Value) }

func valueText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

// FactChange is one fact in which two profiles differ. A profile that lacks the
// fact has a nil side.
type FactChange struct {
	Name string `json:"name"`
	A    *Fact  `json:"a,omitempty"`
	B    *Fact  `json:"b,omitempty"`
}

// Diff returns the facts in which a and b differ in what they act on, in how
// well it is known or in its alternatives, sorted by name. A fact that was only
// read elsewhere or on another day is no difference.
func Diff(a, b *Profile) []FactChange {
	var changes []FactChange
	for _, name := range unionOfNames(a.facts, b.facts) {
		left, inA := a.facts[name]
		right, inB := b.facts[name]
		change := FactChange{Name: name}
		if inA {
			change.A = &left
		}
		if inB {
			change.B = &right
		}
		if !inA || !inB || !sameRule(left, right) {
			changes = append(changes, change)
		}
	}
	return changes
}

func unionOfNames(a, b map[string]Fact) []string {
	var names []string
	for name := range a {
		names = append(names, name)
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			names = append(names, name)
		}
	}
	sort.Strings(names)
	return names
}

func sameRule(a, b Fact) bool {
	return a.Status == b.Status && bytes.Equal(a.Value, b.Value) &&
		slices.EqualFunc(a.Alternatives, b.Alternatives, func(x, y Alternative) bool { return bytes.Equal(x.Value, y.Value) })
}

// Assume returns a copy of p whose fact of that name has the given value, which
// must be one of its alternatives (or, of a fact that is unknown, any value of
// its type): Assume("deadline", "2s"). A fact that nothing acts on is refused.
func (p *Profile) Assume(name, value string) (*Profile, error) {
	fact, ok := p.facts[name]
	if !ok {
		return nil, fmt.Errorf("assume %s=%s: profile %s has no such fact%s", name, value, p.ref, hint(name, factNames(p.facts)))
	}
	if !actedOn(name) {
		return nil, fmt.Errorf("assume %s=%s: profile %s: nothing acts on this fact, it is for people", name, value, p.ref)
	}
	raw, err := fact.choose(value)
	if err != nil {
		return nil, fmt.Errorf("assume %s=%s: profile %s: %w", name, value, p.ref, err)
	}
	fact.Value = raw
	facts := make(map[string]Fact, len(p.facts))
	for n, f := range p.facts {
		facts[n] = f
	}
	facts[name] = fact

	assumed := *p
	assumed.facts = facts
	if assumed.rules, err = readRules(facts); err != nil {
		return nil, fmt.Errorf("assume %s=%s: profile %s: %w", name, value, p.ref, err)
	}
	return &assumed, nil
}

// choose finds the value that the text stands for among what the fact allows.
func (f Fact) choose(text string) (json.RawMessage, error) {
	switch f.Status {
	case Contested:
		var sides []string
		for _, side := range f.Alternatives {
			if f.means(text, side.Value) {
				return side.Value, nil
			}
			sides = append(sides, fmt.Sprintf("%s (%s)", side.Text(), side.Label))
		}
		return nil, fmt.Errorf("no document says so; the alternatives are %s", strings.Join(sides, " and "))
	case Unknown:
		raw := json.RawMessage(text)
		if !json.Valid(raw) {
			raw = appendQuoted(nil, text)
		}
		if err := checkFact(f.Name, raw); err != nil {
			return nil, fmt.Errorf("the fact is unknown and takes any value of its type: %w", err)
		}
		return raw, nil
	}
	return nil, fmt.Errorf("the fact is %s as %s (%s) and has no alternatives; only contested and unknown facts can be assumed", f.Status, f.Text(), f.Source)
}

// means reports whether text, as typed by a person, is this value: "2s" and
// "2000ms" are the same deadline.
func (f Fact) means(text string, raw json.RawMessage) bool {
	if text == valueText(raw) {
		return true
	}
	a, errA := time.ParseDuration(text)
	b, errB := time.ParseDuration(valueText(raw))
	return errA == nil && errB == nil && a == b
}

// compact brings the values of a fact into the form in which they are compared.
func (f *Fact) compact() error {
	for _, raw := range f.values() {
		var b bytes.Buffer
		if err := json.Compact(&b, *raw); err != nil {
			return err
		}
		*raw = b.Bytes()
	}
	return nil
}

func (f *Fact) values() []*json.RawMessage {
	values := []*json.RawMessage{&f.Value}
	for i := range f.Alternatives {
		values = append(values, &f.Alternatives[i].Value)
	}
	return values
}

// check reports what is wrong with a fact as a whole; checkValue judges one value
// of it.
func (f Fact) check(checkValue func(name string, raw json.RawMessage) error) error {
	if err := checkValue(f.Name, f.Value); err != nil {
		return err
	}
	if f.Status != Contested {
		if len(f.Alternatives) > 0 {
			return fmt.Errorf("/facts/%s: has alternatives and is %s; a fact with alternatives is contested", f.Name, f.Status)
		}
		return nil
	}
	hard := slices.IndexFunc(f.Alternatives, func(a Alternative) bool { return a.Hard })
	if hard < 0 || len(f.Alternatives) < 2 {
		return fmt.Errorf("/facts/%s: is contested; that takes two alternatives, one of them hard", f.Name)
	}
	for i, side := range f.Alternatives {
		if err := checkValue(f.Name, side.Value); err != nil {
			return fmt.Errorf("%w (alternative %q)", err, side.Label)
		}
		if side.Hard && i != hard {
			return fmt.Errorf("/facts/%s: two alternatives are hard", f.Name)
		}
	}
	if !bytes.Equal(f.Value, f.Alternatives[hard].Value) {
		return fmt.Errorf("/facts/%s: acts on %s, but its hard side is %s", f.Name, f.Value, f.Alternatives[hard].Value)
	}
	return nil
}

func factNames(facts map[string]Fact) []string { return unionOfNames(facts, nil) }
