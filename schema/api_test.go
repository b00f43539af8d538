package schema_test

import (
	"encoding/json"
	"io/fs"
	"net/url"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v5"

	"github.com/hookdrill/hookdrill/schema"
)

// beacon is the API of a platform that is made for tests.
func beacon(t testing.TB, ref string) *schema.API {
	t.Helper()
	p, err := schema.OpenFS(os.DirFS("testdata/profiles"), ref)
	if err != nil {
		t.Fatal(err)
	}
	a, ok := p.API()
	if !ok {
		t.Fatalf("%s has no API", ref)
	}
	return a
}

func operation(t testing.TB, a *schema.API, name string) *schema.Operation {
	t.Helper()
	o, ok := a.Operation(name)
	if !ok {
		t.Fatalf("no operation %s", name)
	}
	return o
}

func TestAnAPIIsData(t *testing.T) {
	a := beacon(t, "beacon@2026-01-15")
	var names []string
	for _, o := range a.Operations {
		names = append(names, o.Name)
	}
	if diff := cmp.Diff([]string{"noteCreate", "incidentList", "incidentChange"}, names); diff != "" {
		t.Errorf("operations are not in the file's order (-want +got):\n%s", diff)
	}
	o := operation(t, a, "noteCreate")
	if o.Method != "POST" || o.Path != "/incidents/{id}/notes" || o.Answer != 201 || !o.From || o.Status != schema.Documented || o.Source == "" {
		t.Errorf("noteCreate = %+v", o)
	}
	if e := a.Errors["NotFound"]; e.HTTP != 404 || e.Code != "1404" || e.Message != "There is no such thing." {
		t.Errorf("NotFound = %+v", e)
	}
	if len(a.Rates) != 1 || a.Rates[0].Requests != 60 || a.Rates[0].Per != time.Minute {
		t.Errorf("rates = %+v", a.Rates)
	}
	if n, ok := a.Int("page_size"); n != 25 || !ok {
		t.Errorf("Int(page_size) = %d, %t", n, ok)
	}
	if d, ok := a.Duration("window"); d != 31*24*time.Hour || !ok {
		t.Errorf("Duration(window) = %s, %t", d, ok)
	}
	if _, ok := a.Int("window"); ok {
		t.Error("Int(window) is a number")
	}
	if _, ok := a.Duration("page_size"); ok {
		t.Error("Duration(page_size) is a duration")
	}
	if _, ok := a.Int("pages"); ok || a.Style != "beacon" {
		t.Errorf("style %q, Int(pages) = %t", a.Style, ok)
	}
	if _, ok := a.Operation("note_create"); ok {
		t.Error("there is an operation note_create")
	}
}

func TestAnAPIIsLaidOverTheExtendedOne(t *testing.T) {
	a := beacon(t, "beacon@2026-06-01")
	if _, ok := a.Operation("incidentChange"); ok || len(a.Operations) != 2 {
		t.Errorf("null took no operation out: %d are left", len(a.Operations))
	}
	if n, _ := a.Int("page_size"); n != 50 {
		t.Errorf("Int(page_size) = %d, want the newer 50", n)
	}
	if d, _ := a.Duration("window"); d != 744*time.Hour || len(a.Rates) != 1 || a.Style != "beacon" {
		t.Errorf("what the newer file does not state is lost: %s, %v, %q", d, a.Rates, a.Style)
	}
	if n, _ := beacon(t, "beacon@strictest").Int("page_size"); n != 50 {
		t.Errorf("strictest has page_size %d, want the newest 50", n)
	}
	if _, ok := open(t, "flashduty@2026-05-27").API(); ok {
		if _, older := open(t, "flashduty@2024-11-20").API(); !older {
			t.Error("flashduty: the older date has no API that the newer could have inherited")
		}
	}
}

func TestABodyIsCheckedAgainstItsOperation(t *testing.T) {
	a := beacon(t, "beacon@2026-01-15")
	for name, test := range map[string]struct {
		operation, body string
		want            []string
	}{
		"all of it":                  {"noteCreate", `{"text":"hello","kind":"human","code":"abc","at":1750000000,"author":{"id":9007199254740993,"name":"Kim"},"fields":{"a":1,"b":"c"}}`, nil},
		"characters are counted":     {"noteCreate", `{"text":"` + strings.Repeat("é", 20) + `"}`, nil},
		"one character too many":     {"noteCreate", `{"text":"` + strings.Repeat("é", 21) + `"}`, []string{`error /text: string "` + strings.Repeat("é", 21) + `"; documented: string, minLength 1, maxLength 20`}},
		"a required member":          {"noteCreate", `{}`, []string{"error /text: missing; documented: string, minLength 1, maxLength 20, required"}},
		"a wrong type":               {"noteCreate", `{"text":7}`, []string{"error /text: number 7; documented: string, minLength 1, maxLength 20"}},
		"a pattern is an error":      {"noteCreate", `{"text":"a","code":"ABC"}`, []string{`error /code: string "ABC"; documented: string like ^[a-z]{3}$`}},
		"a word of an enumeration":   {"noteCreate", `{"text":"a","kind":"dog"}`, []string{`error /kind: string "dog"; documented: one of human, machine`}},
		"a definition of the file":   {"noteCreate", `{"text":"a","author":{"id":"7"}}`, []string{`error /author/id: string "7"; documented: integer`}},
		"too many items":             {"noteCreate", `{"text":"a","readers":[{"id":1},{"id":2},{"id":3},{"id":4}]}`, []string{"error /readers: array of 4; documented: array, minItems 1, maxItems 3"}},
		"a time in milliseconds":     {"noteCreate", `{"text":"a","at":1750000000000}`, []string{"error /at: number 1750000000000, which would be milliseconds (2025-06-15T15:06:40Z); documented: integer, Unix seconds"}},
		"an unknown name":            {"noteCreate", `{"text":"a","txet":1}`, []string{`warning /txet: number 1; documented: no such member; did you mean "text"?`}},
		"an unknown name below":      {"noteCreate", `{"text":"a","readers":[{"id":1,"ids":2}]}`, []string{`warning /readers/0/ids: number 2; documented: no such member; did you mean "id"?`}},
		"errors before warnings":     {"noteCreate", `{"another":1,"text":""}`, []string{`error /text: string ""; documented: string, minLength 1, maxLength 20`, "warning /another: number 1; documented: no such member"}},
		"no object":                  {"noteCreate", `[]`, []string{"error (body): array of 0; documented: object"}},
		"no body":                    {"noteCreate", " \n", []string{"error (body): the end of the body, at offset 2; documented: JSON: a value here"}},
		"no JSON":                    {"noteCreate", `{"text":}`, []string{"error /text: '}' at offset 8; documented: JSON: a value here"}},
		"a name twice":               {"noteCreate", `{"text":"a","text":"b"}`, []string{`error /text: name "text" again; documented: each name once`}},
		"what no document has":       {"incidentList", `{}`, []string{"warning (body): a body of 2 bytes; documented: no body"}},
		"no body where none is":      {"incidentList", ``, nil},
		"no body is as good as none": {"incidentChange", ``, nil},
		"a choice":                   {"incidentChange", `{"titel":"a"}`, []string{"error (body): object of 1 member; documented: object", `warning /titel: string "a"; documented: no such member; did you mean "title"?`}},
		"one of a choice":            {"incidentChange", `{"state":"open"}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			value, found := operation(t, a, test.operation).Check([]byte(test.body))
			var got []string
			for _, v := range found {
				got = append(got, v.String())
				if v.Source == "" {
					t.Errorf("no source: %+v", v)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("Check() mismatch (-want +got):\n%s", diff)
			}
			if strings.HasPrefix(test.body, "{") && json.Valid([]byte(test.body)) && test.operation != "incidentList" {
				dec := json.NewDecoder(strings.NewReader(test.body))
				dec.UseNumber()
				var want any
				if err := dec.Decode(&want); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, value); diff != "" {
					t.Errorf("value mismatch (-encoding/json +Check):\n%s", diff)
				}
			}
		})
	}
	if v, _ := operation(t, a, "incidentChange").Check(nil); !cmp.Equal(v, map[string]any{}) {
		t.Errorf("no body is %v, want {}", v)
	}
}

func TestWhyABodyIsRefusedIsNotHiddenByUnknownNames(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"text":""`)
	for i := range 200 {
		b.WriteString(`,"a` + strings.Repeat("x", i) + `":0`)
	}
	b.WriteString("}")
	_, found := operation(t, beacon(t, "beacon@2026-01-15"), "noteCreate").Check([]byte(b.String()))
	if len(found) != schema.MaxViolations || found[0].Pointer != "/text" || found[0].Severity != schema.SeverityError {
		t.Errorf("%d violations, the first %v", len(found), found[0])
	}
	if errs := schema.Errors(found); len(errs) != 1 {
		t.Errorf("errors = %v, want one", errs)
	}
}

func TestAQueryIsCheckedAgainstItsOperation(t *testing.T) {
	o := operation(t, beacon(t, "beacon@2026-01-15"), "incidentList")
	for name, test := range map[string]struct {
		query string
		want  []string
	}{
		"all of it":               {"page=1&state=open&open=false&host=drill-01&with[]=notes&with[]=alerts&team[]=1&team[]=2&key=k", nil},
		"a required parameter":    {"state=open", []string{"error ?page: missing; documented: integer, minimum 1, maximum 100, required"}},
		"no number":               {"page=one", []string{`error ?page: string "one"; documented: integer, minimum 1, maximum 100`}},
		"a number and more":       {"page=1%202", []string{`error ?page: string "1 2"; documented: integer, minimum 1, maximum 100`}},
		"a number out of bounds":  {"page=1e1000001", []string{`error ?page: string "1e1000001"; documented: integer, minimum 1, maximum 100`}},
		"below the minimum":       {"page=0", []string{"error ?page: number 0; documented: integer, minimum 1, maximum 100"}},
		"above the maximum":       {"page=101", []string{"error ?page: number 101; documented: integer, minimum 1, maximum 100"}},
		"no word of the list":     {"page=1&state=shut", []string{`error ?state: string "shut"; documented: one of open, closed`}},
		"no boolean":              {"page=1&open=yes", []string{`error ?open: string "yes"; documented: boolean`}},
		"no such form":            {"page=1&host=A", []string{`error ?host: string "A"; documented: string like ^[a-z0-9-]+$`}},
		"one item of several":     {"page=1&with[]=notes&with[]=all", []string{`error ?with[]: string "all"; documented: one of notes, alerts`}},
		"items are numbers":       {"page=1&team[]=x", []string{`error ?team[]: string "x"; documented: integer`}},
		"too many items":          {"page=1&team[]=1&team[]=2&team[]=3", []string{"error ?team[]: array of 3; documented: array, maxItems 2"}},
		"an unknown name":         {"page=1&pgae=2", []string{`warning ?pgae: string "2"; documented: no such member; did you mean "page"?`}},
		"the first of two counts": {"page=1&page=2", []string{"warning ?page: 2 values; documented: one value; the first counts"}},
		"bytes that are no text":  {"page=1&key=%ff", []string{`error ?key: bytes that are no UTF-8 in "\xff"; documented: text in UTF-8`}},
	} {
		t.Run(name, func(t *testing.T) {
			query, err := url.ParseQuery(test.query)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, v := range o.CheckQuery(query) {
				got = append(got, v.String())
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("CheckQuery() mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAPIsKeepTheirSchema(t *testing.T) {
	sch, err := jsonschema.CompileString("api.schema.json", string(schema.APISchema()))
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []string{"profiles/*/*/api.json", "testdata/profiles/*/*/api.json"} {
		files, err := fs.Glob(os.DirFS("."), pattern)
		if err != nil {
			t.Fatalf("%s: %v", pattern, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var doc any
			if err := json.Unmarshal(data, &doc); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			if err := sch.Validate(doc); err != nil {
				t.Errorf("%s: %#v", file, err)
			}
		}
	}
}

// TestEveryOperationCanBeChecked compiles each schema of every API that is
// embedded: only a user's are compiled when they are opened.
func TestEveryOperationCanBeChecked(t *testing.T) {
	for _, ref := range schema.List() {
		a, ok := open(t, ref.String()).API()
		if !ok {
			t.Errorf("%s: its API is missing, or cannot be read", ref)
			continue
		}
		var first struct{ Operation string }
		if err := json.Unmarshal(a.Facts["first_call"].Value, &first); err != nil {
			t.Errorf("%s: first_call, which a console shows: %v", ref, err)
		} else if _, found := a.Operation(first.Operation); !found {
			t.Errorf("%s: first_call: no operation %q", ref, first.Operation)
		}
		for _, o := range a.Operations {
			_, inBody := o.Check([]byte(`{}`))
			for _, v := range append(inBody, o.CheckQuery(nil)...) {
				if v.Rule == "schema" {
					t.Errorf("%s: %s: %v", ref, o.Name, v)
				}
			}
		}
	}
}

func TestAMistakeInAnAPIIsNamedByFileAndPointer(t *testing.T) {
	const sources = `"source":"https://beacon.example.com","read":"2026-01-01","status":"documented"`
	for name, test := range map[string]struct{ api, want string }{
		"no JSON":                      {`{"style"}`, "invalid character"},
		"an unknown key":               {`{"stile":"beacon"}`, "'stile' not allowed"},
		"null removes nothing":         {`{"operations":{"nothing":null}}`, "/operations/nothing: null removes nothing"},
		"a word that no status is":     {`{"errors":{"E":{"http":400,"code":"E","message":"m","source":"https://x.example","read":"2026-01-01","status":"certain"}}}`, "/errors/E/status"},
		"an unknown fact with no note": {`{"facts":{"size":{"value":1,"source":"","read":"2026-01-01","status":"unknown"}}}`, "/facts/size: missing properties: 'note'"},
		"a rate without a unit":        {`{"rates":[{"requests":1,"per":"60",` + sources + `}]}`, "/rates/0/per"},
		"a keyword with a slip":        {`{"operations":{"a":{"method":"POST","path":"/a","answer":200,"body":{"type":"string","maxlength":3},` + sources + `}}}`, `/operations/a/body/maxlength: is no keyword of a request's schema; did you mean "maxLength"?`},
		"a keyword of a definition":    {`{"$defs":{"d":{"typ":"string"}}}`, `/$defs/d/typ: is no keyword of a request's schema; did you mean "type"?`},
		"a format that nobody knows":   {`{"operations":{"a":{"method":"POST","path":"/a","answer":200,"body":{"format":"mail"},` + sources + `}}}`, `/operations/a/body/format: found string "mail"`},
		"a reference to nowhere":       {`{"operations":{"a":{"method":"POST","path":"/a","answer":200,"body":{"$ref":"#/$defs/nobody"},` + sources + `}}}`, "/operations/a/body: "},
		"a reference to elsewhere":     {`{"operations":{"a":{"method":"POST","path":"/a","answer":200,"body":{"$ref":"https://x.example/a"},` + sources + `}}}`, "a reference leads to https://x.example/a"},
		"method and path of another":   {`{"operations":{"a":{"method":"POST","path":"/incidents/{number}/notes","answer":200,` + sources + `}}}`, "/operations/a: has method and path of noteCreate"},
		"a parameter without a type":   {`{"query":{"a":{"enum":["b"]}}}`, "/query/a: missing properties: 'type'"},
	} {
		t.Run(name, func(t *testing.T) {
			files := fstest.MapFS{}
			for _, file := range []string{"profile.json", "push.schema.json", "push.prototype.json", "api.json"} {
				data, err := os.ReadFile("testdata/profiles/beacon/2026-01-15/" + file)
				if err != nil {
					t.Fatal(err)
				}
				files["beacon/2026-01-15/"+file] = &fstest.MapFile{Data: data}
			}
			files["beacon/2027-01-01/profile.json"] = &fstest.MapFile{Data: []byte(`{"extends":"beacon@2026-01-15"}`)}
			files["beacon/2027-01-01/api.json"] = &fstest.MapFile{Data: []byte(test.api)}
			_, err := schema.OpenFS(files, "beacon")
			if err == nil || !strings.HasPrefix(err.Error(), "beacon/2027-01-01/api.json: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("OpenFS() = %v\nwant beacon/2027-01-01/api.json: ... %s", err, test.want)
			}
		})
	}
}

func TestAnAPIIsCheckedInManyGoroutines(t *testing.T) {
	o := operation(t, beacon(t, "beacon@2026-01-15"), "noteCreate")
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 20 {
				if _, found := o.Check([]byte(`{"text":"a","readers":[{"id":1}]}`)); found != nil {
					t.Errorf("Check() = %v", found)
				}
				o.CheckQuery(url.Values{"notify": {"true"}})
			}
		})
	}
	all.Wait()
}

// FuzzOperation gives any bytes to every operation of every API: violations or
// none, never a panic, and never silence about what encoding/json refuses.
func FuzzOperation(f *testing.F) {
	for _, body := range []string{`{"text":"a"}`, `{"text":1e999,"readers":[{"id":"x"}]}`, `[[[[`, `{"text":"\ud800"}`, `{"a":1,"a":2}`, "\xff", ``} {
		f.Add([]byte(body), "page=1&team[]=x")
	}
	list := []*schema.API{beacon(f, "beacon@2026-01-15")}
	for _, ref := range schema.List() {
		if a, ok := open(f, ref.String()).API(); ok {
			list = append(list, a)
		}
	}
	f.Fuzz(func(t *testing.T, body []byte, text string) {
		query, _ := url.ParseQuery(text)
		for _, a := range list {
			for i := range a.Operations {
				value, found := a.Operations[i].Check(body)
				check(t, body, found)
				if value != nil && len(schema.Errors(found)) == 0 && len(strings.TrimSpace(string(body))) > 0 && !json.Valid(body) {
					t.Errorf("%s: nothing is wrong with what encoding/json refuses", a.Operations[i].Name)
				}
				check(t, nil, a.Operations[i].CheckQuery(query))
			}
		}
	})
}
