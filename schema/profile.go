package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
)

// Profile is what one platform documents at one date. It is immutable and safe
// for concurrent use.
type Profile struct {
	ref   Ref
	title string
	facts map[string]Fact
	rules rules
	push  *pushForm // shared by the copies that Assume makes
}

// Strength says how strictly Validate reads the schema.
type Strength int

// Lenient accepts all that a platform may send: names that no document knows
// pass. Strict is for what hookdrill itself sends.
const (
	Lenient Strength = iota
	Strict
)

// Ref names one profile of the catalog.
type Ref struct {
	Platform string // "flashduty"
	Date     string // "2024-11-20"
}

// String gives the reference that Open reads: "flashduty@2024-11-20".
func (r Ref) String() string { return r.Platform + "@" + r.Date }

// Ref returns the profile's reference, "flashduty@2024-11-20".
func (p *Profile) Ref() string { return p.ref.String() }

// Platform returns the platform's folder name, "flashduty".
func (p *Profile) Platform() string { return p.ref.Platform }

// Title returns the platform's name for sentences, "Flashduty".
func (p *Profile) Title() string { return p.title }

// Facts returns every fact, sorted by name.
func (p *Profile) Facts() []Fact {
	facts := make([]Fact, 0, len(p.facts))
	for _, f := range p.facts {
		facts = append(facts, f)
	}
	sort.Slice(facts, func(i, j int) bool { return facts[i].Name < facts[j].Name })
	return facts
}

// Fact returns the fact of that name.
func (p *Profile) Fact(name string) (Fact, bool) {
	f, ok := p.facts[name]
	return f, ok
}

// PushSchema returns push.schema.json, the JSON Schema of the platform's push.
func (p *Profile) PushSchema() []byte { return p.push.schema }

// pushForm is how a push of the platform looks: what is composed, read and
// checked.
type pushForm struct {
	schema    []byte         // push.schema.json, as it stands in the folder
	document  map[string]any // the same, decoded
	prototype *node
	names     []*name // sorted
	byDepth   []*name // what holds others first
	derived   []derivation
	links     []link   // members that derived "links" rewrites
	compiled  compiled // schema at both strengths
}

// profileFile is profile.json.
type profileFile struct {
	Schema  string                     `json:"$schema,omitempty"`
	Extends string                     `json:"extends,omitempty"`
	Title   string                     `json:"title,omitempty"`
	Facts   map[string]json.RawMessage `json:"facts,omitempty"` // null removes what extends has
	Names   map[string]json.RawMessage `json:"names,omitempty"` // null removes what extends has
	Derived []derivation               `json:"derived,omitempty"`
}

// draft is a profile whose extends was resolved and that is not built yet.
type draft struct {
	title     string
	facts     map[string]Fact
	names     map[string]nameFile
	derived   []derivation
	schema    []byte
	prototype []byte
}

// overlay lays a file over what it extends.
func (d *draft) overlay(f profileFile) error {
	if f.Title != "" {
		d.title = f.Title
	}
	if f.Derived != nil {
		d.derived = f.Derived
	}
	return errors.Join(
		overlay("facts", d.facts, f.Facts, func(name string, fact *Fact) error {
			fact.Name = name
			return fact.compact()
		}),
		overlay("names", d.names, f.Names, func(string, *nameFile) error { return nil }),
	)
}

// overlay lays what a file states over what it extends, whole entry by whole
// entry; null removes one.
func overlay[T any](what string, base map[string]T, stated map[string]json.RawMessage, finish func(string, *T) error) error {
	for name, raw := range stated {
		if string(raw) == "null" {
			if _, ok := base[name]; !ok {
				return fmt.Errorf("/%s/%s: null removes nothing: the profile extends none that has it", what, name)
			}
			delete(base, name)
			continue
		}
		var entry T
		if err := json.Unmarshal(raw, &entry); err != nil {
			return fmt.Errorf("/%s/%s: %w", what, name, err)
		}
		if err := finish(name, &entry); err != nil {
			return fmt.Errorf("/%s/%s: %w", what, name, err)
		}
		base[name] = entry
	}
	return nil
}

// build makes the profile and reports every contradiction in it.
func (d *draft) build(ref Ref) (*Profile, error) {
	var errs []error
	for _, name := range factNames(d.facts) {
		if err := d.facts[name].check(); err != nil {
			errs = append(errs, err)
		}
	}
	if d.title == "" {
		errs = append(errs, errors.New("title is missing"))
	}
	rules, err := readRules(d.facts)
	errs = append(errs, err)
	form, err := d.buildForm(rules)
	errs = append(errs, err)
	if err := errors.Join(errs...); err != nil {
		return nil, fmt.Errorf("profile %s: %w", ref, err)
	}
	return &Profile{ref: ref, title: d.title, facts: d.facts, rules: rules, push: form}, nil
}

func (d *draft) buildForm(r rules) (*pushForm, error) {
	if d.prototype == nil || d.schema == nil {
		return nil, errors.New("push.prototype.json and push.schema.json: both must stand beside profile.json or in a profile that it extends")
	}
	prototype, err := parseTree(d.prototype)
	if err != nil {
		return nil, fmt.Errorf("push.prototype.json: %w", err)
	}
	form := &pushForm{schema: d.schema, prototype: prototype, derived: slices.Clone(d.derived)}
	if form.document, err = parseSchema(d.schema); err != nil {
		return nil, fmt.Errorf("push.schema.json: %w", err)
	}
	var errs []error
	for key, file := range d.names {
		n, err := file.bind(key, prototype, r.headers)
		if err != nil {
			errs = append(errs, fmt.Errorf("names/%s: %w", key, err))
			continue
		}
		form.names = append(form.names, n)
	}
	sort.Slice(form.names, func(i, j int) bool { return form.names[i].key < form.names[j].key })
	form.byDepth = byDepth(form.names)
	for i := range form.derived {
		if err := form.derived[i].bind(form); err != nil {
			errs = append(errs, fmt.Errorf("derived/%d (%s): %w", i, form.derived[i].Func, err))
		}
	}
	errs = append(errs, form.agrees(r)...)
	return form, errors.Join(errs...)
}

// agrees reports where the facts speak of another push than the prototype's.
func (f *pushForm) agrees(r rules) (errs []error) {
	at, _ := parsePointer(r.event.Pointer) // checked with the fact
	if n := f.prototype.at(at); n == nil || n.text != r.event.Value {
		errs = append(errs, fmt.Errorf("fact event: push.prototype.json has no %q at %s", r.event.Value, r.event.Pointer))
	}
	if !slices.ContainsFunc(r.recognize, func(p pointer) bool { return f.prototype.at(p) != nil }) {
		errs = append(errs, fmt.Errorf("fact recognize: push.prototype.json has none of %v", r.recognize))
	}
	for _, h := range r.headers {
		if name, ok := h.carries(); ok && f.name(name) == nil {
			errs = append(errs, fmt.Errorf("fact headers: %s carries %q, which is no name%s", h.Name, name, hint(name, f.keys())))
		}
	}
	return errs
}
