package schema

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
)

// Validate checks a body against what is documented: total (any bytes give
// violations or none, never a panic), at most MaxViolations violations, the
// last of which then counts the rest. A body that is no JSON, no push of this
// platform or another event of it has exactly that violation. p's schema is
// compiled once, when it is first asked for.
func (p *Profile) Validate(body []byte, s Strength) []Violation {
	r := lender()
	defer r.free()
	_, vs, _ := p.inspect(r, body, s)
	return vs
}

// Examine is Read and Validate in one decoding, for a receiver. What both find
// is reported once.
func (p *Profile) Examine(h http.Header, body []byte, s Strength) (Values, []Violation) {
	r := lender()
	defer r.free()
	v, vs, isPush := p.inspect(r, body, s)
	if !isPush {
		return nil, vs
	}
	values, unread := p.readDocument(h, v)
	for name, value := range values {
		switch value.(type) {
		case []any, map[string]any:
			values[name] = copyValue(value) // what was read goes back
		}
	}
	return values, merge(vs, unread)
}

// inspect decodes a body with r and says what is wrong with it. isPush says that v is
// a custom action of p's platform, well-formed or not.
func (p *Profile) inspect(r *reader, body []byte, s Strength) (v any, vs []Violation, isPush bool) {
	var found findings
	v, ok := r.document(body, s, &found)
	if !ok {
		return nil, found.violations(), false
	}
	if other, ok := p.notThis(v); ok {
		return nil, []Violation{other}, false
	}
	p.push.validate(v, s, &found)
	return v, found.violations(), true
}

// notThis says that a value is no push of p's platform, or one of another
// event: then nothing else about it matters.
func (p *Profile) notThis(v any) (Violation, bool) {
	if !recognized(p.rules.recognize, v) {
		return Violation{
			Rule: "platform", Severity: SeverityError, Found: "not a push of this platform: " + describe(v),
			Documented: p.Title() + " sends " + pointerList(p.rules.recognize), Source: p.source("recognize"),
		}, true
	}
	event, _ := p.rules.event.at.lookup(v)
	name, isString := event.(string)
	if !isString || name == p.rules.event.Value {
		return Violation{}, false // a missing or odd event is the schema's to judge
	}
	return Violation{
		Rule: "event", Severity: SeverityError, Pointer: p.rules.event.Pointer, Found: "event " + quote(name),
		Documented: "event " + quote(p.rules.event.Value) + ": a custom action", Source: p.source("event"),
	}, true
}

func recognized(by []pointer, v any) bool {
	for _, p := range by {
		if _, ok := p.lookup(v); ok {
			return true
		}
	}
	return len(by) == 0
}

func pointerList(list []pointer) string {
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.String()
	}
	return strings.Join(texts, " or ")
}

// source is the document behind a fact.
func (p *Profile) source(fact string) string { return p.facts[fact].Source }

// merge appends those violations that stand at no pointer of vs.
func merge(vs, more []Violation) []Violation {
	if len(more) == 0 || len(vs) >= MaxViolations {
		return vs
	}
	known := make(map[string]bool, len(vs))
	for _, v := range vs {
		known[v.Pointer] = true
	}
	found := findings{list: vs}
	for _, v := range more {
		if !known[v.Pointer] {
			found.add(v)
		}
	}
	return found.violations()
}

// compiled is a push schema at both strengths, each compiled when it is first
// asked for. It is safe for concurrent use.
type compiled struct {
	lenient, strict struct {
		once      sync.Once
		validator *validator
		err       error
	}
}

func (c *compiled) get(raw []byte, s Strength) (*validator, error) {
	one := &c.lenient
	if s == Strict {
		one = &c.strict
	}
	one.once.Do(func() { one.validator, one.err = newValidator(raw, s) })
	return one.validator, one.err
}

// Compile compiles p's push schema for s, so that no push waits for it: some 10 ms,
// once, which the first Validate takes otherwise. Its error names the file.
func (p *Profile) Compile(s Strength) error {
	if _, err := p.push.compiled.get(p.push.schema, s); err != nil {
		return fmt.Errorf("%s: %w", p.push.schemaFile, err)
	}
	return nil
}

// validate adds what the schema says about v.
func (f *pushForm) validate(v any, s Strength, found *findings) {
	validator, err := f.compiled.get(f.schema, s)
	if err != nil {
		found.add(Violation{
			Rule: "schema", Severity: SeverityError, Found: "a push schema that cannot be used: " + printable(err.Error()),
			Documented: "a push.schema.json that compiles",
		})
		return
	}
	validator.check(v, found)
}

// check validates v. The schema library panics on what it was not made for;
// that is a violation too.
func (r *validator) check(v any, found *findings) {
	defer func() {
		if p := recover(); p != nil {
			found.add(Violation{
				Rule: "schema", Severity: SeverityError, Found: "a body that could not be validated: " + quote(fmt.Sprint(p)),
				Documented: "one that can be",
			})
		}
	}()
	if r.look.accepts(v) {
		return
	}
	if err := r.schema.Validate(v); err != nil {
		r.explain(v, err, found)
	}
}
