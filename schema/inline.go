package schema

import (
	"slices"
	"strings"
)

// inliner puts what local references lead to in their place.
type inliner struct {
	root map[string]any
	left int // how many members it may still copy
}

// children looks at the schemas in m. open are the references that lead here:
// one that leads back to itself stays a reference.
func (in *inliner) children(m map[string]any, open []string) {
	here := open
	for ref, ok := m["$ref"].(string); ok && in.place(m, ref, here); ref, ok = m["$ref"].(string) {
		here = append(slices.Clip(here), ref)
	}
	for _, sub := range subschemas(m) {
		in.children(sub.schema, here)
	}
}

// place lays the definition under m's own members, which have the last word
// on annotations; where both assert the same keyword the reference stays.
func (in *inliner) place(m map[string]any, ref string, open []string) bool {
	target := follow(in.root, ref)
	if target == nil || slices.Contains(open, ref) {
		return false
	}
	for name := range m {
		_, both := target[name]
		if both && name != "description" && name != "title" && name != "$comment" && !strings.HasPrefix(name, "x-") {
			return false
		}
	}
	size := members(target)
	if in.left -= size; in.left < 0 {
		return false
	}
	delete(m, "$ref")
	for name, value := range target {
		if _, own := m[name]; !own {
			m[name] = copyValue(value)
		}
	}
	return true
}

// follow finds the schema that a local reference leads to, nil for none.
func follow(root map[string]any, ref string) map[string]any {
	path, local := strings.CutPrefix(ref, "#")
	if !local {
		return nil
	}
	p, err := parsePointer(path)
	if err != nil || len(p) == 0 {
		return nil
	}
	v, _ := p.lookup(root)
	m, _ := v.(map[string]any)
	return m
}

// members counts what a copy of v would hold.
func members(v any) int {
	n := 1
	switch v := v.(type) {
	case map[string]any:
		for _, below := range v {
			n += members(below)
		}
	case []any:
		for _, below := range v {
			n += members(below)
		}
	}
	return n
}

func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		m := make(map[string]any, len(v))
		for name, below := range v {
			m[name] = copyValue(below)
		}
		return m
	case []any:
		list := make([]any, len(v))
		for i, below := range v {
			list[i] = copyValue(below)
		}
		return list
	}
	return v
}
