package console_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
)

// apiFile is api.json as it stands in the profile, read here without package
// schema: what is documented is asked of the file and not of its reader.
type apiFile struct {
	Operations map[string]struct {
		Method, Path, Status, Note, Source, Read string
		Answer                                   int
		Body                                     map[string]any
		BodyOptional                             bool `json:"body_optional"`
		Query                                    map[string]map[string]any
	}
	Errors map[string]struct {
		HTTP                                int
		Code, Message, Status, Note, Source string
	}
	Rates []struct {
		Requests int
		Per      string
	}
	Facts map[string]struct {
		Value  json.RawMessage
		Status string
		Note   string
	}
	Defs map[string]any `json:"$defs"`
}

func readAPI(t testing.TB, path string) apiFile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f apiFile
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return f
}

func flashdutyAPI(t testing.TB) apiFile {
	t.Helper()
	return readAPI(t, "../../schema/profiles/flashduty/2024-11-20/api.json")
}

// step is one change of a fitting body, up to a documented limit or one step
// beyond it.
type step struct {
	name   string
	at     []string // where it is changed
	value  any
	remove bool
	beyond bool
}

// steps lists them for the schema of one body, and of what stands in it.
func steps(f apiFile, at []string, s map[string]any, fitting any) []step {
	if ref, ok := s["$ref"].(string); ok {
		s = f.Defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	var out []step
	add := func(beyond bool, what string, value any) {
		out = append(out, step{name: "/" + strings.Join(at, "/") + " " + what, at: at, value: value, beyond: beyond})
	}
	types := words(s["type"])
	if len(types) > 0 && len(at) > 0 {
		wrong := map[string]any{"string": 7, "integer": "seven", "boolean": "yes", "array": map[string]any{}, "object": []any{}, "number": "seven"}[types[0]]
		add(true, "is no "+types[0], wrong)
		add(true, "is nested in itself", []any{[]any{map[string]any{"a": []any{nil}}}})
		if !slices.Contains(types, "null") {
			add(true, "is null", nil)
		}
	}
	if n, ok := number(s, "maxLength"); ok {
		add(false, fmt.Sprintf("has %d characters", n), strings.Repeat("é", n))
		add(true, fmt.Sprintf("has %d characters", n+1), strings.Repeat("é", n+1))
	}
	if n, ok := number(s, "minLength"); ok {
		add(false, fmt.Sprintf("has %d characters", n), strings.Repeat("x", n))
		add(true, fmt.Sprintf("has %d characters", n-1), strings.Repeat("x", n-1))
	}
	if _, ok := s["pattern"]; ok {
		add(true, "is of another pattern", "not/like/this")
		add(true, "is one character too long", fmt.Sprint(fitting)+"0")
		add(true, "is empty", "")
	}
	if _, ok := s["enum"]; ok {
		for _, word := range words(s["enum"]) {
			add(true, "is written otherwise", strings.ToUpper(word)+"s")
			break
		}
	}
	if n, ok := number(s, "maximum"); ok {
		add(false, fmt.Sprintf("is %d", n), n)
		add(true, fmt.Sprintf("is %d", n+1), n+1)
	}
	if n, ok := number(s, "minimum"); ok {
		add(false, fmt.Sprintf("is %d", n), n)
		add(true, fmt.Sprintf("is %d", n-1), n-1)
	}
	if n, ok := number(s, "exclusiveMinimum"); ok {
		add(false, fmt.Sprintf("is %d", n+1), n+1)
		add(true, fmt.Sprintf("is %d", n), n)
	}
	items, _ := fitting.([]any)
	if n, ok := number(s, "maxItems"); ok && len(items) > 0 {
		add(false, fmt.Sprintf("has %d items", n), slices.Repeat(items[:1], n))
		add(true, fmt.Sprintf("has %d items", n+1), slices.Repeat(items[:1], n+1))
	}
	if n, ok := number(s, "minItems"); ok && len(items) > 0 {
		add(false, fmt.Sprintf("has %d items", n), slices.Repeat(items[:1], n))
		add(true, fmt.Sprintf("has %d items", n-1), slices.Repeat(items[:1], n-1))
	}
	for _, name := range words(s["required"]) {
		here := append(slices.Clone(at), name)
		out = append(out, step{name: "/" + strings.Join(here, "/") + " is missing", at: here, remove: true, beyond: true})
	}
	members, _ := fitting.(map[string]any)
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if value, given := members[name]; given {
			out = append(out, steps(f, append(slices.Clone(at), name), properties[name].(map[string]any), value)...)
		}
	}
	if item, ok := s["items"].(map[string]any); ok && len(items) > 0 {
		out = append(out, steps(f, append(slices.Clone(at), "0"), item, items[0])...)
	}
	return out
}

// unstated are the members that the schema has and the fitting body lacks: no
// step would be made of them.
func unstated(f apiFile, at string, s map[string]any, fitting any) []string {
	if ref, ok := s["$ref"].(string); ok {
		s = f.Defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
	}
	var out []string
	members, _ := fitting.(map[string]any)
	properties, _ := s["properties"].(map[string]any)
	for name, sub := range properties {
		if value, given := members[name]; given {
			out = append(out, unstated(f, at+"/"+name, sub.(map[string]any), value)...)
		} else {
			out = append(out, at+"/"+name)
		}
	}
	if items, _ := fitting.([]any); len(items) > 0 {
		if item, ok := s["items"].(map[string]any); ok {
			out = append(out, unstated(f, at+"/0", item, items[0])...)
		}
	}
	return out
}

func words(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v}
	case []any:
		var out []string
		for _, one := range v {
			out = append(out, fmt.Sprint(one))
		}
		return out
	}
	return nil
}

func number(s map[string]any, keyword string) (int, bool) {
	n, ok := s[keyword].(float64)
	return int(n), ok
}

// apply makes the change in a copy of the body.
func (s step) apply(t *testing.T, fitting any) any {
	t.Helper()
	raw, err := json.Marshal(fitting)
	if err != nil {
		t.Fatal(err)
	}
	var body any
	if err := json.Unmarshal(raw, &body); err != nil {
		t.Fatal(err)
	}
	holder := body
	for _, token := range s.at[:len(s.at)-1] {
		if list, ok := holder.([]any); ok {
			holder = list[0]
			continue
		}
		holder = holder.(map[string]any)[token]
	}
	last := s.at[len(s.at)-1]
	switch holder := holder.(type) {
	case []any:
		holder[0] = s.value
	case map[string]any:
		if s.remove {
			delete(holder, last)
		} else {
			holder[last] = s.value
		}
	}
	return body
}

// withParameter is a query with one parameter changed.
func withParameter(query url.Values, name string, value *string) url.Values {
	out := maps.Clone(query)
	if value == nil {
		delete(out, name)
	} else {
		out[name] = []string{*value}
	}
	return out
}
