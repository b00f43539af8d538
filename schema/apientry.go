package schema

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v5"
)

// The keys of api.json, and of what stands in it.
var (
	apiKeys       = []string{"$schema", "style", "query", "operations", "errors", "rates", "facts", "$defs"}
	operationKeys = []string{"method", "path", "answer", "from", "query", "body", "body_optional", "source", "read", "status", "note"}
	errorKeys     = []string{"http", "code", "message", "source", "read", "status", "note"}
	rateKeys      = []string{"requests", "per", "source", "read", "status", "note"}
	factKeys      = []string{"value", "source", "read", "status", "note", "alternatives"}
)

// known refuses members of n that are none of these.
func known(at string, n *node, keys []string) error {
	if n.kind != kindObject {
		return fmt.Errorf("%s: found %s; an object would do", orBody(at), shown(n))
	}
	var errs []error
	for _, f := range n.fields {
		if !slices.Contains(keys, f.name) {
			errs = append(errs, fmt.Errorf("%s: unknown%s", childOf(at, f.name), hint(f.name, keys)))
		}
	}
	return errors.Join(errs...)
}

// sourced is where, and how well, a thing is known.
type sourced struct {
	Source string `json:"source"`
	Read   string `json:"read"`
	Status Status `json:"status"`
	Note   string `json:"note"`
}

// entry reads one entry of the file into v.
func entry(at string, n *node, keys []string, v any) error {
	if err := known(at, n, keys); err != nil {
		return err
	}
	raw := n.appendTo(nil)
	if err := json.Unmarshal(raw, v); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	var s sourced
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("%s: %w", at, err)
	}
	_, err := time.Parse(time.DateOnly, s.Read)
	switch {
	case err != nil:
		return fmt.Errorf("%s/read: found %q; the day on which it was read would do: 2026-05-27", at, s.Read)
	case !slices.Contains([]Status{Documented, Contested, Inferred, Observed, Unknown}, s.Status):
		return fmt.Errorf("%s/status: found %q; documented, contested, inferred, observed or unknown would do", at, s.Status)
	case s.Status == Unknown && s.Note == "":
		return fmt.Errorf("%s/note: is missing; it says what is not known", at)
	case s.Status != Unknown && s.Source == "":
		return fmt.Errorf("%s/source: is missing; only what is unknown has none", at)
	}
	return nil
}

func readOperation(name string, n, common, defs *node) (Operation, error) {
	at := childOf("/operations", name)
	var f struct {
		sourced
		Method       string
		Path         string
		Answer       int
		From         bool
		BodyOptional bool `json:"body_optional"`
	}
	if err := entry(at, n, operationKeys, &f); err != nil {
		return Operation{}, err
	}
	o := Operation{
		Name: name, Method: f.Method, Path: f.Path, From: f.From, Answer: f.Answer, empty: f.BodyOptional,
		Source: f.Source, Read: f.Read, Status: f.Status, Note: f.Note,
	}
	switch {
	case o.Method == "":
		return o, fmt.Errorf("%s/method: is missing and must be there", at)
	case !strings.HasPrefix(o.Path, "/"):
		return o, fmt.Errorf("%s/path: found %q; it begins with a slash", at, o.Path)
	case o.Answer/100 != 2:
		return o, fmt.Errorf("%s/answer: found %d; the status of success would do: 200", at, o.Answer)
	}
	if body := n.below("body"); body != nil {
		doc, _ := body.value().(map[string]any)
		if err := checkKeywords(at+"/body", doc); err != nil {
			return o, err
		}
		o.body = newRequestForm(at+"/body", doc, defs, o.Source)
	}
	return o, o.readQuery(at+"/query", common, n.below("query"))
}

// readQuery makes one object's schema of the parameters.
func (o *Operation) readQuery(at string, common, own *node) error {
	properties := make(map[string]any)
	var required []any
	o.takes = make(map[string]parameter)
	for _, n := range []*node{common, own} {
		if n == nil {
			continue
		}
		for _, f := range n.fields {
			s, _ := f.value.value().(map[string]any)
			if s["required"] == true {
				required = append(required, f.name)
			}
			delete(s, "required")
			if err := checkKeywords(childOf(at, f.name), s); err != nil {
				return err
			}
			p := parameter{kind: word(s, "type")}
			if p.kind == "array" {
				items, _ := s["items"].(map[string]any)
				p.kind, p.list = cmp.Or(word(items, "type"), "string"), true
			}
			if p.kind == "" {
				return fmt.Errorf("%s/type: is missing and must be there", childOf(at, f.name))
			}
			o.takes[f.name], properties[f.name] = p, s
		}
	}
	doc := map[string]any{"type": "object", "properties": properties}
	if required != nil {
		doc["required"] = required
	}
	o.query = newRequestForm(at, doc, &node{kind: kindObject}, o.Source)
	return nil
}

// distinct reports two operations that a request could not tell apart.
func distinct(list []Operation) error {
	seen := make(map[string]string)
	for _, o := range list {
		route := o.Method
		for segment := range strings.SplitSeq(o.Path, "/") {
			if strings.HasPrefix(segment, "{") {
				segment = "{}"
			}
			route += "/" + segment
		}
		if first, ok := seen[route]; ok && o.Method != "" {
			return fmt.Errorf("%s: has method and path of %s", childOf("/operations", o.Name), first)
		}
		seen[route] = o.Name
	}
	return nil
}

func readAPIError(at string, n *node) (APIError, error) {
	var f struct {
		sourced
		HTTP    int
		Code    json.RawMessage
		Message string
	}
	if err := entry(at, n, errorKeys, &f); err != nil {
		return APIError{}, err
	}
	if f.HTTP/100 != 4 && f.HTTP/100 != 5 {
		return APIError{}, fmt.Errorf("%s/http: found %d; the status of the answer would do: 404", at, f.HTTP)
	}
	return APIError{
		HTTP: f.HTTP, Code: valueText(f.Code), Message: f.Message,
		Source: f.Source, Read: f.Read, Status: f.Status, Note: f.Note,
	}, nil
}

func readRate(at string, n *node) (Rate, error) {
	var f struct {
		sourced
		Requests int
		Per      string
	}
	if err := entry(at, n, rateKeys, &f); err != nil {
		return Rate{}, err
	}
	per, err := time.ParseDuration(f.Per)
	if err != nil || per <= 0 || f.Requests < 1 {
		return Rate{}, fmt.Errorf("%s: found %d requests per %q; 60 per \"1m\" would do", at, f.Requests, f.Per)
	}
	return Rate{Requests: f.Requests, Per: per, Source: f.Source, Read: f.Read, Status: f.Status, Note: f.Note}, nil
}

func readAPIFact(name string, n *node) (Fact, error) {
	var f Fact
	if err := entry(childOf("/facts", name), n, factKeys, &f); err != nil {
		return f, err
	}
	f.Name = name
	if err := f.compact(); err != nil {
		return f, fmt.Errorf("%s: %w", childOf("/facts", name), err)
	}
	return f, f.check(func(name string, raw json.RawMessage) error {
		if raw == nil {
			return fmt.Errorf("%s/value: is missing and must be there", childOf("/facts", name))
		}
		return nil
	})
}

// requestKeywords are what a schema of a request may say. uniqueItems is not
// among them: the library compares each item with each.
var requestKeywords = []string{
	"$comment", "$ref", "additionalProperties", "allOf", "anyOf", "const", "contains", "default", "dependentRequired", "dependentSchemas",
	"description", "else", "enum", "examples", "exclusiveMaximum", "exclusiveMinimum", "format", "if", "items", "maxContains", "maxItems",
	"maxLength", "maxProperties", "maximum", "minContains", "minItems", "minLength", "minProperties", "minimum", "multipleOf", "not", "oneOf",
	"pattern", "patternProperties", "prefixItems", "properties", "propertyNames", "required", "then", "title", "type",
	keyDocumented, keySource, keyUnit,
}

// checkKeywords refuses what would be read by nothing: a limit with a slip in its
// name is no limit.
func checkKeywords(at string, s map[string]any) error {
	for _, keyword := range sortedNames(s) {
		if !slices.Contains(requestKeywords, keyword) {
			return fmt.Errorf("%s: is no keyword of a request's schema%s", childOf(at, keyword), hint(keyword, requestKeywords))
		}
	}
	if format, ok := s["format"]; ok {
		_, library := jsonschema.Formats[word(s, "format")]
		if !library && format != "int64" {
			return fmt.Errorf("%s/format: found %s; date-time, email, uri or uuid would do", at, describe(format))
		}
	}
	for _, sub := range subschemas(s) {
		if err := checkKeywords(at+"/"+sub.path, sub.schema); err != nil {
			return err
		}
	}
	return nil
}
