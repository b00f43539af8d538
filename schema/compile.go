package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// schemaURL names the push schema inside the compiler; nothing is fetched from
// there, nor from anywhere else.
const schemaURL = "https://hookdrill.invalid/push.schema.json"

// formats are those that a push schema is rewritten to use. A format looks at
// the Go value, where "integer" makes a big.Rat of it, which takes longer than
// all else about a number.
var formats = map[string]func(any) bool{
	formatInteger:   isInteger,
	formatInt64:     isInt64,
	formatSeconds:   isSeconds,
	formatMillis:    isMillis,
	formatMillis0:   isMillisOrZero,
	formatMisplaced: func(any) bool { return false },
}

// validator is the schema of a push, or of a request to the API, compiled.
type validator struct {
	schema   *jsonschema.Schema
	look     *look
	doc      map[string]any // what was compiled; violations are explained from it
	strength Strength
	request  bool // of the API: strict, but for names that no document knows
}

// newValidator compiles a push schema. It reads nothing but raw: a reference to
// another document is an error, and no file or host is asked. Errors leave it to
// the caller to name the file.
func newValidator(raw []byte, s Strength) (*validator, error) {
	doc, err := parseSchema(raw)
	if err != nil {
		return nil, err
	}
	return compileSchema(doc, s)
}

// compileSchema compiles doc, which is the validator's from then on.
func compileSchema(doc map[string]any, s Strength) (v *validator, err error) {
	defer func() {
		if p := recover(); p != nil {
			v, err = nil, fmt.Errorf("the compiler gave up: %v", p)
		}
	}()
	if err := rewrite(doc, s); err != nil {
		return nil, err
	}
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}

	c := jsonschema.NewCompiler()
	c.Draft = jsonschema.Draft2020
	c.AssertFormat = true
	c.Formats = formats
	c.LoadURL = func(url string) (io.ReadCloser, error) {
		return nil, fmt.Errorf("a reference leads to %s: a schema stands alone, #/$defs/NAME would do", printable(url))
	}
	c.RegisterExtension("each", jsonschema.MustCompileString("each.json", "{}"), eachCompiler{})
	if err := c.AddResource(schemaURL, bytes.NewReader(text)); err != nil {
		return nil, err
	}
	compiled, err := c.Compile(schemaURL)
	if err != nil {
		return nil, err
	}
	return &validator{schema: compiled, look: newLook(doc), doc: doc, strength: s}, nil
}

func parseSchema(raw []byte) (map[string]any, error) {
	var found findings
	v, ok := decode(raw, Strict, &found)
	if len(found.list) > 0 {
		first := found.list[0]
		return nil, fmt.Errorf("%s: found %s; wanted %s", orBody(first.Pointer), first.Found, first.Documented)
	}
	doc, isObject := v.(map[string]any)
	if !ok || !isObject {
		return nil, fmt.Errorf("found %s; wanted an object", describe(v))
	}
	return doc, nil
}

// rewrite turns the one documented schema into what is compiled. References to
// $defs are put in place (that saves a sixth and more of the time), integers
// and time units become formats, and strict closes every object.
func rewrite(doc map[string]any, s Strength) error {
	in := inliner{root: doc, left: 10_000}
	in.children(doc, nil)
	defs, named := doc["$defs"]
	delete(doc, "$defs")
	if named && mentions(doc, "$ref") {
		doc["$defs"] = defs
	}
	w := rewriter{
		strength: s,
		zero:     doc[keyZeroIsAbsent] == true,
		// What is evaluated by an extension counts as unevaluated.
		each: !mentions(doc, "unevaluatedProperties", "unevaluatedItems"),
	}
	return w.schema(doc, "", true)
}

// rewriter walks a schema's subschemas once.
type rewriter struct {
	strength Strength
	zero     bool // 0, "" and absent are alike for optional members
	each     bool // items and values are walked by an extension that knows when to stop
}

// schema rewrites one subschema. closed says that strict may close it: under
// allOf and its like, an object is described in several places.
func (w rewriter) schema(m map[string]any, at string, closed bool) error {
	if enum, ok := m["enum"].([]any); ok && len(enum) == 0 {
		return fmt.Errorf("%s/enum: is empty, so that nothing would pass", at)
	}
	w.tolerate(m)
	w.number(m)
	if _, ok := m[keyBelongs]; ok {
		m["format"] = formatMisplaced
	}
	_, named := m["properties"]
	_, more := m["additionalProperties"]
	if w.strength == Strict && closed && named && !more {
		m["additionalProperties"] = false
	}
	w.optional(m)
	for _, sub := range subschemas(m) {
		// What a list has to contain is described elsewhere too, by its items.
		if err := w.schema(sub.schema, at+"/"+sub.path, closed && !sub.inPlace && sub.path != "contains"); err != nil {
			return err
		}
	}
	if w.each {
		w.giveToEach(m)
	}
	return nil
}

// tolerate widens an enum by what the documents disagree on, for the lenient
// reading. The documented list stays for the words of a violation.
func (w rewriter) tolerate(m map[string]any) {
	enum, ok := m["enum"].([]any)
	if !ok || w.strength == Strict {
		return
	}
	more, _ := m[keyTolerated].([]any)
	if w.zero && m[markOptional] == true {
		more = append(slices.Clip(more), "")
	}
	if len(more) > 0 {
		m[markEnum] = enum
		m["enum"] = append(slices.Clip(enum), more...)
	}
}

// number puts a format in place of "integer".
func (w rewriter) number(m map[string]any) {
	if !takes(m, "integer") {
		return
	}
	format := formatInteger
	switch unit := word(m, keyUnit); {
	case unit == "s":
		format = formatSeconds
	case unit == "ms" && w.zero && m[markOptional] == true:
		format = formatMillis0
	case unit == "ms":
		format = formatMillis
	case m["format"] == "int64":
		format = formatInt64
	}
	m[markType] = m["type"]
	m["format"] = format
	if types, ok := m["type"].([]any); ok {
		types = slices.Clone(types)
		types[slices.Index(types, any("integer"))] = "number"
		m["type"] = types
	} else {
		m["type"] = "number"
	}
}

// optional marks the members that may be absent.
func (w rewriter) optional(m map[string]any) {
	properties, _ := m["properties"].(map[string]any)
	required, _ := m["required"].([]any)
	for name, sub := range properties {
		if sub, ok := sub.(map[string]any); ok && !slices.Contains(required, any(name)) {
			sub[markOptional] = true
		}
	}
}

// giveToEach moves what the extension walks from the library's keywords to its
// own. What it cannot do stays: patterns of names, items by position, and a
// member without a name.
func (w rewriter) giveToEach(m map[string]any) {
	move := func(from, to string) {
		if sub, ok := m[from]; ok {
			delete(m, from)
			m[to] = sub
		}
	}
	_, byPosition := m["prefixItems"]
	if items, ok := m["items"].(map[string]any); ok && items != nil && !byPosition {
		move("items", eachItem)
	}
	properties, _ := m["properties"].(map[string]any)
	_, nameless := properties[""]
	_, byPattern := m["patternProperties"]
	if !nameless && !byPattern {
		move("properties", eachMember)
		if m["additionalProperties"] != true {
			move("additionalProperties", eachValue)
		}
	}
}

// takes reports whether a schema's type is, or is among others, the named one.
func takes(m map[string]any, name string) bool {
	types, ok := m["type"].([]any)
	return ok && slices.Contains(types, any(name)) || m["type"] == name
}

// subschema is one schema inside another.
type subschema struct {
	path    string // pointer from the outer one, without the first slash
	schema  map[string]any
	inPlace bool // it judges the same value as the outer one
}

// subschemas lists the schemas that stand directly in m, sorted by keyword
// where that matters for an error's text.
func subschemas(m map[string]any) []subschema {
	var list []subschema
	add := func(path string, v any, inPlace bool) {
		if sub, ok := v.(map[string]any); ok {
			list = append(list, subschema{path, sub, inPlace})
		}
	}
	for _, keyword := range []string{"items", "additionalProperties", "contains", "propertyNames", "unevaluatedItems", "unevaluatedProperties"} {
		add(keyword, m[keyword], false)
	}
	for _, keyword := range []string{"not", "if", "then", "else"} {
		add(keyword, m[keyword], true)
	}
	for _, keyword := range []string{"properties", "patternProperties", "$defs", "dependentSchemas"} {
		named, _ := m[keyword].(map[string]any)
		for _, name := range sortedNames(named) {
			add(keyword+"/"+escapeToken.Replace(name), named[name], keyword == "dependentSchemas")
		}
	}
	for _, keyword := range []string{"allOf", "anyOf", "oneOf", "prefixItems"} {
		several, _ := m[keyword].([]any)
		for i, sub := range several {
			add(fmt.Sprintf("%s/%d", keyword, i), sub, keyword != "prefixItems")
		}
	}
	return list
}

func sortedNames(m map[string]any) []string {
	names := make([]string, 0, len(m))
	for name := range m {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// mentions reports whether a schema uses one of the keywords anywhere.
func mentions(m map[string]any, keywords ...string) bool {
	for _, keyword := range keywords {
		if _, ok := m[keyword]; ok {
			return true
		}
	}
	return slices.ContainsFunc(subschemas(m), func(s subschema) bool { return mentions(s.schema, keywords...) })
}
