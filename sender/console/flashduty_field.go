package console

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// Field is a custom field that the account defines. It is data.
type Field struct {
	Name    string   // by which incidents carry it: "trace_url"
	Type    string   // in the platform's own words: "text", "checkbox", "single_select", "multi_select"; "" is text
	Label   string   // what people read; "" is Name
	Options []string // what a select may hold; none: a field that came with an incident, which may hold anything of its type
}

// WithFields defines custom fields, beside those that incidents come with: an API
// that has fields refuses values of others. One that has none does not look at
// them.
func WithFields(fields ...Field) Option {
	return func(s *settings) { s.fields = append(s.fields, fields...) }
}

// fieldRules are what the API documents of custom fields.
type fieldRules struct {
	types map[string]string // type -> what its value is: bool, string, strings
	name  *regexp.Regexp
}

// readFieldRules reads facts field_types and field_name.
func readFieldRules(a *schema.API) (fieldRules, error) {
	var r fieldRules
	if err := fact(a, "field_types", &r.types); err != nil {
		return r, err
	}
	pattern, err := regexp.Compile(a.Facts["field_name"].Text())
	if err != nil {
		return r, fmt.Errorf("api.json: fact field_name: %w", err)
	}
	r.name = pattern
	return r, nil
}

// define completes fields and says which of them the platform would not define.
func (r fieldRules) define(fields []Field) ([]Field, error) {
	var out []Field
	for _, f := range fields {
		if f.Type == "" {
			f.Type = "text"
		}
		if f.Label == "" {
			f.Label = f.Name
		}
		value, known := r.types[f.Type]
		selects := strings.HasSuffix(f.Type, "_select")
		switch {
		case !r.name.MatchString(f.Name):
			return nil, fmt.Errorf("field %q: its name does not match %s", f.Name, r.name)
		case !known:
			return nil, fmt.Errorf("field %s: type %q is not documented; %s would do", f.Name, f.Type, strings.Join(slices.Sorted(maps.Keys(r.types)), ", "))
		case selects != (len(f.Options) > 0):
			return nil, fmt.Errorf("field %s: a %s has %d options; selects have some, and nothing else has", f.Name, f.Type, len(f.Options))
		case slices.ContainsFunc(out, func(o Field) bool { return o.Name == f.Name }):
			return nil, fmt.Errorf("field %s: defined twice", f.Name)
		case value == "":
			return nil, fmt.Errorf("field %s: what a %s holds is not stated", f.Name, f.Type)
		}
		out = append(out, f)
	}
	return out, nil
}

// fieldOf is the definition of a field that an incident came with: what its value
// is says its type.
func fieldOf(name string, value any) Field {
	f := Field{Name: name, Type: "text", Label: name}
	switch value.(type) {
	case bool:
		f.Type = "checkbox"
	case []any, []string:
		f.Type = "multi_select"
	}
	return f
}

// misfit says what value is, where it is nothing that f holds; "" where it fits.
func (r fieldRules) misfit(f Field, value any) string {
	var fits bool
	switch r.types[f.Type] {
	case "bool":
		_, fits = value.(bool)
	case "string":
		s, text := value.(string)
		fits = text && f.offers(s)
	case "strings":
		items, many := value.([]any)
		fits = many && !slices.ContainsFunc(items, func(v any) bool {
			s, text := v.(string)
			return !text || !f.offers(s)
		})
	}
	if fits {
		return ""
	}
	return said(value)
}

// holds says for people what f may hold.
func (r fieldRules) holds(f Field) string {
	what := map[string]string{"bool": "true or false", "string": "text", "strings": "a list of texts"}[r.types[f.Type]]
	if len(f.Options) > 0 {
		what += " of " + strings.Join(f.Options, ", ")
	}
	return fmt.Sprintf("%s, as a %s holds", what, f.Type)
}

func (f Field) offers(option string) bool {
	return len(f.Options) == 0 || slices.Contains(f.Options, option)
}

// defined finds what the account, or the incident, says of a field.
func (k *call) defined(i Incident, name string) (Field, bool) {
	fields := k.flashduty().fields
	if n := slices.IndexFunc(fields, func(f Field) bool { return f.Name == name }); n >= 0 {
		return fields[n], true
	}
	value, has := i.Fields[name]
	return fieldOf(name, value), has
}

// flashdutyFieldReset sets a custom field. Without a value, or with null, it is
// deleted.
func flashdutyFieldReset(k *call) (any, *refusal) {
	i, refused := k.one()
	if refused != nil {
		return nil, refused
	}
	name, value := word(k.members(), "field_name"), k.members()["field_value"]
	field, known := k.defined(i, name)
	rules := k.flashduty().fieldRules
	switch {
	case !known:
		return nil, invalid("/field_name", said(name), "a field that is defined on the account")
	case value == nil:
		return nothing, k.change([]string{i.ID}, missingIncident, func(i *Incident) ([]Entry, *refusal) {
			if _, set := i.Fields[name]; !set {
				k.note("the incident has no field " + name)
			}
			delete(i.Fields, name)
			k.touch(i)
			return []Entry{{What: FieldDeleted, Field: name}}, nil
		})
	}
	if found := rules.misfit(field, value); found != "" {
		return nil, invalid("/field_value", found, rules.holds(field))
	}
	return nothing, k.change([]string{i.ID}, missingIncident, func(i *Incident) ([]Entry, *refusal) {
		i.Fields[name] = value
		k.touch(i)
		text, ok := value.(string)
		if !ok {
			text = jsonText(value)
		}
		return []Entry{{What: FieldSet, Field: name, Text: text, Detail: object{"value": value}}}, nil
	})
}

// fieldItems are the definitions of the account, and of what incidents came with,
// sorted by name.
func (k *call) fieldItems() ([]object, *refusal) {
	defined := map[string]Field{}
	every, _ := k.console.list(func(*Incident) bool { return true }, 0, math.MaxInt)
	for _, i := range every {
		for name, value := range i.Fields {
			defined[name] = fieldOf(name, value)
		}
	}
	for _, f := range k.flashduty().fields {
		defined[f.Name] = f
	}
	var out []object
	for _, name := range slices.Sorted(maps.Keys(defined)) {
		item, refused := k.fieldItem(defined[name])
		if refused != nil {
			return nil, refused
		}
		out = append(out, item)
	}
	return out, nil
}

func (k *call) fieldItem(f Field) (object, *refusal) {
	id, err := k.console.sender.Mint(k.console.door.pattern(k.console.api, "field"), "field "+f.Name, 0)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	value := "string"
	if k.flashduty().fieldRules.types[f.Type] == "bool" {
		value = "bool"
	}
	at := k.flashduty().opened.Unix()
	return object{
		"account_id": k.flashduty().id, "field_id": id, "field_name": f.Name, "display_name": f.Label, "description": "", "field_type": f.Type,
		"value_type": value, "options": f.Options, "default_value": nil, "status": "enabled", "creator_id": k.personID(), "updated_by": k.personID(),
		"created_at": at, "updated_at": at,
	}, nil
}

// flashdutyFieldList lists the fields whose names match a regular expression; one
// that is none is looked for as text.
func flashdutyFieldList(k *call) (any, *refusal) {
	list, refused := k.fieldItems()
	if refused != nil {
		return nil, refused
	}
	query := word(k.members(), "query")
	pattern, err := regexp.Compile(query)
	if err != nil {
		pattern = regexp.MustCompile(regexp.QuoteMeta(query))
	}
	creator, asked, refused := k.whole("creator_id")
	list = slices.DeleteFunc(list, func(f object) bool {
		return !pattern.MatchString(word(f, "field_name")) && !pattern.MatchString(word(f, "display_name")) || asked && !among([]any{creator}, f["creator_id"])
	})
	if k.members()["asc"] == false {
		slices.Reverse(list)
	}
	return object{"items": append([]object{}, list...)}, refused
}

func flashdutyFieldInfo(k *call) (any, *refusal) {
	list, refused := k.fieldItems()
	if refused != nil {
		return nil, refused
	}
	id := word(k.members(), "field_id")
	n := slices.IndexFunc(list, func(f object) bool { return f["field_id"] == id })
	if n < 0 {
		return nil, missing("field", id)
	}
	return list[n], nil
}
