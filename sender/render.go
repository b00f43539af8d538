package sender

import (
	"fmt"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// Rendered is what a template makes of one default body.
type Rendered struct {
	Body      []byte     // compact JSON
	Variables []Variable // in the template's order
	Findings  []string   // what a person should know: variables that stay, mappings that change nothing, ...
}

// Variable is one variable of a template and what became of it.
type Variable struct {
	Pointer string `json:"pointer"`          // of the string in the template that it stands in
	Text    string `json:"text"`             // as it is written: "{{incident.title}}"
	Value   string `json:"value,omitempty"`  // what stands in its place, as compact JSON; "" when it stays
	Mapped  string `json:"mapped,omitempty"` // what the value was before the mapping; "" when none applied
	Kept    string `json:"kept,omitempty"`   // why it stays as it is written; "" when it has a value
}

// Render writes the template with the fields of body, a default body: in its own
// order, every number with its digits. A string that is one variable becomes the
// field with its type; within other text a field becomes text. A variable that
// body has no field for stays as it is written, and is a finding.
func (t *Template) Render(body []byte) (Rendered, error) {
	fields, err := schema.ReadTree(body)
	if err != nil {
		return Rendered{}, fmt.Errorf("template: the default body: %w", err)
	}
	r := rendering{valueMap: t.valueMap, fields: fields, room: MaxRendered}
	tree, err := t.tree.Replace(r.replace)
	if err != nil {
		return Rendered{}, fmt.Errorf("template: %w", err)
	}
	return Rendered{Body: tree.JSON(), Variables: r.variables, Findings: firstOf(append(r.kept(), t.unread...))}, nil
}

// rendering is one Render at work.
type rendering struct {
	valueMap  map[string]map[string]string
	fields    schema.Tree
	variables []Variable
	room      int // bytes that variables may still put into the body
}

// replace makes what stands in place of one string of the template. What a
// variable brings in is not looked at again: a title with braces in it stays a
// title.
func (r *rendering) replace(at, text string) (schema.Tree, error) {
	parts, err := splitVariables(text)
	if err != nil {
		return schema.Tree{}, err
	}
	var mixed strings.Builder
	for _, p := range parts {
		value := schema.TextTree(p.text)
		if p.variable {
			if value, err = r.resolve(at, p); err != nil {
				return schema.Tree{}, err
			}
		}
		if len(parts) == 1 {
			return value, nil
		}
		mixed.WriteString(value.String())
	}
	return schema.TextTree(mixed.String()), nil
}

// resolve finds a variable's value and puts it through the mapping of its path.
func (r *rendering) resolve(at string, p part) (schema.Tree, error) {
	v := Variable{Pointer: at, Text: p.text}
	value, found := r.fields.At(strings.Split(p.path, ".")...)
	if !found {
		value = schema.TextTree(p.text)
		v.Kept = r.whyKept(p.path)
	} else {
		if before, scalar := value.Scalar(); scalar {
			if mapped, ok := r.valueMap[p.path][before]; ok {
				v.Mapped = string(value.JSON())
				value = schema.TextTree(mapped)
			}
		}
		v.Value = string(value.JSON())
	}
	if r.room -= len(v.Value); r.room < 0 {
		return schema.Tree{}, fmt.Errorf("%s: the body grows by more than %d bytes (a limit of hookdrill); take fewer or smaller fields", place(at), MaxRendered)
	}
	r.variables = append(r.variables, v)
	return value, nil
}

// whyKept says why there is no field at a path, and what would do.
func (r *rendering) whyKept(path string) string {
	const legible = 200
	if len(path) > legible {
		return "the default body has no such field"
	}
	levels := strings.Split(path, ".")
	if trimmed := strings.TrimSpace(path); trimmed != path {
		if _, there := r.fields.At(strings.Split(trimmed, ".")...); there {
			return "no document says that spaces may stand inside the braces; write {{" + trimmed + "}}"
		}
	}
	for i := 1; i < len(levels)-1; i++ {
		above, there := r.fields.At(levels[:i]...)
		if !there {
			break
		}
		if _, dotted := above.At(strings.Join(levels[i:], ".")); dotted {
			return "a dot separates levels, so a name with a dot in it cannot be reached; take {{" + strings.Join(levels[:i], ".") + "}} whole"
		}
	}
	return "the default body has no such field: " + r.fields.Nearest(levels...)
}

// kept says which variables stay as they are written.
func (r *rendering) kept() (findings []string) {
	for _, v := range r.variables {
		if v.Kept != "" {
			findings = append(findings, fmt.Sprintf("%s: %s stays as it is: %s", place(v.Pointer), printable(shortened(v.Text)), printable(v.Kept)))
		}
	}
	return findings
}

// firstOf bounds what a report says about one template.
func firstOf(findings []string) []string {
	const most = 20
	if len(findings) <= most {
		return findings
	}
	return append(findings[:most-1:most-1], fmt.Sprintf("%d more findings about the template", len(findings)-most+1))
}
