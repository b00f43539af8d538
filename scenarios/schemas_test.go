package scenarios_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/santhosh-tekuri/jsonschema/v5"
	"go.yaml.in/yaml/v4"
)

// definition returns the part of the scenario schema at a path of keys.
func definition(t *testing.T, path ...string) map[string]any {
	t.Helper()
	var at map[string]any
	if err := json.Unmarshal(scenarios.ScenarioSchema(), &at); err != nil {
		t.Fatal(err)
	}
	for _, key := range path {
		next, ok := at[key].(map[string]any)
		if !ok {
			t.Fatalf("the schema has no %q in %q", key, path)
		}
		at = next
	}
	return at
}

func keys(m map[string]any) []string {
	out := []string{}
	for key := range m {
		out = append(out, key)
	}
	slices.Sort(out)
	return out
}

// known returns the names that the loader's hint lists.
func known(t *testing.T, err error) []string {
	t.Helper()
	if err == nil {
		t.Fatal("the unknown name was accepted")
	}
	_, list, ok := strings.Cut(err.Error(), "(known: ")
	if !ok {
		t.Fatalf("error = %v, want a list of what is known", err)
	}
	list, _, _ = strings.Cut(list, ")\n")
	return strings.Split(list, ", ")
}

func TestTheSchemaKnowsTheKeysOfTheLoader(t *testing.T) {
	const no = "zzzzzzzz: 1"
	tests := map[string]struct {
		definition string
		text       string
	}{
		"story":       {"", story + no},
		"variable":    {"env", story + "env: {A: {" + no + "}}"},
		"action":      {"action", changed(t, "label: Restart host", no)},
		"stage":       {"stage", changed(t, "    effects: {restarts: {requests: agent}}\n", "    "+no+"\n")},
		"endpoint":    {"endpoint", changed(t, "behavior: status 202", no)},
		"checks":      {"checks", changed(t, "behavior: status 202", "checks: {"+no+"}")},
		"check":       {"longCheck", changed(t, "behavior: status 202", "checks: {seen: {"+no+"}}")},
		"reaction":    {"reaction", changed(t, "behavior: status 202", "reactions: [{"+no+"}]")},
		"effect":      {"effect", changed(t, "requests: agent", no)},
		"step":        {"step", changed(t, "effects: {restarts: 1}", no)},
		"press":       {"press", changed(t, "press: restart", "press: {"+no+"}")},
		"wait":        {"wait", changed(t, "press: restart", "wait: {"+no+"}")},
		"request":     {"request", changed(t, "press: restart", "request: {"+no+"}")},
		"attempt":     {"attempt", changed(t, "effects: {restarts: 1}", "expect: {last: {"+no+"}}")},
		"span":        {"span", changed(t, "press: restart", "wait: {endpoint: agent, gaps: {"+no+"}}")},
		"capture":     {"capture", changed(t, "effects: {restarts: 1}", "capture: {a: {"+no+"}}")},
		"creator":     {"creator", changed(t, "label: Restart host", "creator: {"+no+"}")},
		"expectation": {"expect", changed(t, "effects: {restarts: 1}", "expect: {"+no+"}")},
		"entry":       {"entry", changed(t, "effects: {restarts: 1}", "expect: {entries: [{"+no+"}]}")},
		"console":     {"console", changed(t, "    effects: {restarts", "    console: {"+no+"}\n    effects: {restarts")},
		"field":       {"field", changed(t, "    effects: {restarts", "    console: {fields: {a: {"+no+"}}}\n    effects: {restarts")},
		"told":        {"told", changed(t, "requests: agent", "timeline: {"+no+"}")},
		"incident":    {"incident", changed(t, "effects: {restarts: 1}", "expect: {incident: {"+no+"}}")},
		"timeline":    {"timeline", changed(t, "effects: {restarts: 1}", "expect: {timeline: [{"+no+"}]}")},
		"page":        {"page", changed(t, "effects: {restarts: 1}", "expect: {page: {"+no+"}}")},
		"twin":        {"twin", story + "twins: [{" + no + "}]"},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			_, err := load(test.text, scenarios.LoadOptions{})
			path := []string{"properties"}
			switch test.definition {
			case "":
			case "env":
				path = []string{"$defs", "env", "additionalProperties", "properties"}
			default:
				path = []string{"$defs", test.definition, "properties"}
			}
			if diff := cmp.Diff(keys(definition(t, path...)), known(t, err)); diff != "" {
				t.Errorf("keys mismatch (-schema +loader):\n%s", diff)
			}
		})
	}
}

func TestTheSchemaKnowsTheNamesOfTheLoader(t *testing.T) {
	names := func(path ...string) []string {
		out := []string{}
		d := definition(t, path...)
		if one, ok := d["anyOf"].([]any); ok { // an enum among others
			i := slices.IndexFunc(one, func(v any) bool { return v.(map[string]any)["enum"] != nil })
			d = one[i].(map[string]any)
		}
		for _, name := range d["enum"].([]any) {
			out = append(out, name.(string))
		}
		slices.Sort(out)
		return out
	}
	tests := map[string]struct {
		names []string
		text  string
	}{
		"outcome":  {names("$defs", "outcome"), changed(t, "effects: {restarts: 1}", "expect: {outcome: zzzzzzzz}")},
		"phase":    {names("$defs", "phase"), changed(t, "effects: {restarts: 1}", "expect: {phase: zzzzzzzz}")},
		"written":  {names("$defs", "written"), changed(t, "effects: {restarts: 1}", "expect: {written: zzzzzzzz}")},
		"ended":    {names("$defs", "ended"), changed(t, "effects: {restarts: 1}", "expect: {ended: zzzzzzzz}")},
		"what":     {names("$defs", "what"), changed(t, "requests: agent", "timeline: zzzzzzzz")},
		"status":   {names("$defs", "incident", "properties", "status"), changed(t, "effects: {restarts: 1}", "expect: {incident: {status: zzzzzzzz}}")},
		"tls":      {names("$defs", "endpoint", "properties", "tls"), changed(t, "behavior: status 202", "tls: zzzzzzzz")},
		"findings": {names("$defs", "entry", "properties", "findings", "items"), changed(t, "effects: {restarts: 1}", "expect: {entries: [{endpoint: agent, findings: [zzzzzzzz]}]}")},
		"when":     {names("$defs", "reaction", "properties", "when"), changed(t, "behavior: status 202", `reactions: [{call: "GET http://127.0.0.1/", when: zzzzzzzz}]`)},
		"once_per": {names("$defs", "reaction", "properties", "once_per"), changed(t, "behavior: status 202", `reactions: [{call: "GET http://127.0.0.1/", once_per: zzzzzzzz}]`)},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			_, err := load(test.text, scenarios.LoadOptions{})
			if diff := cmp.Diff(test.names, known(t, err)); diff != "" {
				t.Errorf("names mismatch (-schema +loader):\n%s", diff)
			}
		})
	}
}

func compiled(t *testing.T, text []byte) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	c.LoadURL = nil
	if err := c.AddResource("mem:schema", strings.NewReader(string(text))); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("mem:schema")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// instance reads YAML as an editor would, for its schema.
func instance(t *testing.T, text []byte) any {
	t.Helper()
	var v any
	if err := yaml.Load(text, &v); err != nil {
		t.Fatal(err)
	}
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

var example = regexp.MustCompile("(?s)```yaml file=(\\S+)\n(.*?)```")

// examples returns the files that README.md shows.
func examples(t *testing.T) fstest.MapFS {
	t.Helper()
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	out := fstest.MapFS{}
	for _, match := range example.FindAllSubmatch(readme, -1) {
		out[string(match[1])] = &fstest.MapFile{Data: match[2]}
	}
	return out
}

func TestTheExamplesOfTheREADMEHold(t *testing.T) {
	files := examples(t)
	p, err := scenarios.LoadProject(files, scenarios.ProjectFile, scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var stories []*scenarios.Scenario
	for name := range files {
		if name == scenarios.ProjectFile {
			continue
		}
		s, err := scenarios.Load(files, name, p, scenarios.LoadOptions{})
		if err != nil {
			t.Fatal(err)
		}
		stories = append(stories, s)
	}
	for _, r := range []scenarios.Runner{{}, {Twins: true}} {
		for _, result := range r.Run(t.Context(), stories).Results {
			if result.Verdict == scenarios.Passed {
				continue
			}
			t.Errorf("%s, twins %t: %s %s", result.File, r.Twins, result.Verdict, result.Reason)
			for _, step := range result.Steps {
				t.Logf("%s: %+v", step.Name, step.Failures)
			}
		}
	}
}

func TestTheREADMEShowsEveryKey(t *testing.T) {
	text := ""
	for _, file := range examples(t) {
		text += string(file.Data)
	}
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	explained := example.ReplaceAllString(string(readme), "")
	objects := map[string]map[string]any{"story": definition(t, "properties")}
	for name, d := range definition(t, "$defs") {
		if properties, ok := d.(map[string]any)["properties"].(map[string]any); ok {
			objects[name] = properties
		}
	}
	// What an example cannot hold: a command is run, a role differs by platform.
	rare := []string{"command", "creator"}
	for object, properties := range objects {
		for _, key := range keys(properties) {
			if !regexp.MustCompile(`(?m)(^|[\s{])`+key+":").MatchString(text) && !slices.Contains(rare, key) {
				t.Errorf("no example has key %q of %s", key, object)
			}
			if !regexp.MustCompile("`[^`]*\\b" + key + "\\b[^`]*`").MatchString(explained) {
				t.Errorf("README.md does not explain key %q of %s", key, object)
			}
		}
	}
}

func TestWhatLoadsIsValid(t *testing.T) {
	files := map[string][]byte{"the story of the tests": []byte(story)}
	for name, file := range examples(t) {
		files["README.md: "+name] = file.Data
	}
	paths, err := filepath.Glob(filepath.Join("library", "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(paths, "testdata/design/hookdrill.yaml", "testdata/design/drills/restart.yaml") {
		if files[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	story, project := compiled(t, scenarios.ScenarioSchema()), compiled(t, scenarios.ProjectSchema())
	for name, text := range files {
		s := story
		if strings.HasSuffix(name, scenarios.ProjectFile) {
			s = project
		}
		if err := s.Validate(instance(t, text)); err != nil {
			t.Errorf("%s: %#v", name, err)
		}
	}
}

// Mistakes of form are found by the schema too; the others need the loader.
func TestTheSchemaRefusesWhatHasTheWrongForm(t *testing.T) {
	s := compiled(t, scenarios.ScenarioSchema())
	for _, name := range []string{
		"unknown-key-of-step", "unknown-key-of-story", "unknown-key-of-endpoint", "unknown-key-of-action", "unknown-check",
		"check-source-empty-list", "check-that-is-neither-on-nor-off", "header-name-with-a-space", "number-without-a-unit",
		"duration-negative", "duration-that-is-none", "count-too-large", "count-negative", "count-that-is-a-text", "expect-empty",
		"expect-unknown-outcome", "expect-unknown-phase", "expect-unknown-check-in-findings", "expect-status-out-of-range",
		"expect-body-without-a-pointer", "expect-bad-pointer", "step-of-two-kinds", "step-that-does-nothing", "step-empty",
		"step-that-is-a-text", "steps-missing", "steps-empty", "name-missing", "name-empty", "name-that-is-a-list",
		"effect-of-two-kinds", "endpoint-empty", "endpoint-path-without-a-slash",
		"matrix-empty", "matrix-of-an-empty-list", "matrix-that-is-a-text", "matrix-with-a-bad-name", "setup-empty", "capture-empty",
		"capture-of-two-things", "capture-of-nothing", "capture-with-a-bad-name", "capture-of-a-header-without-an-entry",
		"capture-of-an-event-that-is-false", "expect-ended-unknown", "expect-attempts-empty-list", "span-empty", "span-without-a-unit",
		"at-without-a-unit", "at-negative", "behavior-empty", "request-without-a-url", "press-by-nobody", "press-with-an-unknown-fault",
		"tls-unknown", "dial-timeout-without-a-unit", "teardown-with-an-unknown-key",
		"reaction-without-a-method", "reaction-once-per-unknown", "twin-that-changes-nothing", "a-list", "a-text",
	} {
		text, err := os.ReadFile(filepath.Join("testdata", "errors", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(instance(t, text)); err == nil {
			t.Errorf("%s.yaml is valid by the schema", name)
		}
	}
}
