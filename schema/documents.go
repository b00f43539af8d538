package schema

import (
	"slices"
	"strings"
)

// documents finds what push.schema.json says about a place; known is false when
// it names no such place.
func (f *pushForm) documents(at pointer) (sub map[string]any, known bool) {
	sub = f.document
	for _, token := range at {
		if sub, known = f.documentsBelow(sub, token, 0); !known {
			return nil, false
		}
	}
	return f.resolved(sub, 0), true
}

// maxReferences bounds how many references and combinations are followed in one
// place: a user's schema may lead round in circles.
const maxReferences = 16

// documentsBelow finds the schema of one member or element.
func (f *pushForm) documentsBelow(s map[string]any, token string, deep int) (map[string]any, bool) {
	if s = f.resolved(s, deep); s == nil || deep > maxReferences {
		return nil, false
	}
	if properties, ok := s["properties"].(map[string]any); ok {
		if sub, ok := properties[token]; ok {
			return asSchema(sub)
		}
	}
	if _, isIndex := index(token); isIndex || token == each {
		if sub, ok := s["items"]; ok {
			return asSchema(sub)
		}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf"} {
		list, _ := s[keyword].([]any)
		for _, item := range list {
			part, _ := item.(map[string]any)
			if sub, ok := f.documentsBelow(part, token, deep+1); ok {
				return sub, true
			}
		}
	}
	if sub, ok := s["additionalProperties"]; ok {
		return asSchema(sub)
	}
	_, named := s["properties"]
	types := typesOf(s)
	return nil, !named && (len(types) == 0 || slices.Contains(types, "object")) // its names are free
}

// asSchema reads a subschema: true allows everything, false nothing.
func asSchema(v any) (map[string]any, bool) {
	switch v := v.(type) {
	case map[string]any:
		return v, true
	case bool:
		return map[string]any{}, v
	}
	return nil, false
}

// resolved follows a reference to the schema's own definitions.
func (f *pushForm) resolved(s map[string]any, deep int) map[string]any {
	for ; deep <= maxReferences; deep++ {
		ref, ok := s["$ref"].(string)
		if !ok {
			return s
		}
		s = f.references[ref]
	}
	return nil
}

// referencesIn finds what each reference in a document leads to: nil where that is
// nothing. A compose asks for it at every member that it writes.
func referencesIn(document map[string]any) map[string]map[string]any {
	found := make(map[string]map[string]any)
	var walk func(s map[string]any)
	walk = func(s map[string]any) {
		if ref, ok := s["$ref"].(string); ok {
			found[ref] = nil
			if at, err := parsePointer(strings.TrimPrefix(ref, "#")); err == nil {
				target, _ := at.lookup(document)
				found[ref], _ = target.(map[string]any)
			}
		}
		for _, sub := range subschemas(s) {
			walk(sub.schema)
		}
	}
	walk(document)
	return found
}

// typesOf lists the types that a schema allows; none when it does not say.
func typesOf(s map[string]any) []string {
	switch t := s["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var types []string
		for _, name := range t {
			if name, ok := name.(string); ok {
				types = append(types, name)
			}
		}
		return types
	}
	return nil
}

// is reports whether a value is of a type of JSON Schema.
func (n *node) is(typeName string) bool {
	return string(n.kind) == typeName || typeName == "integer" && n.kind == kindNumber && integral(n.text)
}
