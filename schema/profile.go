package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"slices"
	"sort"
	"strings"
	"sync"
	"sync/atomic"
)

// Profile is what one platform documents at one date. It is immutable and safe
// for concurrent use.
type Profile struct {
	ref   Ref
	title string
	facts map[string]Fact
	rules rules
	push  *pushForm            // shared by the copies that Assume makes
	api   func() (*API, error) // read when it is first asked for; nil where no api.json stands
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

// file is where a file of the profile stands in a catalog.
func (r Ref) file(name string) string { return path.Join(r.Platform, r.Date, name) }

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
	schema     []byte                    // push.schema.json, as it stands in the folder
	schemaFile string                    // where
	document   map[string]any            // the same, decoded
	references map[string]map[string]any // what each $ref in it leads to
	prototype  *node
	names      []*name      // sorted
	derived    []derivation // in the profile's order
	early      []derivation // those that change the prototype, before any name is written
	shared     stage        // what presses about one incident have in common
	own        stage        // and what each has of its own
	ownPlaces  []pointer    // which own writes
	newest     atomic.Pointer[base]
	compiled   compiled // schema at both strengths
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
	schema    file
	prototype file
	api       apiFiles
}

// file is a file that was read, and where it stands.
type file struct {
	path string
	data []byte
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
		if err := d.facts[name].check(checkFact); err != nil {
			errs = append(errs, err)
		}
	}
	if d.title == "" {
		errs = append(errs, errors.New("/title: is missing and must be there"))
	}
	form, err := d.parseForm()
	if err != nil {
		return nil, err
	}
	rules, err := readRules(d.facts)
	errs = append(errs, err)
	if form == nil {
		errs = append(errs, errors.New("/extends: push.prototype.json and push.schema.json must stand beside this file, or in a profile that it extends"))
	} else {
		errs = append(errs, d.bindForm(form, rules)...)
	}
	if err := mistakes(ref, errors.Join(errs...)); err != nil {
		return nil, err
	}
	api := sync.OnceValues(d.api.read)
	if d.api.users() { // a mistake of theirs is found at once
		if _, err := api(); err != nil {
			return nil, err
		}
	}
	return &Profile{ref: ref, title: d.title, facts: d.facts, rules: rules, push: form, api: api}, nil
}

// mistakes puts the name of profile.json before what is wrong in it.
func mistakes(ref Ref, err error) error { return mistakesIn(ref.file("profile.json"), err) }

// mistakesIn puts a file's name before what is wrong in it, on one line when it
// is one mistake.
func mistakesIn(at string, err error) error {
	if err == nil {
		return nil
	}
	if lines := strings.Split(err.Error(), "\n"); len(lines) > 1 {
		const most = 10 // one missing file makes dozens
		if more := len(lines) - most; more > 1 {
			lines = append(lines[:most], fmt.Sprintf("and %d more", more))
		}
		return fmt.Errorf("%s: several mistakes\n  %s", at, strings.Join(lines, "\n  "))
	}
	return fmt.Errorf("%s: %w", at, err)
}

// parseForm reads the two files beside profile.json; nil when one is missing.
func (d *draft) parseForm() (*pushForm, error) {
	if d.prototype.data == nil || d.schema.data == nil {
		return nil, nil
	}
	prototype, err := parseTree(d.prototype.data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.prototype.path, err)
	}
	document, err := parseSchema(d.schema.data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.schema.path, err)
	}
	return &pushForm{
		schema: d.schema.data, schemaFile: d.schema.path, document: document, references: referencesIn(document),
		prototype: prototype, derived: slices.Clone(d.derived),
	}, nil
}

// bindForm binds names and derived members to the prototype.
func (d *draft) bindForm(form *pushForm, r rules) (errs []error) {
	for _, key := range sortedKeys(d.names) {
		n, err := d.names[key].bind(key, form.prototype, r.headers)
		if err != nil {
			errs = append(errs, fmt.Errorf("/names/%s: %w", key, err))
			continue
		}
		n.spot = form.spot(n.pointers[0])
		form.names = append(form.names, n)
	}
	sort.Slice(form.names, func(i, j int) bool { return form.names[i].key < form.names[j].key })
	for i := range form.derived {
		if err := form.derived[i].bind(form); err != nil {
			errs = append(errs, fmt.Errorf("/derived/%d: %s: %w", i, form.derived[i].Func, err))
		}
	}
	if len(errs) == 0 {
		form.divide()
	}
	return append(errs, form.agrees(r)...)
}

// agrees reports where the facts speak of another push than the prototype's.
func (f *pushForm) agrees(r rules) (errs []error) {
	if n := f.prototype.at(r.event.at); n == nil || n.text != r.event.Value {
		errs = append(errs, fmt.Errorf("/facts/event: push.prototype.json has no %q at %s", r.event.Value, r.event.Pointer))
	}
	if !slices.ContainsFunc(r.recognize, func(p pointer) bool { return f.prototype.at(p) != nil }) {
		errs = append(errs, fmt.Errorf("/facts/recognize: push.prototype.json has none of %v", r.recognize))
	}
	for _, h := range r.headers {
		if name, ok := h.carries(); ok && f.name(name) == nil {
			errs = append(errs, fmt.Errorf("/facts/headers: %s carries %q, which is no name%s", h.Name, name, hint(name, f.keys())))
		}
	}
	return errs
}
