package schema

import (
	"errors"
	"fmt"
	"slices"
)

// apiFiles are a profile's api.json and those of the profiles that it extends,
// the oldest first.
type apiFiles []apiFile

type apiFile struct {
	file
	trusted bool // it is ours
}

// read makes the API, nil where there is no file. It takes milliseconds, and most
// programs never ask for it. Where a file is a user's, the schemas are compiled at
// once.
func (list apiFiles) read() (*API, error) {
	var d apiDraft
	for _, f := range list {
		if err := d.overlay(f); err != nil {
			return nil, mistakesIn(f.path, err)
		}
	}
	a, err := d.build()
	if err == nil && list.users() {
		err = a.compile()
	}
	return a, err
}

// users reports whether one of them is a user's.
func (list apiFiles) users() bool {
	return slices.ContainsFunc(list, func(f apiFile) bool { return !f.trusted })
}

// apiDraft is an api.json, laid over those of the profiles that its profile
// extends. The zero draft has none.
type apiDraft struct {
	path string // of the newest file
	root *node  // nil: none was read
}

// overlay lays a file over what it extends: objects entry by entry, all else as
// a whole; null removes an entry. A user's file is held to api.schema.json first;
// ours are held to it by a test.
func (d *apiDraft) overlay(f apiFile) error {
	stated, err := parseTree(f.data)
	if err != nil {
		return err
	}
	if !f.trusted {
		if err := checkFile(apiSchema, f.data); err != nil {
			return err
		}
	}
	if err := known("", stated, apiKeys); err != nil {
		return err
	}
	d.path = f.path
	if d.root == nil {
		d.root = &node{kind: kindObject}
	}
	for _, section := range stated.fields {
		base := d.root.below(section.name)
		if section.value.kind == kindObject {
			if base == nil {
				base = &node{kind: kindObject}
			}
			if section.value, err = overlaid("/"+section.name, base, section.value); err != nil {
				return err
			}
		}
		d.root, _ = d.root.set(pointer{section.name}, section.value)
	}
	return nil
}

// overlaid lays entries over those of base. What is replaced keeps its place.
func overlaid(at string, base, stated *node) (*node, error) {
	for _, entry := range stated.fields {
		where := pointer{entry.name}
		if entry.value.kind != kindNull {
			base, _ = base.set(where, entry.value)
			continue
		}
		var ok bool
		if base, ok = base.remove(where); !ok {
			return nil, fmt.Errorf("%s: null removes nothing: the profile extends none that has it", childOf(at, entry.name))
		}
	}
	return base, nil
}

// build makes the API and reports every contradiction in it; nil where no file
// was read.
func (d *apiDraft) build() (*API, error) {
	if d.root == nil {
		return nil, nil
	}
	a := &API{Errors: make(map[string]APIError), Facts: make(map[string]Fact), file: d.path}
	defs := d.section("$defs")
	common := d.section("query")
	var errs []error
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	if style := d.root.below("style"); style != nil && style.kind == kindString {
		a.Style = style.text
	}
	if a.Style == "" {
		note(errors.New("/style: is missing and must be there"))
	}
	for _, f := range defs.fields {
		doc, _ := f.value.value().(map[string]any)
		note(checkKeywords(childOf("/$defs", f.name), doc))
	}
	for _, f := range d.section("operations").fields {
		o, err := readOperation(f.name, f.value, common, defs)
		note(err)
		a.Operations = append(a.Operations, o)
	}
	if len(a.Operations) == 0 {
		note(errors.New("/operations: is missing or empty; an API has some"))
	}
	note(distinct(a.Operations))
	for _, f := range d.section("errors").fields {
		e, err := readAPIError(childOf("/errors", f.name), f.value)
		note(err)
		a.Errors[f.name] = e
	}
	for _, f := range d.section("facts").fields {
		fact, err := readAPIFact(f.name, f.value)
		note(err)
		a.Facts[f.name] = fact
	}
	if rates := d.root.below("rates"); rates != nil {
		for i, n := range rates.items {
			r, err := readRate(fmt.Sprintf("/rates/%d", i), n)
			note(err)
			a.Rates = append(a.Rates, r)
		}
	}
	if err := mistakesIn(d.path, errors.Join(errs...)); err != nil {
		return nil, err
	}
	return a, nil
}

// section is one object of the file, empty where it has none.
func (d *apiDraft) section(name string) *node {
	if n := d.root.below(name); n != nil {
		return n
	}
	return &node{kind: kindObject}
}
