package sender_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// defaultBody is invented, in the documented shape.
const defaultBody = `{"event_id":"5d0c3f1e9b7a4c2288aa11ff00ee77cc","event_time":1790000000123,"event_type":"i_custom",
"person":{"person_id":3400000000000000123,"person_name":"Ada","email":"ada@example.com"},
"incident":{"incident_id":"6a0b1c2d3e4f5a6b7c8d9e0f","title":"disk \"full\" on drill-01","incident_severity":"Critical","incident_status":"Warning",
"alert_cnt":2,"close_time":0,"ratio":1.50,"huge":123456789012345678901234567890,"snoozed":false,"closer":null,"impact":"",
"labels":{"host":"drill-01","k8s.pod":"api-7","braces":"{{incident.title}}"},
"fields":{"impacted":["passport","order"],"0":"zero"},
"responders":[{"person_name":"Bea","email":"bea@example.com"},{"person_name":"Cy","email":"cy@example.com"}],
"alerts":[{"alert_severity":"Critical","labels":{}}]}}`

type mapping = map[string]map[string]string

var severities = mapping{"incident.incident_severity": {"Critical": "P0", "Warning": "P1", "Info": "P2"}}

func mustParse(t testing.TB, src string, m mapping) *sender.Template {
	t.Helper()
	template, err := sender.ParseTemplate([]byte(src), m)
	if err != nil {
		t.Fatalf("ParseTemplate(%s): %v", src, err)
	}
	return template
}

// TestDocumentedTemplates has a row for each sentence that the platform documents
// about custom bodies and value mapping.
func TestDocumentedTemplates(t *testing.T) {
	renders(t, map[string]rendersAs{
		"any JSON may be a template": {
			template: `{"a": [1, true, null, "x"], "b": {"c": {}}}`,
			want:     `{"a":[1,true,null,"x"],"b":{"c":{}}}`,
		},
		"a variable is any field of the default body": {
			template: `{"who": "{{person.email}}", "id": "{{event_id}}"}`,
			want:     `{"who":"ada@example.com","id":"5d0c3f1e9b7a4c2288aa11ff00ee77cc"}`,
		},
		"a dot separates levels": {
			template: `"{{incident.labels.host}}"`,
			want:     `"drill-01"`,
		},
		"the index of a list is a level": {
			template: `["{{incident.responders.0.email}}", "{{incident.responders.1.email}}", "{{incident.fields.impacted.1}}"]`,
			want:     `["bea@example.com","cy@example.com","order"]`,
		},
		"a string that is one variable keeps the type of an object": {
			template: `{"labels": "{{incident.labels}}"}`,
			want:     `{"labels":{"host":"drill-01","k8s.pod":"api-7","braces":"{{incident.title}}"}}`,
		},
		"a string that is one variable keeps the type of a list": {
			template: `{"fields": "{{incident.fields.impacted}}"}`,
			want:     `{"fields":["passport","order"]}`,
		},
		"a string that is one variable keeps the type of a number, to its last digit": {
			template: `["{{person.person_id}}", "{{incident.huge}}", "{{incident.ratio}}"]`,
			want:     `[3400000000000000123,123456789012345678901234567890,1.50]`,
		},
		"a string that is one variable keeps the type of a boolean": {
			template: `"{{incident.snoozed}}"`,
			want:     `false`,
		},
		"a variable with other text becomes a string": {
			template: `{"title": "[{{incident.incident_severity}}] {{incident.title}}", "n": "{{incident.alert_cnt}} alerts"}`,
			want:     `{"title":"[Critical] disk \"full\" on drill-01","n":"2 alerts"}`,
		},
		"a path that does not exist keeps its text": {
			template: `{"x": "{{incident.nothing}}", "y": "a {{nothing}} b {{incident.title.deeper}}"}`,
			want:     `{"x":"{{incident.nothing}}","y":"a {{nothing}} b {{incident.title.deeper}}"}`,
			finds:    []string{`/x: {{incident.nothing}} stays as it is`, `/y: {{nothing}} stays`, `/y: {{incident.title.deeper}} stays`},
		},
		"a mapping replaces the value of its field path": {
			template: `{"severity": "{{incident.incident_severity}}"}`, mapping: severities,
			want: `{"severity":"P0"}`,
		},
		"a mapping is of one field path, not of a value wherever it stands": {
			template: `{"severity": "{{incident.incident_severity}}", "alert": "{{incident.alerts.0.alert_severity}}"}`, mapping: severities,
			want: `{"severity":"P0","alert":"Critical"}`,
		},
		"a value without a mapping is sent as it is": {
			template: `{"status": "{{incident.incident_status}}"}`, mapping: mapping{"incident.incident_status": {"Critical": "P0"}},
			want: `{"status":"Warning"}`,
		},
		"the documented template's members": {
			template: `{"action": "restart", "incident_id": "{{incident.incident_id}}", "title": "{{incident.title}}", "severity": "{{incident.incident_severity}}",
				"operator": "{{person.person_name}}", "labels": "{{incident.labels.host}}"}`, mapping: severities,
			want: `{"action":"restart","incident_id":"6a0b1c2d3e4f5a6b7c8d9e0f","title":"disk \"full\" on drill-01","severity":"P0","operator":"Ada","labels":"drill-01"}`,
		},
	})
}

// TestWhatNoDocumentSaysOfTemplates has a row for each choice that README.md of
// package schema lists.
func TestWhatNoDocumentSaysOfTemplates(t *testing.T) {
	renders(t, map[string]rendersAs{
		"spaces inside the braces are part of the path, which then does not exist": {
			template: `["{{ incident.title }}", "{{person.email }}"]`,
			want:     `["{{ incident.title }}","{{person.email }}"]`,
			finds:    []string{`no document says that spaces may stand inside the braces; write {{incident.title}}`, `write {{person.email}}`},
		},
		"null is there, and stays null": {
			template: `["{{incident.closer}}", "closed by {{incident.closer}}"]`,
			want:     `[null,"closed by null"]`,
		},
		"an empty string is there": {
			template: `["{{incident.impact}}", "impact: {{incident.impact}}."]`,
			want:     `["","impact: ."]`,
		},
		"zero is there": {
			template: `"{{incident.close_time}}"`,
			want:     `0`,
		},
		"within text a number has its digits, a boolean its word, a list and an object are compact JSON": {
			template: `"{{incident.ratio}} {{incident.snoozed}} {{incident.fields.impacted}} {{incident.alerts.0}}"`,
			want:     `"1.50 false [\"passport\",\"order\"] {\"alert_severity\":\"Critical\",\"labels\":{}}"`,
		},
		"a mapping of a number or a boolean goes by its text": {
			template: `["{{incident.alert_cnt}}", "{{incident.snoozed}}", "{{incident.ratio}}"]`,
			mapping:  mapping{"incident.alert_cnt": {"2": "two"}, "incident.snoozed": {"false": "awake"}, "incident.ratio": {"1.5": "no such digits"}},
			want:     `["two","awake",1.50]`,
		},
		"null, lists and objects are not mapped": {
			template: `["{{incident.closer}}", "{{incident.alerts.0.labels}}"]`,
			mapping:  mapping{"incident.closer": {"null": "nobody"}, "incident.alerts.0.labels": {"{}": "none"}},
			want:     `[null,{}]`,
		},
		"a mapping acts within text too": {
			template: `"severity {{incident.incident_severity}}!"`, mapping: severities,
			want: `"severity P0!"`,
		},
		"a mapping of an element goes by its index": {
			template: `["{{incident.alerts.0.alert_severity}}"]`, mapping: mapping{"incident.alerts.0.alert_severity": {"Critical": "P0"}},
			want: `["P0"]`,
		},
		"a mapping without the index is another path": {
			template: `["{{incident.alerts.0.alert_severity}}"]`, mapping: mapping{"incident.alerts.alert_severity": {"Critical": "P0"}},
			want:  `["Critical"]`,
			finds: []string{"the mapping of incident.alerts.alert_severity changes nothing"},
		},
		"a field inside an object that is sent whole is not mapped": {
			template: `"{{incident.alerts.0}}"`, mapping: mapping{"incident.alerts.0.alert_severity": {"Critical": "P0"}},
			want:  `{"alert_severity":"Critical","labels":{}}`,
			finds: []string{"the mapping of incident.alerts.0.alert_severity changes nothing"},
		},
		"a path that does not exist is not mapped": {
			template: `"{{incident.nothing}}"`, mapping: mapping{"incident.nothing": {"": "empty"}},
			want:  `"{{incident.nothing}}"`,
			finds: []string{"{{incident.nothing}} stays"},
		},
		"a mapped value is not mapped again": {
			template: `"{{incident.incident_severity}}"`, mapping: mapping{"incident.incident_severity": {"Critical": "Warning", "Warning": "Info"}},
			want: `"Warning"`,
		},
		"a member's name is sent as it is": {
			template: `{"{{incident.title}}": 1}`,
			want:     `{"{{incident.title}}":1}`,
			finds:    []string{"a member's name is sent as it is"},
		},
		"there is no escape: two braces open a variable, and what is no field stays": {
			template: `["{{}}", "\\{{event_id}}", "{{{event_id}}}", "}} {event_id} {"]`,
			want:     `["{{}}","\\5d0c3f1e9b7a4c2288aa11ff00ee77cc","{{{event_id}}}","}} {event_id} {"]`,
			finds:    []string{"/0: {{}} stays", "/2: {{{event_id}} stays"},
		},
		"braces in a field are text": {
			template: `["{{incident.labels.braces}}", "x {{incident.labels.braces}}"]`,
			want:     `["{{incident.title}}","x {{incident.title}}"]`,
		},
		"a name with a dot in it cannot be reached": {
			template: `"{{incident.labels.k8s.pod}}"`,
			want:     `"{{incident.labels.k8s.pod}}"`,
			finds:    []string{"a name with a dot in it cannot be reached; take {{incident.labels}} whole"},
		},
		"an index that is out of range, negative or no plain number does not exist": {
			template: `["{{incident.responders.2}}", "{{incident.responders.-1}}", "{{incident.responders.00}}", "{{incident.responders.99999999999999999999}}"]`,
			want:     `["{{incident.responders.2}}","{{incident.responders.-1}}","{{incident.responders.00}}","{{incident.responders.99999999999999999999}}"]`,
			finds:    []string{"/incident/responders has 2 elements, counted from 0", "/1: ", "/2: ", "/3: "},
		},
		"a member whose name is a number is a member": {
			template: `"{{incident.fields.0}}"`,
			want:     `"zero"`,
		},
		"case matters": {
			template: `"{{Incident.title}}"`,
			want:     `"{{Incident.title}}"`,
			finds:    []string{`did you mean "incident"?`},
		},
		"the body keeps the template's order and its numbers, not its white space": {
			template: "{\n  \"z\": 1.0e2,\n  \"a\": 0.10\n}\n",
			want:     `{"z":1.0e2,"a":0.10}`,
		},
		"names that differ in case are two names": {
			template: `{"Title": 1, "title": 2}`,
			want:     `{"Title":1,"title":2}`,
		},
		"only what must be escaped is": {
			template: `"\u003c\u00e9\/\u0001{{incident.labels.host}}"`,
			want:     `"<é/\u0001drill-01"`,
		},
	})
}

type rendersAs struct {
	template string
	mapping  mapping
	want     string
	finds    []string // parts of the findings, one each; none: nothing is found
}

func renders(t *testing.T, tests map[string]rendersAs) {
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := mustParse(t, tt.template, tt.mapping).Render([]byte(defaultBody))
			if err != nil {
				t.Fatal(err)
			}
			if string(got.Body) != tt.want {
				t.Errorf("Render() = %s\n         want %s", got.Body, tt.want)
			}
			if len(got.Findings) != len(tt.finds) {
				t.Errorf("%d findings, want %d: %q", len(got.Findings), len(tt.finds), got.Findings)
			}
			for i := range min(len(got.Findings), len(tt.finds)) {
				if !strings.Contains(got.Findings[i], tt.finds[i]) {
					t.Errorf("finding %q, want it to say %q", got.Findings[i], tt.finds[i])
				}
			}
		})
	}
}

func TestRenderTellsEachVariable(t *testing.T) {
	template := mustParse(t, `{"s": "{{incident.incident_severity}}", "t": ["n={{incident.alert_cnt}} {{nope}}"]}`, severities)
	got, err := template.Render([]byte(defaultBody))
	if err != nil {
		t.Fatal(err)
	}
	want := []sender.Variable{
		{Pointer: "/s", Text: "{{incident.incident_severity}}", Value: `"P0"`, Mapped: `"Critical"`},
		{Pointer: "/t/0", Text: "{{incident.alert_cnt}}", Value: "2"},
		{Pointer: "/t/0", Text: "{{nope}}", Kept: `the default body has no such field: the body has no "nope"`},
	}
	if diff := cmp.Diff(want, got.Variables); diff != "" {
		t.Errorf("Render().Variables mismatch (-want +got):\n%s", diff)
	}
}

func TestParseTemplateErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		template string
		mapping  mapping
		want     []string
	}{
		"nothing":                     {"", nil, []string{"line 1, column 1 (offset 0)", "the end"}},
		"not JSON":                    {"{\n  \"é\": \"x\",\n  \"é2\": {{incident.title}}\n}", nil, []string{"line 3, column 10", "(offset 25)", "found '{'", "name in double quotes"}},
		"a second value":              {`{} {}`, nil, []string{"line 1, column 4", "exactly one JSON value"}},
		"a comma too many":            {`[1,]`, nil, []string{"line 1, column 4", "found ']'"}},
		"a name twice":                {`{"a": 1, "a": 2}`, nil, []string{"line 1, column 10", `name "a" again`}},
		"a byte order mark":           {"\ufeff{}", nil, []string{"byte order mark"}},
		"no UTF-8":                    {"\"\xff\"", nil, []string{"column 2", "byte 0xff"}},
		"half a surrogate pair":       {`"\ud800"`, nil, []string{"surrogate"}},
		"too deep":                    {strings.Repeat("[", 5000), nil, []string{"more than 1000 deep"}},
		"a number too long":           {strings.Repeat("9", 500), nil, []string{"of 500 characters"}},
		"too long":                    {`"` + strings.Repeat("x", sender.MaxTemplate) + `"`, nil, []string{"262146 bytes", "limit of hookdrill"}},
		"a variable is never closed":  {`{"a": ["x {{incident.title"]}`, nil, []string{`/a/0: "{{incident.title" opens a variable that nothing closes`}},
		"a variable within another":   {`{"a": "{{incident.{{title}}"}`, nil, []string{"/a", "nothing closes"}},
		"half of the closing braces":  {`"{{event_id}"`, nil, []string{"the whole value", "nothing closes"}},
		"a mapping that is no UTF-8":  {`"{{event_id}}"`, mapping{"event_id": {"a": "\xff"}}, []string{"value map: event_id", "no UTF-8"}},
		"a place that is hard to see": {`{"a\u001b[31m": "{{x"}`, nil, []string{`/a\x1b[31m:`}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := sender.ParseTemplate([]byte(tt.template), tt.mapping)
			if err == nil {
				t.Fatal("ParseTemplate() has no error")
			}
			for _, part := range tt.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("ParseTemplate() = %q, want it to say %q", err, part)
				}
			}
		})
	}
}

func TestParseValueMap(t *testing.T) {
	got, err := sender.ParseValueMap([]byte(`{"incident.incident_severity": {"Critical":"P0","Warning":"P1","Info":"P2"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(severities, got); diff != "" {
		t.Errorf("ParseValueMap() mismatch (-want +got):\n%s", diff)
	}
	for name, tt := range map[string]struct{ src, want string }{
		"not JSON":          {"{\n,}", "value map: line 2, column 1 (offset 2)"},
		"a path twice":      {`{"a": {}, "a": {}}`, `name "a" again`},
		"a list":            {`[]`, `it is no object; want {"field.path": {"value": "text in its place"}}`},
		"null":              {`null`, `want {"field.path"`},
		"a text for a path": {`{"a": "b"}`, "value map: a has something else than texts"},
		"a number in place": {`{"a": {"b": 1}}`, "value map: a has something else than texts"},
		"null in place":     {`{"a": {"b": null}}`, `a: null in place of "b"`},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := sender.ParseValueMap([]byte(tt.src)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("ParseValueMap() = %v, want it to say %q", err, tt.want)
			}
		})
	}
}

// TestATemplateOfEveryFieldIsTheDefaultBody takes a real press apart into one
// variable for each field, in place, and has to get the same bytes back.
func TestATemplateOfEveryFieldIsTheDefaultBody(t *testing.T) {
	p, err := schema.Open("flashduty@2026-05-27")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(8) {
		push, err := p.Compose(schema.Values{"title": fmt.Sprintf("{{event_id}} \u2028 \"%d\"", seed)}, schema.Seed(seed))
		if err != nil {
			t.Fatal(err)
		}
		fields := 0
		template, err := json.Marshal(variables(t, push.Body, nil, &fields))
		if err != nil {
			t.Fatal(err)
		}
		got, err := mustParse(t, string(template), nil).Render(push.Body)
		if err != nil {
			t.Fatal(err)
		}
		if want := inAnyOrder(t, push.Body); !reflect.DeepEqual(inAnyOrder(t, got.Body), want) {
			t.Errorf("rendered %s\n    want %s", got.Body, push.Body)
		}
		if len(got.Variables) != fields || fields < 40 {
			t.Errorf("%d variables, want %d, more than 40", len(got.Variables), fields)
		}
		whole, err := mustParse(t, `"{{incident}}"`, nil).Render(push.Body)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(push.Body, whole.Body) {
			t.Errorf("{{incident}} is not the default body's incident to the byte:\n%s\n%s", whole.Body, push.Body)
		}
	}
}

// variables gives body with a variable in place of every field that a path can
// reach.
func variables(t *testing.T, body []byte, path []string, fields *int) any {
	var walk func(v any, path []string) any
	walk = func(v any, path []string) any {
		switch v := v.(type) {
		case map[string]any:
			out := map[string]any{}
			for name, below := range v {
				out[name] = below
				if !strings.Contains(name, ".") {
					out[name] = walk(below, append(path[:len(path):len(path)], name))
				}
			}
			return out
		case []any:
			out := make([]any, len(v))
			for i, below := range v {
				out[i] = walk(below, append(path[:len(path):len(path)], fmt.Sprint(i)))
			}
			return out
		}
		*fields++
		return "{{" + strings.Join(path, ".") + "}}"
	}
	return walk(inAnyOrder(t, body), path)
}

func inAnyOrder(t *testing.T, body []byte) (v any) {
	t.Helper()
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if err := dec.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

// TestATemplateCannotGrowWithoutEnd holds what a small file makes of a body to
// the bound.
func TestATemplateCannotGrowWithoutEnd(t *testing.T) {
	big := `{"x":"` + strings.Repeat("y", 1<<16) + `"}`
	template := mustParse(t, `["`+strings.Repeat("{{x}}", 1000)+`"]`, nil)
	if _, err := template.Render([]byte(big)); err == nil || !strings.Contains(err.Error(), "/0: the body grows by more than 4194304 bytes") {
		t.Errorf("Render() = %v, want the bound named", err)
	}
	missing := mustParse(t, `"`+strings.Repeat("{{nothing}}", 5000)+`"`, nil)
	got, err := missing.Render([]byte(defaultBody))
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Findings) != 20 || got.Findings[19] != "4981 more findings about the template" {
		t.Errorf("%d findings, the last %q", len(got.Findings), got.Findings[len(got.Findings)-1])
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add(`{"a": "{{incident.title}}", "b": ["x {{event_id}}"]}`, "event_id", "x")
	f.Add(`{"a": "{{incident.responders.0.email}}}}"}`, "incident.responders.0.email", "bea@example.com")
	f.Add(`"{{{{}}}}"`, "", "")
	f.Add(`[[[["{{incident.labels}}"]]], {"{{": "}}"}]`, "incident.labels", "{}")
	f.Add("{\"\\u007b\\u007bevent_id}}\": 1e3, \"a\": \"\\u007b\\u007bevent_id}}\"}", "a.b", "\x00")
	f.Fuzz(func(t *testing.T, src, path, value string) {
		template, err := sender.ParseTemplate([]byte(src), mapping{path: {value: "mapped"}})
		if err != nil {
			return
		}
		got, err := template.Render([]byte(defaultBody))
		if err != nil {
			t.Fatalf("a template of %d bytes: %v", len(src), err)
		}
		again, err := template.Render([]byte(defaultBody))
		if err != nil || !bytes.Equal(got.Body, again.Body) {
			t.Errorf("a second Render() = %s, %v; the first %s", again.Body, err, got.Body)
		}
		if !json.Valid(got.Body) {
			t.Fatalf("Render() = %q is no JSON", got.Body)
		}
		if len(got.Variables) == 0 && !reflect.DeepEqual(inAnyOrder(t, got.Body), inAnyOrder(t, []byte(src))) {
			t.Errorf("without a variable: Render() = %s of %s", got.Body, src)
		}
		for _, v := range got.Variables {
			if (v.Kept == "") == (v.Value == "") {
				t.Errorf("variable %+v is neither kept nor has it a value", v)
			}
		}
	})
}

func FuzzValueMap(f *testing.F) {
	f.Add([]byte(`{"incident.incident_severity": {"Critical": "P0"}}`))
	f.Add([]byte(`{"a": {"b": null}}`))
	f.Add([]byte(`{"A": {}, "a": 1}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := sender.ParseValueMap(src)
		if err != nil {
			return
		}
		written, err := json.Marshal(m)
		if err != nil {
			t.Fatal(err)
		}
		if again, err := sender.ParseValueMap(written); err != nil || !cmp.Equal(m, again) {
			t.Errorf("ParseValueMap(%s) = %v, %v; want %v", written, again, err, m)
		}
	})
}

// TestHostileTemplatesAreRenderedInTime gives the parser what makes it look for
// long, at the largest size that it takes.
func TestHostileTemplatesAreRenderedInTime(t *testing.T) {
	fill := func(head, each, tail string) string {
		return head + strings.Repeat(each, (sender.MaxTemplate-len(head)-len(tail)-1)/len(each)) + "x" + tail
	}
	for name, template := range map[string]string{
		"variables that are nearly there": fill(`"`, "{{incident.titel}}", `"`),
		"variables with dots":             fill(`"`, "{{incident.labels.k.8.s.p.o.d.x.y.z}}", `"`),
		"one path of dots":                fill(`"{{`, ".", `}}"`),
		"one path of levels":              fill(`"{{incident`, ".labels", `}}"`),
		"one long path":                   fill(`"{{`, "incident", `}}"`),
		"openings":                        fill(`"`, "{{", `"`),
		"closings":                        fill(`"`, "}}", `"`),
		"empty variables":                 fill(`"`, "{{}}", `"`),
		"whole objects":                   fill(`["`, `{{incident}}","`, `"]`),
		"strings deep down":               strings.Repeat("[", 900) + strings.Repeat(`"",`, 80_000) + `""` + strings.Repeat("]", 900),
		"names deep down":                 strings.Repeat(`{"a":`, 900) + "[" + strings.Repeat(`{"":0},`, 30_000) + "0]" + strings.Repeat("}", 900),
		"variables behind a long name":    `{"` + strings.Repeat("n", 120_000) + `": [` + strings.Repeat(`"{{x}}",`, 17_000) + `0]}`,
		"names with braces":               fill(`{"`, "{{", `": 1}`),
	} {
		began := time.Now()
		text := ""
		parsed, err := sender.ParseTemplate([]byte(template), severities)
		if err == nil {
			var got sender.Rendered
			if got, err = parsed.Render([]byte(defaultBody)); err == nil {
				text = strings.Join(got.Findings, "\n")
			}
		}
		if err != nil {
			text = err.Error()
		}
		if took := time.Since(began); took > 3*time.Second {
			t.Errorf("%s: took %s", name, took)
		}
		if len(text) > 20*500 {
			t.Errorf("%s: %d characters are said about it", name, len(text))
		}
	}
}
