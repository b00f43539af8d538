package schema_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
)

// documented is a push schema as a test reads it: with its own eyes, not by the
// code under test.
type documented struct {
	ref  schema.Ref
	root map[string]any
}

func readDocumented(t testing.TB, ref schema.Ref) documented {
	t.Helper()
	raw, err := os.ReadFile("profiles/" + ref.Platform + "/" + ref.Date + "/push.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	d := documented{ref: ref}
	if err := json.Unmarshal(raw, &d.root); err != nil {
		t.Fatal(err)
	}
	return d
}

// resolve follows a schema's reference and lays the schema's own words over it.
func (d documented) resolve(s map[string]any) map[string]any {
	ref, ok := s["$ref"].(string)
	if !ok {
		return s
	}
	name := strings.TrimPrefix(ref, "#/$defs/")
	out := maps.Clone(d.resolve(d.root["$defs"].(map[string]any)[name].(map[string]any)))
	for k, v := range s {
		if k != "$ref" {
			out[k] = v
		}
	}
	return out
}

// field is one documented member of an object, in a body that has all of them.
type field struct {
	pointer  string
	name     string
	schema   map[string]any
	required bool
}

// fields walks a schema. In a list it looks at the first element.
func (d documented) fields() []field {
	var list []field
	var walk func(s map[string]any, at string)
	walk = func(s map[string]any, at string) {
		s = d.resolve(s)
		if items, ok := s["items"].(map[string]any); ok {
			walk(items, at+"/0")
		}
		properties, _ := s["properties"].(map[string]any)
		required, _ := s["required"].([]any)
		for _, name := range slices.Sorted(maps.Keys(properties)) {
			sub := d.resolve(properties[name].(map[string]any))
			list = append(list, field{at + "/" + name, name, sub, slices.Contains(required, any(name))})
			walk(sub, at+"/"+name)
		}
	}
	walk(d.root, "")
	return list
}

// example builds a value of a schema that has every documented member and
// breaks no rule.
func (d documented) example(s map[string]any) any {
	s = d.resolve(s)
	if enum, ok := s["enum"].([]any); ok {
		return enum[0]
	}
	switch kinds := typesOf(s); {
	case slices.Contains(kinds, "object"):
		object := map[string]any{}
		properties, _ := s["properties"].(map[string]any)
		for name, sub := range properties {
			if _, misplaced := sub.(map[string]any)["x-belongs"]; !misplaced {
				object[name] = d.example(sub.(map[string]any))
			}
		}
		if values, ok := s["additionalProperties"].(map[string]any); ok {
			object["drill"] = d.example(values)
		}
		return object
	case slices.Contains(kinds, "array"):
		if items, ok := s["items"].(map[string]any); ok {
			return []any{d.example(items)}
		}
		return []any{}
	case slices.Contains(kinds, "integer"):
		switch s["x-unit"] {
		case "s":
			return json.Number("1750000000")
		case "ms":
			return json.Number("1750000000123")
		}
		return json.Number("9007199254740993") // 2^53+1
	case slices.Contains(kinds, "boolean"):
		return true
	case s["format"] == "date-time":
		return "2026-01-02T03:04:05Z"
	case s["pattern"] != nil && strings.Contains(s["pattern"].(string), "{24}"):
		return "0123456789abcdef01234567"
	case s["pattern"] != nil:
		return "01234567-89ab-1cde-8f01-23456789abcd"
	}
	return "drill"
}

func typesOf(s map[string]any) []string {
	switch t := s["type"].(type) {
	case string:
		return []string{t}
	case []any:
		var list []string
		for _, one := range t {
			list = append(list, one.(string))
		}
		return list
	}
	return nil
}

// edit returns the body with the member at a pointer replaced, or removed.
func edit(t testing.TB, body []byte, pointer string, change func(object map[string]any, name string)) []byte {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var doc any
	if err := d.Decode(&doc); err != nil {
		t.Fatal(err)
	}
	tokens := strings.Split(pointer[1:], "/")
	at := doc
	for _, token := range tokens[:len(tokens)-1] {
		switch v := at.(type) {
		case map[string]any:
			at = v[token]
		case []any:
			at = v[0]
		}
	}
	change(at.(map[string]any), tokens[len(tokens)-1])
	return encode(t, doc)
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// full is the body that has every documented member.
func (d documented) full(t testing.TB) []byte { return encode(t, d.example(d.root)) }

func open(t testing.TB, ref string) *schema.Profile {
	t.Helper()
	p, err := schema.Open(ref)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
