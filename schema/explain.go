package schema

import (
	"errors"
	"net/url"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// cause is one reason why a value breaks the schema, before it is put in words.
type cause struct {
	at       pointer
	text     string // at, written
	rule     string
	severity Severity
	schema   any            // the subschema at fault: a map, or false
	parent   map[string]any // the schema of the object that holds the value, if known
	source   string
	value    any
	missing  bool
	others   int // causes like this one that were left out
}

// explain turns what the schema library found into violations: one for each
// cause, sorted by place, in words of ours.
func (r *validator) explain(v any, err error, found *findings) {
	var top *jsonschema.ValidationError
	if !errors.As(err, &top) {
		found.add(Violation{Rule: "schema", Severity: SeverityError, Found: "a body that could not be validated: " + quote(err.Error()), Documented: "one that can be"})
		return
	}
	var causes []cause
	r.collect(v, top, &causes, found)
	causes = reduce(causes)
	if r.request { // a stranger's fifty unknown names must not hide why a request is refused
		slices.SortStableFunc(causes, func(a, b cause) int { return strings.Compare(string(a.severity), string(b.severity)) })
	}
	for _, c := range causes {
		if c.others > 0 {
			found.skip(c.others, c.severity)
		}
		switch {
		case found.covers(c.text, c.rule):
		case found.full():
			found.skip(1, c.severity)
		default:
			found.add(c.violation())
		}
	}
}

// collect walks down to the failures that have no cause but themselves. Of
// alternatives only the choice as such failed.
func (r *validator) collect(v any, e *jsonschema.ValidationError, causes *[]cause, found *findings) {
	path := locationTokens(e.KeywordLocation)
	last := ""
	if len(path) > 0 {
		last = path[len(path)-1]
	}
	if len(e.Causes) > 0 && !r.isChoice(path, last) {
		for _, below := range e.Causes {
			r.collect(v, below, causes, found)
		}
		return
	}
	if last == eachMore {
		found.atLeast = true
		return
	}
	*causes = append(*causes, r.causes(v, path, locationTokens(e.InstanceLocation))...)
}

// isChoice reports whether a location ends in a keyword that passes or fails as
// a whole. A member may have such a name too.
func (r *validator) isChoice(path pointer, last string) bool {
	switch last {
	case "anyOf", "oneOf", "not", "contains":
		return locate(r.doc, path).keyword == last
	}
	return false
}

// causes says what one failed keyword means: one cause, or one for each missing
// or unknown member.
func (r *validator) causes(v any, path, at pointer) []cause {
	where := locate(r.doc, path)
	one := cause{at: at, severity: SeverityError, schema: where.schema, parent: where.parent, source: where.source}
	one.value, _ = at.lookup(v)
	s, isObject := where.schema.(map[string]any)
	if !isObject {
		one.rule = "additional"
		return []cause{one.named()}
	}
	object, _ := one.value.(map[string]any)
	switch one.rule = where.keyword; one.rule {
	case "required":
		return missing(one, s, object, r.soft())
	case "additionalProperties":
		if r.request {
			one.severity = SeverityWarning
		}
		return unknown(one, s, object)
	case "const":
		one.rule = "enum"
	case "format":
		return r.format(one, s)
	case "pattern":
		// The shape of an id was seen, and is not promised.
		one.severity = r.soft()
		if r.absent(one) {
			return nil
		}
	}
	return []cause{one.named()}
}

// absent reports whether a value is "" where that says no more than nothing.
func (r *validator) absent(c cause) bool {
	s, _ := c.schema.(map[string]any)
	return c.value == "" && s[markOptional] == true && r.doc[keyZeroIsAbsent] == true
}

// soft is the severity of what lenient only flags.
func (r *validator) soft() Severity {
	if r.strength == Strict {
		return SeverityError
	}
	return SeverityWarning
}

// format says which of the things that a format checks failed.
func (r *validator) format(one cause, s map[string]any) []cause {
	one.rule = "format"
	switch s["format"] {
	case formatMisplaced:
		one.rule, one.severity = "misplaced", r.soft()
	case formatInteger:
		one.rule = "type"
	case formatInt64, formatSeconds, formatMillis, formatMillis0:
		_, fits := count(one.value)
		switch {
		case !isInteger(one.value):
			one.rule = "type"
		case !fits:
			one.rule = "range"
		default:
			one.rule = "time_unit"
		}
	default:
		if r.absent(one) {
			return nil
		}
	}
	return []cause{one.named()}
}

// missing makes a cause of each required member that is not there. Where the
// documents disagree (x-advisory) its severity is soft.
func missing(one cause, s, object map[string]any, soft Severity) []cause {
	required, _ := s["required"].([]any)
	properties := membersOf(s)
	advisory, _ := s[keyAdvisory].([]any)
	var list []cause
	for _, r := range required {
		name, _ := r.(string)
		if _, there := object[name]; there {
			continue
		}
		c := one
		c.at, c.rule, c.missing = one.at.child(name), "required", true
		c.schema, c.parent, c.value = properties[name], s, nil
		if slices.Contains(advisory, r) {
			c.severity = soft
		}
		if own, ok := c.schema.(map[string]any); ok {
			c.source = sourceOf(own, c.source)
		}
		list = append(list, c.named())
	}
	return list
}

// unknown makes a cause of each member that a closed object does not have, as
// far as they are reported; the last one counts the others.
func unknown(one cause, s, object map[string]any) []cause {
	properties := membersOf(s)
	var names []string
	for name := range object {
		if _, known := properties[name]; !known && !matchesAny(s, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var list []cause
	for i, name := range names {
		c := one
		c.at, c.rule, c.value, c.schema, c.parent = one.at.child(name), "additional", object[name], false, s
		if i == MaxViolations {
			c.others = len(names) - 1 - i
			return append(list, c.named())
		}
		list = append(list, c.named())
	}
	return list
}

// named writes the place once; it is compared often.
func (c cause) named() cause {
	c.text = c.at.String()
	return c
}

// reduce sorts causes and leaves one for each: a wrong type is not also a wrong
// value, and what stands in the wrong place is not also missing at the right
// one.
func reduce(causes []cause) []cause {
	var misplaced []string
	for _, c := range causes {
		if c.rule != "misplaced" {
			continue
		}
		if s, ok := c.schema.(map[string]any); ok {
			misplaced = append(misplaced, word(s, keyBelongs))
		}
	}
	causes = slices.DeleteFunc(causes, func(c cause) bool { return c.missing && slices.Contains(misplaced, c.text) })
	slices.SortStableFunc(causes, func(a, b cause) int {
		if n := compare(a.at, b.at); n != 0 {
			return n
		}
		return strings.Compare(rank(a.rule), rank(b.rule))
	})
	// At one place the first cause speaks; a list's or object's members have
	// places of their own.
	return slices.CompactFunc(causes, func(a, b cause) bool { return a.text == b.text })
}

// rank puts the cause first that explains the others at its place.
func rank(rule string) string {
	switch rule {
	case "type":
		return "0"
	case "range", "enum":
		return "1"
	}
	return "2" + rule
}

// compare orders places as a reader meets them: indexes by number, names by
// name, an object before its members.
func compare(a, b pointer) int {
	for i := range min(len(a), len(b)) {
		m, isIndex := index(a[i])
		n, both := index(b[i])
		if isIndex && both && m != n {
			return m - n
		}
		if n := strings.Compare(a[i], b[i]); n != 0 {
			return n
		}
	}
	return len(a) - len(b)
}

// locationTokens reads a location as the schema library writes it: a JSON
// pointer whose tokens are escaped for a URL.
func locationTokens(s string) pointer {
	if s == "" {
		return nil
	}
	tokens := strings.Split(strings.TrimPrefix(s, "/"), "/")
	for i, t := range tokens {
		if t == emptyName {
			tokens[i] = ""
			continue
		}
		if plain, err := url.PathUnescape(t); err == nil {
			t = plain
		}
		tokens[i] = unescapeToken.Replace(t)
	}
	return tokens
}
