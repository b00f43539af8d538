package schema

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
)

// Check reads a request's body and says what is not as documented. The value is
// what encoding/json gives with UseNumber; it is nil where the body is no JSON
// that hookdrill reads, which is a violation then. A name that is not documented
// is a warning, and so is a body where none is documented. Check is total: any
// bytes give at most MaxViolations violations, errors before warnings.
func (o *Operation) Check(body []byte) (value any, found []Violation) {
	nothing := len(bytes.TrimLeft(body, " \t\r\n")) == 0
	switch {
	case o.body == nil && nothing:
		return nil, nil
	case o.body == nil:
		return nil, []Violation{{
			Rule: "additional", Severity: SeverityWarning, Found: "a body of " + strconv.Itoa(len(body)) + " bytes",
			Documented: "no body", Source: o.Source,
		}}
	case nothing && o.empty:
		body = []byte("{}")
	}
	var fs findings
	v, ok := decode(body, Strict, &fs)
	if !ok {
		return nil, fs.violations()
	}
	o.body.check(v, &fs)
	return v, fs.violations()
}

// CheckQuery says what of a request's query is not as documented: at most
// MaxViolations violations, whose pointer is the parameter's name behind a
// question mark. A name that is not documented is a warning, and so is one that
// is given twice where one value is documented.
func (o *Operation) CheckQuery(query url.Values) []Violation {
	var fs findings
	given := make(map[string]any, len(query))
	for _, name := range sortedKeys(query) {
		values := query[name]
		if len(values) == 0 {
			continue
		}
		given[name] = o.takes[name].value(values)
		for _, v := range append([]string{name}, values...) {
			if !utf8.ValidString(v) && !fs.full() {
				fs.add(Violation{
					Rule: "utf8", Severity: SeverityError, Pointer: childOf("", name), Found: "bytes that are no UTF-8 in " + quote(v),
					Documented: "text in UTF-8", Source: o.Source,
				})
				break
			}
		}
		if len(values) > 1 && !o.takes[name].list && !fs.full() {
			fs.add(Violation{
				Rule: "duplicate_name", Severity: SeverityWarning, Pointer: childOf("", name),
				Found: strconv.Itoa(len(values)) + " values", Documented: "one value; the first counts", Source: o.Source,
			})
		}
	}
	o.query.check(given, &fs)
	list := fs.violations()
	for i, v := range list {
		list[i].Pointer = asParameter(v.Pointer)
	}
	return list
}

// asParameter names the parameter that a pointer into all of them leads to.
func asParameter(at string) string {
	if at == "" {
		return ""
	}
	name, _, _ := strings.Cut(at[1:], "/")
	return "?" + unescapeToken.Replace(name)
}

// parameter is how one parameter of a query is read.
type parameter struct {
	kind string // a type of JSON Schema
	list bool   // of them
}

// value gives what was written in the query the type that is documented, if it
// can have it; otherwise it stays text.
func (p parameter) value(values []string) any {
	if !p.list {
		return p.one(values[0])
	}
	list := make([]any, len(values))
	for i, text := range values {
		list[i] = p.one(text)
	}
	return list
}

func (p parameter) one(text string) any {
	switch {
	case p.kind == "boolean" && (text == "true" || text == "false"):
		return text == "true"
	case p.kind == "integer" || p.kind == "number":
		var fs findings // a number that is out of bounds is one
		if v, ok := decode([]byte(text), Strict, &fs); ok && isNumber(text) && len(fs.list) == 0 {
			return v
		}
	}
	return text
}

// requestForm is the schema of a body or a query, compiled when it is first asked
// for. It is safe for concurrent use.
type requestForm struct {
	at        string // JSON pointer in its file
	validator func() (*validator, error)
}

func newRequestForm(at string, doc map[string]any, defs *node, source string) *requestForm {
	return &requestForm{at: at, validator: sync.OnceValues(func() (*validator, error) {
		doc := copyValue(doc).(map[string]any)
		if own, ok := defs.value().(map[string]any); ok && len(own) > 0 {
			doc["$defs"] = own
		}
		if doc[keySource] == nil {
			doc[keySource] = source
		}
		v, err := compileSchema(doc, Strict)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", at, err)
		}
		v.request = true
		return v, nil
	})}
}

// check adds what the schema says about v.
func (f *requestForm) check(v any, found *findings) {
	validator, err := f.validator()
	if err != nil {
		found.add(Violation{
			Rule: "schema", Severity: SeverityError, Found: "a schema that cannot be used: " + printable(err.Error()),
			Documented: "one that compiles",
		})
		return
	}
	validator.check(v, found)
}

// compile compiles every schema of the API, so that a mistake in a user's own is
// found when it is opened and not by the first call.
func (a *API) compile() error {
	var errs []error
	for _, o := range a.Operations {
		for _, form := range []*requestForm{o.body, o.query} {
			if form == nil {
				continue
			}
			if _, err := form.validator(); err != nil {
				errs = append(errs, err)
			}
		}
	}
	return mistakesIn(a.file, errors.Join(errs...))
}
