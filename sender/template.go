package sender

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/hookdrill/hookdrill/schema"
)

// The bounds of custom bodies. They are ours: no platform documents any, and
// they keep a template from strangers cheap.
const (
	MaxTemplate = 256 << 10 // bytes of a template
	MaxRendered = 4 << 20   // bytes that its variables put into a body
)

// The marks around a variable.
const (
	opening = "{{"
	closing = "}}"
)

// Template is a custom request body: JSON in whose strings {{field.path}} stands
// for a field of the default body. It is immutable and safe for concurrent use.
// What no document says about it is decided in schema/README.md.
type Template struct {
	tree     schema.Tree
	valueMap map[string]map[string]string
	unread   []string // findings about the template itself
}

// ParseTemplate reads a template and the value mapping that goes with it, field
// path to value to what is sent in its place; nil is none. The error names line
// and column where src is no JSON, and the JSON pointer of a variable that is
// never closed.
func ParseTemplate(src []byte, valueMap map[string]map[string]string) (*Template, error) {
	if len(src) > MaxTemplate {
		return nil, fmt.Errorf("template of %s: at most %d would do (a limit of hookdrill)", count(len(src), "byte"), MaxTemplate)
	}
	tree, err := schema.ReadTree(src)
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	t := &Template{tree: tree, valueMap: make(map[string]map[string]string, len(valueMap))}
	for path, values := range valueMap {
		for value, text := range values {
			if !utf8.ValidString(text) {
				return nil, fmt.Errorf("value map: %s: what is sent in place of %q is no UTF-8", place(path), shortened(value))
			}
		}
		t.valueMap[path] = maps.Clone(values)
	}
	used := map[string]bool{}
	_, err = tree.Replace(func(at, text string) (schema.Tree, error) {
		parts, err := splitVariables(text)
		if err != nil {
			return schema.Tree{}, fmt.Errorf("template: %s: %w", place(at), err)
		}
		for _, p := range parts {
			used[p.path] = used[p.path] || p.variable
		}
		return schema.TextTree(text), nil
	})
	if err != nil {
		return nil, err
	}
	t.findUnread(used)
	return t, nil
}

// findUnread finds what stands in the template or the mapping and does nothing.
func (t *Template) findUnread(used map[string]bool) {
	for at, name := range t.tree.Names() {
		if strings.Contains(name, opening) {
			t.unread = append(t.unread, fmt.Sprintf("%s: a member's name is sent as it is; variables stand in values", place(at)))
		}
	}
	for _, path := range slices.Sorted(maps.Keys(t.valueMap)) {
		if !used[path] {
			t.unread = append(t.unread, fmt.Sprintf("the mapping of %s changes nothing: no variable is %s", place(path), place(opening+path+closing)))
		}
	}
}

// ParseValueMap reads a value mapping: a JSON object of field paths, each with an
// object of values and the texts that are sent in their place.
func ParseValueMap(src []byte) (map[string]map[string]string, error) {
	if len(src) > MaxTemplate {
		return nil, fmt.Errorf("value map of %s: at most %d would do (a limit of hookdrill)", count(len(src), "byte"), MaxTemplate)
	}
	if _, err := schema.ReadTree(src); err != nil {
		return nil, fmt.Errorf("value map: %w", err)
	}
	var paths map[string]json.RawMessage
	if json.Unmarshal(src, &paths) != nil || paths == nil {
		return nil, fmt.Errorf("value map: it is no object; want %s", valueMapForm)
	}
	out := make(map[string]map[string]string, len(paths))
	for _, path := range slices.Sorted(maps.Keys(paths)) {
		// Pointers, because null would pass for an empty text.
		var values map[string]*string
		if json.Unmarshal(paths[path], &values) != nil || values == nil {
			return nil, fmt.Errorf("value map: %s has something else than texts; want %s", place(path), valueMapForm)
		}
		out[path] = make(map[string]string, len(values))
		for value, text := range values {
			if text == nil {
				return nil, fmt.Errorf("value map: %s: null in place of %q; a text would do", place(path), shortened(value))
			}
			out[path][value] = *text
		}
	}
	return out, nil
}

// valueMapForm is what a value map looks like, for errors.
const valueMapForm = `{"field.path": {"value": "text in its place"}}`

// part is a piece of a string: text, or a variable.
type part struct {
	text     string // as it is written
	path     string // of a variable
	variable bool
}

// splitVariables cuts a string at its variables. A {{ belongs to the next }}.
func splitVariables(text string) ([]part, error) {
	var parts []part
	for rest := text; rest != ""; {
		before, behind, found := strings.Cut(rest, opening)
		if before != "" {
			parts = append(parts, part{text: before})
		}
		if !found {
			break
		}
		path, after, closed := strings.Cut(behind, closing)
		if !closed || strings.Contains(path, opening) {
			return nil, fmt.Errorf("%q opens a variable that nothing closes; write {{field.path}}", shortened(opening+behind))
		}
		parts = append(parts, part{text: opening + path + closing, path: path, variable: true})
		rest = after
	}
	return parts, nil
}

// place writes a JSON pointer or a field path of a stranger's file for people.
func place(at string) string {
	if at == "" {
		return "the whole value"
	}
	return shortened(printable(at))
}

func shortened(text string) string {
	const room = 80
	letters := []rune(text)
	if len(letters) <= room {
		return text
	}
	return string(letters[:room]) + "…"
}
