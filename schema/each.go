package schema

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// emptyName stands for the name "" in an instance's location, which cannot
// say it; a real NUL is escaped there.
const emptyName = "\x00"

// eachCompiler makes the extension that walks objects and lists in place of the
// library's own keywords, for two reasons. Most members need no more than a look.
// And the library goes on to the last of 30,000 wrong items; this stops when there
// are more violations than are reported.
type eachCompiler struct{}

// Compile implements jsonschema.ExtCompiler.
func (eachCompiler) Compile(ctx jsonschema.CompilerContext, m map[string]any) (jsonschema.ExtSchema, error) {
	var e eachSchema
	var err error
	members, _ := m[eachMember].(map[string]any)
	for _, name := range sortedNames(members) {
		one, err := newEachOne(ctx, eachMember+"/"+location(name), members[name])
		if err != nil {
			return nil, err
		}
		one.name, one.location = name, location(name)
		e.members = append(e.members, one)
	}
	e.named = members
	if sub, ok := m[eachValue]; ok {
		e.closed = sub == false // true stays with the library
		if e.values, err = newEachOne(ctx, eachValue, sub); err != nil {
			return nil, err
		}
	}
	if sub, ok := m[eachItem]; ok {
		if e.items, err = newEachOne(ctx, eachItem, sub); err != nil {
			return nil, err
		}
	}
	if e.members == nil && e.values == nil && e.items == nil {
		return nil, nil
	}
	return &e, nil
}

// eachOne judges one member, or every value or item.
type eachOne struct {
	name     string // of a member
	location string
	keyword  string
	schema   *jsonschema.Schema
	look     *look
	items    *eachOne // of a list that is no more than its items
	least    int      // of them
}

func newEachOne(ctx jsonschema.CompilerContext, keyword string, doc any) (*eachOne, error) {
	s, err := ctx.Compile(keyword, false)
	if err != nil {
		return nil, err
	}
	m, _ := doc.(map[string]any)
	one := &eachOne{keyword: keyword, schema: s, look: newLook(doc)}
	least, counted := minItems(m)
	if items, ok := m[eachItem]; ok && counted && takes(m, "array") && onlySays(m, "type", "minItems", eachItem) {
		one.least = least
		one.items, err = newEachOne(ctx, keyword+"/"+eachItem, items)
	}
	return one, err
}

// check appends what is wrong with a value. The items of a list are looked at
// from here: the library would first note the index of each.
func (o *eachOne) check(ctx jsonschema.ValidationContext, value any, at string, wrong *[]error) {
	if o.look.accepts(value) {
		return
	}
	if list, ok := value.([]any); ok && o.items != nil && len(list) >= max(o.least, 1) {
		o.items.checkAll(ctx, list, at+"/", wrong)
		return
	}
	if err := ctx.Validate(o.schema, o.keyword, value, at); err != nil {
		*wrong = append(*wrong, err)
	}
}

// checkAll checks the items of a list, until there are more violations than are
// reported.
func (o *eachOne) checkAll(ctx jsonschema.ValidationContext, list []any, at string, wrong *[]error) {
	for i := 0; i < len(list) && !enough(ctx, wrong); i++ {
		o.check(ctx, list[i], at+strconv.Itoa(i), wrong)
	}
}

// eachSchema is one object's or list's members, values and items.
type eachSchema struct {
	members []*eachOne
	named   map[string]any // the members' names
	values  *eachOne
	closed  bool // no values but the members
	items   *eachOne
}

// Validate implements jsonschema.ExtSchema.
func (e *eachSchema) Validate(ctx jsonschema.ValidationContext, v any) error {
	var wrong []error
	switch v := v.(type) {
	case map[string]any:
		e.object(ctx, v, &wrong)
	case []any:
		if e.items != nil {
			e.items.checkAll(ctx, v, "", &wrong)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return jsonschema.ValidationError{}.Group(ctx.Error("", ""), wrong...)
}

func (e *eachSchema) object(ctx jsonschema.ValidationContext, v map[string]any, wrong *[]error) {
	known := 0
	for _, m := range e.members {
		if value, ok := v[m.name]; ok {
			known++
			m.check(ctx, value, m.location, wrong)
		}
	}
	if e.values == nil || known == len(v) {
		return
	}
	if e.closed { // which ones are unknown, the explanation finds out
		*wrong = append(*wrong, ctx.Error("additionalProperties", ""))
		return
	}
	for name, value := range v {
		if _, own := e.named[name]; own {
			continue
		}
		e.values.check(ctx, value, location(name), wrong)
		if enough(ctx, wrong) {
			return
		}
	}
}

// enough says that there are more violations than are reported and counted, and
// notes that in place of the last.
func enough(ctx jsonschema.ValidationContext, wrong *[]error) bool {
	const counted = MaxViolations + 1
	if len(*wrong) <= counted {
		return false
	}
	*wrong = append((*wrong)[:counted], ctx.Error(eachMore, ""))
	return true
}

// location writes a name as a token of a location, as the library does.
func location(name string) string {
	if name == "" {
		return emptyName
	}
	return url.PathEscape(escapeToken.Replace(name))
}

// minItems reads how many items a list must have; ok is false where that is no
// number to count to.
func minItems(m map[string]any) (least int, ok bool) {
	given, said := m["minItems"]
	if !said {
		return 0, true
	}
	number, _ := given.(json.Number)
	least, err := strconv.Atoi(number.String())
	return least, err == nil
}

// onlySays reports whether a schema has none but these keywords, and words for
// people.
func onlySays(m map[string]any, keywords ...string) bool {
	for keyword := range m {
		switch {
		case slices.Contains(keywords, keyword), keyword == "description", keyword == "title", keyword == "$comment":
		case !strings.HasPrefix(keyword, "x-") || strings.HasPrefix(keyword, "x-each-"):
			return false
		}
	}
	return true
}

// stringList reads a string or a list of strings; nil is anything else.
func stringList(v any) []string {
	if s, ok := v.(string); ok {
		return []string{s}
	}
	list, _ := v.([]any)
	var out []string
	for _, item := range list {
		s, ok := item.(string)
		if !ok {
			return nil
		}
		out = append(out, s)
	}
	return out
}
