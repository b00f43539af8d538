package schema

import (
	"cmp"
	"regexp"
	"strconv"
	"strings"
)

// place is the subschema that a failed keyword stands in.
type place struct {
	schema  any            // a map, or false
	parent  map[string]any // of a member: its object's schema
	source  string         // the nearest document named on the way
	keyword string
}

// locate follows a keyword's location from the whole schema down.
func locate(doc map[string]any, path pointer) place {
	p := place{schema: doc, source: sourceOf(doc, "")}
	for i := 0; i < len(path); {
		s, _ := p.schema.(map[string]any)
		sub, used := below(doc, s, path[i:])
		if used == 0 {
			p.keyword = strings.Join(path[i:], "/")
			return p
		}
		p.parent = nil
		if path[i] == "properties" || path[i] == eachMember {
			p.parent = s
		}
		p.schema = sub
		if m, ok := sub.(map[string]any); ok {
			p.source = sourceOf(m, p.source)
		}
		i += used
	}
	return p
}

// below steps from s into the subschema at the beginning of path and says how
// many tokens that took; 0 when path is a keyword of s.
func below(doc, s map[string]any, path pointer) (any, int) {
	switch k := path[0]; k {
	case "$ref":
		ref, _ := s[k].(string)
		if to := follow(doc, ref); to != nil {
			return to, 1
		}
	case eachMember, "properties", "patternProperties", "dependentSchemas", "allOf", "anyOf", "oneOf", "prefixItems":
		if len(path) > 1 {
			if sub, ok := path[:2].lookup(s); ok {
				return sub, 2
			}
		}
	case eachItem, eachValue, "items", "propertyNames", "unevaluatedItems", "unevaluatedProperties", "then", "else":
		switch sub := s[k].(type) {
		case map[string]any:
			return sub, 1
		case bool:
			return sub, 1
		}
	case "additionalProperties":
		if sub, ok := s[k].(map[string]any); ok {
			return sub, 1
		}
	}
	return nil, 0
}

// membersOf are the documented members of an object's schema.
func membersOf(s map[string]any) map[string]any {
	if m, ok := s[eachMember].(map[string]any); ok {
		return m
	}
	m, _ := s["properties"].(map[string]any)
	return m
}

func sourceOf(s map[string]any, inherited string) string {
	return cmp.Or(word(s, keySource), inherited)
}

// matchesAny reports whether a name falls under a schema's patternProperties.
func matchesAny(s map[string]any, name string) bool {
	patterns, _ := s["patternProperties"].(map[string]any)
	for pattern := range patterns {
		if ok, err := regexp.MatchString(pattern, name); err == nil && ok {
			return true
		}
	}
	return false
}

// violation puts a cause in words.
func (c cause) violation() Violation {
	return Violation{
		Rule: c.rule, Severity: c.severity, Pointer: c.text,
		Found: c.found(), Documented: c.documented(), Source: c.source,
	}
}

func (c cause) found() string {
	if c.missing {
		return "missing"
	}
	found := describe(c.value)
	if s, ok := c.schema.(map[string]any); ok && c.rule == "time_unit" {
		n, _ := count(c.value)
		found += ", which would be " + otherUnit(n, word(s, keyUnit))
	}
	return found
}

// documented says what would have been right.
func (c cause) documented() string {
	s, ok := c.schema.(map[string]any)
	switch {
	case c.rule == "misplaced":
		return "this member stands at " + word(s, keyBelongs)
	case c.rule == "additional":
		known := membersOf(c.parent)
		if known == nil || len(c.at) == 0 {
			return "nothing here"
		}
		return "no such member" + nearest(c.at[len(c.at)-1], known)
	case !ok:
		return "a member of the documented shape"
	}
	switch {
	case c.missing:
		return shape(s) + ", required"
	case c.rule == "range":
		return shape(s) + " of 64 bits"
	}
	return shape(s)
}

// nearest hints at the name that was meant; a stranger's long name is not
// compared.
func nearest(name string, properties map[string]any) string {
	const longest = 60
	if len(name) > longest {
		return ""
	}
	return hint(name, sortedNames(properties))
}

// formatNames are the words for formats.
var formatNames = map[string]string{"date-time": "RFC 3339 time", "uuid": "UUID", "uri": "absolute address"}

// shape says what a schema accepts, in a few words.
func shape(s map[string]any) string {
	if own := word(s, keyDocumented); own != "" {
		return own
	}
	if enum := documentedEnum(s); len(enum) > 0 {
		texts := make([]string, len(enum))
		for i, v := range enum {
			texts[i] = enumText(v)
		}
		if len(texts) == 1 {
			return texts[0]
		}
		return "one of " + strings.Join(texts, ", ")
	}
	words := typeNames(s)
	if unit, ok := unitNames[word(s, keyUnit)]; ok {
		words += ", Unix " + unit
	}
	if name, ok := formatNames[word(s, "format")]; ok {
		words += ", " + name
	}
	if pattern := word(s, "pattern"); pattern != "" {
		words += " like " + pattern
	}
	for _, bound := range []string{"minimum", "maximum", "minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties"} {
		if n, ok := s[bound]; ok {
			words += ", " + bound + " " + strings.TrimPrefix(describe(n), "number ")
		}
	}
	return words
}

// documentedEnum is the list of the documents, without what is only tolerated.
func documentedEnum(s map[string]any) []any {
	if v, ok := s["const"]; ok {
		return []any{v}
	}
	if enum, ok := s[markEnum].([]any); ok {
		return enum
	}
	enum, _ := s["enum"].([]any)
	return enum
}

func enumText(v any) string {
	if s, ok := v.(string); ok {
		if s == "" || printable(s) != s {
			return strconv.Quote(s)
		}
		return s
	}
	return describe(v)
}

// typeNames are the documented types in words.
func typeNames(s map[string]any) string {
	types := s["type"]
	if before, ok := s[markType]; ok {
		types = before
	}
	switch t := types.(type) {
	case string:
		return t
	case []any:
		names := make([]string, len(t))
		for i, name := range t {
			names[i], _ = name.(string)
		}
		return strings.Join(names, " or ")
	}
	return "a value of the documented shape"
}
