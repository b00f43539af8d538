package schema

import (
	"encoding/json"
	"regexp"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// look is a quick look at a value for a schema that says no more than most do: a
// type, a format, a pattern, one of several words, and the same of what an object
// or a list holds. What it accepts is certainly valid. Whatever it does not accept
// the library judges, which takes about a microsecond for each value.
type look struct {
	types    types
	words    []string // nil: any
	format   func(any) bool
	pattern  *regexp.Regexp
	required []string // beside the required members
	members  []lookMember
	named    map[string]any // the members' names
	values   *look          // of the other members
	items    *look
	minItems int
}

// lookMember is a member of an object; nil is a schema that asks the library.
type lookMember struct {
	name     string
	required bool
	*look
}

// types are the types that a value may have.
type types struct{ null, boolean, number, text, array, object bool }

// anything is the look of a schema that says nothing.
var anything = new(look)

// newLook makes the look of a rewritten schema; nil where that says what no look
// can tell.
func newLook(doc any) *look {
	if doc == true {
		return anything
	}
	m, isObject := doc.(map[string]any)
	least, counted := minItems(m)
	words := stringList(m["enum"])
	_, chosen := m["enum"]
	if !isObject || !plain(m) || !counted || chosen && words == nil {
		return nil
	}
	l := &look{types: typesIn(m), words: words, required: stringList(m["required"]), minItems: least}
	if name := word(m, "format"); name != "" {
		if l.format = formats[name]; l.format == nil {
			l.format = jsonschema.Formats[name]
		}
	}
	if _, given := m["pattern"]; given {
		var err error
		if l.pattern, err = regexp.Compile(word(m, "pattern")); err != nil {
			return nil
		}
	}
	l.named, _ = m[eachMember].(map[string]any)
	for _, name := range sortedNames(l.named) {
		l.members = append(l.members, lookMember{name, slices.Contains(l.required, name), newLook(l.named[name])})
	}
	l.required = slices.DeleteFunc(l.required, func(name string) bool { _, named := l.named[name]; return named })
	l.values, l.items = anything, anything
	if values, given := m[eachValue]; given {
		l.values = newLook(values)
	}
	if items, given := m[eachItem]; given {
		l.items = newLook(items)
	}
	return l
}

// plain reports whether a schema says no more than a look can tell.
func plain(m map[string]any) bool {
	more, given := m["additionalProperties"]
	return (!given || more == true) && onlySays(m, "$schema", "$defs", "type", "enum", "format", "pattern", "required", "minItems",
		"additionalProperties", eachMember, eachValue, eachItem)
}

// typesIn reads the types of a schema; all where it names none.
func typesIn(m map[string]any) types {
	_, given := m["type"]
	has := func(name string) bool { return !given || takes(m, name) }
	return types{has("null"), has("boolean"), has("number"), has("string"), has("array"), has("object")}
}

// accepts reports whether v is certainly valid.
func (l *look) accepts(v any) bool {
	if l == nil || l == anything {
		return l == anything
	}
	ok := l.words == nil
	switch v := v.(type) {
	case nil:
		ok = ok && l.types.null
	case bool:
		ok = ok && l.types.boolean
	case json.Number:
		ok = ok && l.types.number
	case string:
		ok = l.types.text && (ok || slices.Contains(l.words, v)) && (l.pattern == nil || l.pattern.MatchString(v))
	case []any:
		ok = ok && l.types.array && l.acceptsItems(v)
	case map[string]any:
		ok = ok && l.types.object && l.acceptsMembers(v)
	default:
		return false
	}
	return ok && (l.format == nil || l.format(v))
}

func (l *look) acceptsItems(list []any) bool {
	for _, item := range list {
		if !l.items.accepts(item) {
			return false
		}
	}
	return len(list) >= l.minItems
}

func (l *look) acceptsMembers(object map[string]any) bool {
	for _, name := range l.required {
		if _, there := object[name]; !there {
			return false
		}
	}
	known := 0
	for _, m := range l.members {
		value, there := object[m.name]
		if !there {
			if m.required {
				return false
			}
			continue
		}
		if known++; !m.accepts(value) {
			return false
		}
	}
	if known == len(object) || l.values == anything {
		return true
	}
	for name, value := range object {
		if _, named := l.named[name]; !named && !l.values.accepts(value) {
			return false
		}
	}
	return true
}
