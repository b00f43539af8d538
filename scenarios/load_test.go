package scenarios_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story is a story that loads, to be changed in one place.
const story = `name: A host is restarted once
profiles: [flashduty@2026-05-27]
incident: {host: drill-01}
actions:
  restart: {label: Restart host, channels: [production]}
stages:
  mock:
    endpoints:
      agent: {behavior: status 202}
      restart: {behavior: status 200}
    effects: {restarts: {requests: agent}}
steps:
  - press: restart
    effects: {restarts: 1}
`

// changed returns story with one text in place of another.
func changed(t *testing.T, old, text string) string {
	t.Helper()
	if !strings.Contains(story, old) {
		t.Fatalf("the story has no %q", old)
	}
	return strings.Replace(story, old, text, 1)
}

func environment(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		value, ok := variables[name]
		return value, ok
	}
}

func load(text string, o scenarios.LoadOptions) (*scenarios.Scenario, error) {
	return scenarios.Load(fstest.MapFS{"story.yaml": {Data: []byte(text)}}, "story.yaml", nil, o)
}

func mustLoad(t *testing.T, text string, o scenarios.LoadOptions) *scenarios.Scenario {
	t.Helper()
	s, err := load(text, o)
	if err != nil {
		t.Fatalf("Load(): %v", err)
	}
	return s
}

func TestTheStoryOfTheDesignLoads(t *testing.T) {
	dir := filepath.Join("testdata", "design")
	o := scenarios.LoadOptions{Dir: dir}
	p, err := scenarios.LoadProject(os.DirFS(dir), scenarios.ProjectFile, o)
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Load(os.DirFS(dir), "drills/restart.yaml", p, o)
	if err != nil {
		t.Fatal(err)
	}
	if want := "testdata/design/drills/restart.yaml"; s.File != want {
		t.Errorf("File = %q, want %q", s.File, want)
	}
	if want := []string{"flashduty", "pagerduty"}; !slices.Equal(s.Profiles, want) {
		t.Errorf("Profiles = %q, want %q", s.Profiles, want)
	}
	if diff := cmp.Diff(schema.Values{"host": "drill-01"}, s.Incident); diff != "" {
		t.Errorf("Incident mismatch (-want +got):\n%s", diff)
	}
	if got := s.Actions["restart"]; got.Label != "Restart host" || got.Headers["X-Token"] != "drill" || !slices.Equal(got.Channels, []string{"production"}) {
		t.Errorf("action restart = %+v", got)
	}
	var got []string
	for _, step := range s.Steps {
		got = append(got, describe(step))
	}
	want := []string{
		"6:5 to 7: press restart, delivered, restarts 1 within 10s for 200ms",
		"8:5 to 9: redeliver restart, delivered, restarts 0 within 2s for 2s",
		"10:5 to 11: press restart, delivered, restarts 0 within 2s for 2s",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("steps mismatch (-want +got):\n%s", diff)
	}
	mock := s.Stages[scenarios.DefaultStage]
	if got := mock.Endpoints["restart"].Checks["source"].Value; got != "127.0.0.0/8" {
		t.Errorf("check source of stage mock = %q", got)
	}
	if got := mock.Endpoints["restart"].Reactions; len(got) != 1 || got[0].OncePer != "incident" || got[0].Call != "POST ${endpoints.agent.url}/hosts/${request.host}/restart" {
		t.Errorf("reactions of stage mock = %+v", got)
	}
	if got := s.Stages["local"].Endpoints["restart"]; !slices.Equal(got.Start, []string{"python3", "app.py"}) || got.URL != "http://127.0.0.1:8080/restart" {
		t.Errorf("endpoint restart of stage local = %+v", got)
	}
	if got := s.Stages["staging"].Effects["restarts"]; got.Get != "https://ops.staging.example/restarts" || got.Pointer != "/count" {
		t.Errorf("effect restarts of stage staging = %+v", got)
	}
}

// describe writes a step as one line.
func describe(s scenarios.Step) string {
	var b strings.Builder
	b.WriteString(place(s.Position) + " to " + itoa(s.End) + ":")
	if s.Press != nil {
		b.WriteString(" press " + s.Press.Action)
	}
	if s.Redeliver != "" {
		b.WriteString(" redeliver " + s.Redeliver)
	}
	if s.Expect != nil && s.Expect.Delivered != nil && *s.Expect.Delivered {
		b.WriteString(", delivered")
	}
	if s.Effects != nil {
		for _, c := range s.Effects.Counts {
			b.WriteString(", " + c.Name + " " + itoa(c.Want))
		}
		b.WriteString(" within " + s.Effects.Within.String() + " for " + s.Effects.For.String())
	}
	return b.String()
}

func itoa(n int) string {
	text, _ := json.Marshal(n)
	return string(text)
}

func place(p scenarios.Position) string { return itoa(p.Line) + ":" + itoa(p.Column) }

func TestMistakesAreShownOnTheirLine(t *testing.T) {
	dir := filepath.Join("testdata", "errors")
	files, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("Glob() = %v, %v", files, err)
	}
	o := scenarios.LoadOptions{Getenv: environment(map[string]string{"REFERRING": "${env.PATH}"})}
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(strings.TrimSuffix(name, ".yaml"), func(t *testing.T) {
			var err error
			if strings.HasPrefix(name, "project-") {
				_, err = scenarios.LoadProject(os.DirFS(dir), name, o)
			} else {
				_, err = scenarios.Load(os.DirFS(dir), name, nil, o)
			}
			var mistake *scenarios.LoadError
			if !errors.As(err, &mistake) {
				t.Fatalf("error = %v, want a *LoadError", err)
			}
			if mistake.File != name || mistake.Line < 1 || mistake.Column < 1 || mistake.Problem == "" || mistake.Hint == "" {
				t.Errorf("LoadError = %+v, want place, problem and hint", mistake)
			}
			compare(t, strings.TrimSuffix(file, ".yaml")+".txt", mistake.Error()+"\n")
		})
	}
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s mismatch (-want +got), rewrite with -update:\n%s", golden, diff)
	}
}

func TestHostileFilesAreRefusedQuickly(t *testing.T) {
	deep := strings.Repeat("[", 5_000)
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for c := 'b'; c < 'k'; c++ {
		one := "*" + string(c-1)
		bomb += string(c) + ": &" + string(c) + " [" + strings.Repeat(one+",", 8) + one + "]\n"
	}
	// fill repeats a text until the file is nearly as long as it may be.
	fill := func(text, end string) string { return strings.Repeat(text, (256<<10-1500)/len(text)) + end }
	o := scenarios.LoadOptions{Getenv: environment(map[string]string{"LARGE": strings.Repeat("x", 1<<20)})}
	tests := map[string]struct{ text, want string }{
		"a NUL byte":                       {"name: a\x00b\n", "story.yaml:1:8: control character U+0000"},
		"an escape byte":                   {"name: a\n# \x1b[31m\n", "story.yaml:2:3: control character U+001B"},
		"bytes that are not UTF-8":         {"name: é\ntags: [\xff]\n", "story.yaml:2:8: byte 0xff is not UTF-8"},
		"UTF-16":                           {"\xff\xfen\x00a\x00", "story.yaml:1:1: byte 0xff is not UTF-8"},
		"10 MB of one line":                {"name: " + strings.Repeat("x", 10<<20), "story.yaml:1:262145: the file is longer than 256 KiB"},
		"10 MB of lists":                   {strings.Repeat("- [\n", 3<<20), "longer than 256 KiB"},
		"nothing but open brackets":        {fill("[", ""), "nested too deeply"},
		"nothing but open maps":            {fill("{a: ", ""), "nested too deeply"},
		"nothing but nested block lists":   {fill("- ", ""), "nested too deeply"},
		"nothing but commas":               {"name: [" + fill(",", ""), "story.yaml:1:"},
		"a list of letters":                {"name: [" + fill("a,", "]"), "story.yaml:1:7: name is a list"},
		"a list of nothing":                {fill("- \n", ""), "story.yaml:1:1: story is a list"},
		"one key, again and again":         {story + "assume: {" + fill("a: 1s, ", "}"), `key "a" stands twice`},
		"values of one letter":             {changed(t, "drill-01", "["+fill("1,", "]")), ""},
		"unknown names":                    {story + "  - {press: restart, effects: {restarts: 1, " + fill("a1: 1, ", "}}"), `"a1" stands twice`},
		"a text of quotes":                 {"name: \"" + fill("\\\"", ""), "a quote is not closed"},
		"a text of backslashes":            {"name: '" + fill("\\", ""), "a quote is not closed"},
		"open references":                  {changed(t, "drill-01", `"`+fill("${", `"`)), "is no reference"},
		"references to one endpoint":       {changed(t, "drill-01", `"`+fill("${endpoints.agent.url}", `"`)), ""},
		"references to no endpoint":        {changed(t, "drill-01", `"`+fill("${endpoints.x.url}", `"`)), `unknown endpoint "x"`},
		"a megabyte from each variable":    {changed(t, "drill-01", `"`+fill("${env.LARGE}", `"`)) + "env: {LARGE: {}}\n", "more than 8 MiB"},
		"a comment on every element":       {"name: [" + fill("a, #\n", "]"), "story.yaml:1:7: name is a list"},
		"nesting that is never closed":     {deep, "nested too deeply"},
		"a bomb of aliases":                {bomb + "name: *j\n", "story.yaml:1:4: anchor &"},
		"a bomb of merges":                 {"a: &a {x: 1}\nb: &b {<<: [*a, *a, *a]}\nname: {<<: [*b, *b, *b]}\n", "story.yaml:1:4: anchor &"},
		"an alias of nothing":              {"name: *a\n", "unknown anchor 'a' referenced"},
		"an alias of itself":               {"name: &a [*a]\n", "anchor &"},
		"a second document":                {"name: a\n---\nname: b\n", "story.yaml:2:1: a second document begins here"},
		"a second document that is broken": {"name: a\n---\n}\n", "story.yaml:3:1:"},
		"a directive of another version":   {"%YAML 3.0\n---\nname: a\n", "story.yaml:1:"},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			began := time.Now()
			_, err := load(test.text, o)
			took := time.Since(began)
			runtime.ReadMemStats(&after)
			if used := after.TotalAlloc - before.TotalAlloc; used > 512<<20 {
				t.Errorf("%d MB were allocated", used>>20)
			}
			if took > 10*time.Second { // well under one on an idle machine without the race detector
				t.Errorf("it took %s", took)
			}
			if err == nil && test.want == "" {
				return
			}
			var mistake *scenarios.LoadError
			if !errors.As(err, &mistake) {
				t.Fatalf("error = %v, want a *LoadError", err)
			}
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want it to contain %q", err, test.want)
			}
			if len(err.Error()) > 1000 {
				t.Errorf("the message has %d bytes", len(err.Error()))
			}
		})
	}
}

func TestFilesThatCannotBeRead(t *testing.T) {
	fsys := fstest.MapFS{"folder/a.yaml": {}, "device": {Mode: fs.ModeDevice}}
	tests := map[string]struct{ name, want string }{
		"a file that is not there": {"drills/nowhere.yaml", "shown/drills/nowhere.yaml: no such file"},
		"a folder":                 {"folder", "shown/folder: not a regular file"},
		"a device":                 {"device", "shown/device: not a regular file"},
		"a path that leads out":    {"../a.yaml", "a.yaml: no such file"},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			_, err := scenarios.Load(fsys, test.name, nil, scenarios.LoadOptions{Dir: "shown"})
			var mistake *scenarios.LoadError
			if !errors.As(err, &mistake) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error = %v, want %q", err, test.want)
			}
		})
	}
	_, err := scenarios.Load(fsys, "nowhere.yaml", nil, scenarios.LoadOptions{})
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error = %v, want one that is fs.ErrNotExist", err)
	}
}

func TestValuesAreWhatYAMLSaysTheyAre(t *testing.T) {
	tests := map[string]struct {
		text string
		want any
	}{
		"an integer of 30 digits keeps them all": {"123456789012345678901234567890", json.Number("123456789012345678901234567890")},
		"a leading zero is no octal":             {"0777", json.Number("777")},
		"0o is octal":                            {"0o777", json.Number("511")},
		"0x is hexadecimal":                      {"0x1F", json.Number("31")},
		"a fraction keeps its digits":            {"1.10", json.Number("1.10")},
		"a fraction without a whole part":        {".5", json.Number("0.5")},
		"a fraction without a fraction":          {"5.", json.Number("5")},
		"a sign":                                 {"-0012", json.Number("-12")},
		"a plus":                                 {"+12", json.Number("12")},
		"an exponent":                            {"1e3", json.Number("1e3")},
		"no exponent without a number":           {"e5", "e5"},
		"an underscore makes a text":             {"1_000", "1_000"},
		"yes is a text":                          {"yes", "yes"},
		"no is a text":                           {"no", "no"},
		"off is a text":                          {"off", "off"},
		"true is true":                           {"true", true},
		"FALSE is false":                         {"FALSE", false},
		"tRue is a text":                         {"tRue", "tRue"},
		"null is null":                           {"null", nil},
		"~ is null":                              {"~", nil},
		"a quoted number is a text":              {"'12'", "12"},
		"a quoted null is a text":                {`"null"`, "null"},
		"a date is a text":                       {"2026-11-21", "2026-11-21"},
		"a time is a text":                       {"12:30:45", "12:30:45"},
		"a version is a text":                    {"1.2.3", "1.2.3"},
		"a template is left alone":               {`"{{ .Incident.Title }} $ {x}"`, "{{ .Incident.Title }} $ {x}"},
		"a list":                                 {"[1, a, null]", []any{json.Number("1"), "a", nil}},
		"a map":                                  {"{a: {b: 007}}", map[string]any{"a": map[string]any{"b": json.Number("7")}}},
	}
	for what, test := range tests {
		t.Run(what, func(t *testing.T) {
			s := mustLoad(t, changed(t, "host: drill-01", "/incident/fields/x: "+test.text), scenarios.LoadOptions{})
			if diff := cmp.Diff(test.want, s.Incident["/incident/fields/x"]); diff != "" {
				t.Errorf("value mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// reported returns a header of the first press as a run of the story tells it.
func reported(t *testing.T, s *scenarios.Scenario, header string) string {
	t.Helper()
	run := scenarios.Runner{}.Run(t.Context(), []*scenarios.Scenario{s})
	if len(run.Results) != 1 || len(run.Results[0].Steps) == 0 || run.Results[0].Steps[0].Delivery == nil {
		t.Fatalf("results = %+v, want one with a delivery", run.Results)
	}
	return run.Results[0].Steps[0].Delivery.Push.Header.Get(header)
}

// TestNoSpellingOfASecretIsTold asks of a value with signs that JSON, quotes and URLs
// write in another way.
func TestNoSpellingOfASecretIsTold(t *testing.T) {
	const value = "hu\"sh\\hu<sh é hu%sh"
	text := "env: {TOKEN: {}}\n" + staged(`      restart: {reactions: [{call: "POST ${endpoints.agent.url}/${request.title}?t=${request.title}"}]}`, `  - press: {action: restart, set: {title: "${env.TOKEN}"}}
    expect:
      status: 201
      entries: [{endpoint: restart, body: {/incident: "${env.TOKEN}", /incident/title: x}}, {endpoint: agent, path: /x, query: {t: x}}]
`)
	s := mustLoad(t, text, scenarios.LoadOptions{Getenv: environment(map[string]string{"TOKEN": value})})
	r := one(t, scenarios.Runner{Seed: 71}, s)
	all := told(r)
	for _, step := range r.Steps {
		all += fmt.Sprintf("\n%s\n%+v", step.Delivery.Push.Body, step.Failures)
		for _, e := range step.Entries {
			all += fmt.Sprintf("\n%s\n%s\n%+v", e.Request.Target, e.Request.Body, e.Reactions)
		}
	}
	if len(failures(r)) < 3 || strings.Contains(all, "hu") {
		t.Errorf("part of the secret is told:\n%s", all)
	}
}

func TestVariables(t *testing.T) {
	text := changed(t, "channels: [production]", `channels: [production], headers: {X-A: "a ${env.A} ${env.B}"}`) +
		"env: {A: {default: drill}, B: {}}\n"
	s := mustLoad(t, text, scenarios.LoadOptions{Getenv: environment(map[string]string{"A": "drill", "B": "hush-hush"})})
	if got, want := s.Actions["restart"].Headers["X-A"], "a drill hush-hush"; got != want {
		t.Errorf("header = %q, want %q", got, want)
	}
	// The default stands in the file: redacting it would black out half a report.
	if got, want := reported(t, s, "X-A"), "a drill "+schema.Redacted; got != want {
		t.Errorf("the report shows the header as %q, want %q", got, want)
	}
	_, err := load(text, scenarios.LoadOptions{})
	if err == nil || !strings.Contains(err.Error(), "variable B is not set and has no default") {
		t.Errorf("error = %v, want one about B", err)
	}
}

func TestEndpointsAreKnownWhenTheStoryRuns(t *testing.T) {
	text := changed(t, "channels: [production]", `headers: {X-Agent: "at ${endpoints.agent.url}/x"}`)
	text = strings.Replace(text, "press: restart", `press: {action: restart, set: {title: "see ${endpoints.agent.url}", /incident/fields/x: ["${endpoints.agent.url}"]}}`, 1)
	text = strings.Replace(text, "effects: {restarts: 1}", `expect: {entries: [{endpoint: restart, body: {/incident/title: "see ${endpoints.agent.url}", /incident/fields/x: ["${endpoints.agent.url}"]}}]}`, 1)
	s := mustLoad(t, text, scenarios.LoadOptions{})
	run := scenarios.Runner{}.Run(t.Context(), []*scenarios.Scenario{s, s}) // twice: what a run fills in must not stay
	for _, result := range run.Results {
		if result.Verdict != scenarios.Passed {
			t.Errorf("verdict = %s: %s %+v", result.Verdict, result.Reason, result.Steps)
		}
	}
	if got := reported(t, s, "X-Agent"); !strings.HasPrefix(got, "at http://127.0.0.1:") || !strings.HasSuffix(got, "/x") {
		t.Errorf("header = %q, want the agent's URL in it", got)
	}
}

func TestAStoryWinsOverItsProject(t *testing.T) {
	fsys := fstest.MapFS{
		"hookdrill.yaml": {Data: []byte("env: {A: {default: project}, B: {default: shared}}\nactions:\n  restart: {label: Of the project}\n  reboot: {label: Reboot, endpoint: restart}\n  other: {endpoint: restart}\n" +
			"stages:\n  mock:\n    endpoints: {restart: {behavior: status 500}}\n  local:\n    endpoints: {restart: {url: \"http://127.0.0.1:1/\"}, agent: {}}\n    effects: {restarts: {requests: agent}}\n")},
		"drills/story.yaml": {Data: []byte(changed(t, "label: Restart host", `label: "${env.A} ${env.B}"`) + "  - press: reboot\nenv: {A: {default: story}}\n")},
	}
	p, err := scenarios.LoadProject(fsys, "hookdrill.yaml", scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenarios.Load(fsys, "drills/story.yaml", p, scenarios.LoadOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Actions["restart"].Label, "story shared"; got != want {
		t.Errorf("label = %q, want %q", got, want)
	}
	if _, ok := s.Actions["reboot"]; !ok {
		t.Error("the project's action that the story presses is not there")
	}
	if _, ok := s.Actions["other"]; ok {
		t.Error("a project's action that the story does not name takes a place in its channel")
	}
	if got, want := s.Stages["mock"].Endpoints["restart"].Behavior, "status 200"; got != want {
		t.Errorf("behavior on stage mock = %q, want %q", got, want)
	}
	if _, ok := s.Stages["local"]; !ok {
		t.Error("the project's stage local is not there")
	}
}

func TestFilesAreReadBeneathTheFolder(t *testing.T) {
	dir := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret.txt")
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(outside, "not to be read")
	write(filepath.Join(dir, "token.txt"), "s3cr3t-token\n")
	write(filepath.Join(dir, "large.txt"), strings.Repeat("x", 1<<20+1))
	write(filepath.Join(dir, "binary.txt"), "\xff")
	link := os.Symlink(outside, filepath.Join(dir, "link.txt")) == nil
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct{ file, want string }{
		"a file":                {"token.txt", ""},
		"a link that leads out": {"link.txt", "${file:link.txt}: "},
		"a folder":              {"folder", "not a regular file"},
		"a large file":          {"large.txt", "longer than 1 MiB"},
		"bytes":                 {"binary.txt", "not UTF-8"},
	}
	for what, test := range tests {
		for _, o := range []scenarios.LoadOptions{{Dir: dir}, {}} {
			t.Run(what, func(t *testing.T) {
				if test.file == "link.txt" && !link {
					t.Skip("no symbolic links here")
				}
				write(filepath.Join(dir, "story.yaml"), changed(t, "channels: [production]", `headers: {X-Key: "${file:`+test.file+`}"}`))
				s, err := scenarios.Load(os.DirFS(dir), "story.yaml", nil, o)
				if test.want != "" {
					if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "not to be read") {
						t.Errorf("error = %v, want %q", err, test.want)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				if got, want := s.Actions["restart"].Headers["X-Key"], "s3cr3t-token"; got != want {
					t.Errorf("header = %q, want %q", got, want)
				}
				if got := reported(t, s, "X-Key"); got != schema.Redacted {
					t.Errorf("the report shows the header as %q", got)
				}
			})
		}
	}
}

func TestTheProjectIsFoundUpwards(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(filepath.Join(below, scenarios.ProjectFile), 0o700); err != nil { // a folder of that name is none
		t.Fatal(err)
	}
	file := filepath.Join(dir, scenarios.ProjectFile)
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := scenarios.FindProject(below); err != nil || got != file {
		t.Errorf("FindProject() = %q, %v, want %q", got, err, file)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if got, err := scenarios.FindProject(below); err != nil || got != "" {
		t.Errorf("FindProject() = %q, %v, want none", got, err)
	}
}

func TestStepsKnowTheirLastLine(t *testing.T) {
	text := strings.Replace(story, "steps:", "tags: [a]\nsteps:", 1) + `
  # a comment above the next step
  - press:
      action: restart
      set:
        title: |
          several
          lines

  - {press: restart}

# the end
twins: []
`
	s := mustLoad(t, text, scenarios.LoadOptions{})
	var got []string
	for _, step := range s.Steps {
		got = append(got, place(step.Position)+" to "+itoa(step.End))
	}
	if diff := cmp.Diff([]string{"14:5 to 15", "18:5 to 23", "25:5 to 25"}, got); diff != "" {
		t.Errorf("steps mismatch (-want +got):\n%s", diff)
	}
	if s.Line != 1 || s.Column != 7 {
		t.Errorf("the story is at %s, want 1:7", place(s.Position))
	}
}

func TestLinesEndAsTheYAMLReaderCountsThem(t *testing.T) {
	for what, end := range map[string]string{"LF": "\n", "CRLF": "\r\n", "CR": "\r", "LS": "\n#\u2028", "a byte order mark": "\n"} {
		t.Run(what, func(t *testing.T) {
			text := "name: a\n# b\nnope: 1\n"
			text = strings.Replace(text, "\n", end, 1)
			if end != "\n#\u2028" {
				text = strings.ReplaceAll(text, "\n", end)
			}
			if what == "a byte order mark" {
				text = "\ufeff" + text
			}
			_, err := load(text, scenarios.LoadOptions{})
			if err == nil || !strings.Contains(err.Error(), ":1: unknown key \"nope\"") || !strings.Contains(err.Error(), "| nope: 1\n") {
				t.Errorf("error = %v, want it on the line of nope", err)
			}
		})
	}
}

func TestAUsersOwnProfiles(t *testing.T) {
	text := changed(t, "flashduty@2026-05-27", "acme")
	own := fstest.MapFS{"acme/2026-01-02/profile.json": {Data: []byte(`{"title": "Acme", "extends": "flashduty@2026-05-27"}`)}}
	if s := mustLoad(t, text, scenarios.LoadOptions{Profiles: own}); !slices.Equal(s.Profiles, []string{"acme"}) {
		t.Errorf("Profiles = %q", s.Profiles)
	}
	_, err := load(text, scenarios.LoadOptions{})
	if err == nil || !strings.Contains(err.Error(), `unknown profile "acme" (known: flashduty, `) {
		t.Errorf("error = %v, want the profiles that there are", err)
	}
	own["acme/2026-01-02/profile.json"].Data = []byte(`{"title": "Acme", "extends": "nobody@2026-05-27"}`)
	_, err = load(text, scenarios.LoadOptions{Profiles: own})
	if err == nil || !strings.Contains(err.Error(), "story.yaml:2:12: ") || !strings.Contains(err.Error(), "nobody") {
		t.Errorf("error = %v, want what is wrong with the profile", err)
	}
}

func TestBodiesOfReactionsAreTextOrJSON(t *testing.T) {
	text := changed(t, "agent: {behavior: status 202}", `agent:
        reactions:
          - {call: "POST http://127.0.0.1:9/", body: "as ${request.host} stands"}
          - {call: "POST http://127.0.0.1:9/", body: {n: 123456789012345678901, a: "<${request.host}>", b: [true, ~]}, when: before}`)
	s := mustLoad(t, text, scenarios.LoadOptions{})
	got := s.Stages["mock"].Endpoints["agent"].Reactions
	want := []string{"as ${request.host} stands", `{"a":"<${request.host}>","b":[true,null],"n":123456789012345678901}`}
	if len(got) != 2 || got[0].Body != want[0] || got[1].Body != want[1] || got[1].When != "before" {
		t.Errorf("reactions = %+v, want bodies %q", got, want)
	}
}

func TestALongErrorShowsItsPlace(t *testing.T) {
	_, err := load("name: "+strings.Repeat("ä", 500)+"\nnope: 1\n", scenarios.LoadOptions{})
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != 3 || !strings.HasPrefix(err.Error(), "story.yaml:2:1: unknown key") {
		t.Errorf("error = %v", err)
	}
	for _, line := range lines {
		if len([]rune(line)) > 200 {
			t.Errorf("line of %d characters", len([]rune(line)))
		}
	}
}

func FuzzLoad(f *testing.F) {
	f.Add([]byte(story))
	f.Add([]byte("env: {A: {default: x}}\nactions: {a: {headers: {X: \"${env.A}\"}}}\n"))
	f.Add([]byte("name: ${file:x}\nsteps: [{press: {action: a, set: {/x: [1e9, 0x, {a: }]}}}]"))
	f.Add([]byte("matrix: {a: [1, {b: 2}, [x]], c: [\"\"]}\n" + strings.Replace(story, "restart: {behavior: status 200}", "restart: {behavior: \"status ${matrix.a}\", tls: expired}", 1) +
		"    capture: {id: {entry: agent, body: /a}}\n  - at: +1h\n    behavior: {agent: \"${matrix.c}\"}\n  - request: {url: \"${endpoints.agent.url}/${captured.id}\", raw: \"\\r\\n\"}\nsetup: [enable: restart]\nteardown: [settle: restart]\n"))
	f.Add([]byte("name: a\nactions: {a: {template: {x: \"{{y\"}, value_map: {a: {b: c}}, creator: {role: Manager}, client_cert: true}}\nsteps: [{press: {action: a, by: [b], fault: first 1 dropped_syn}, expect: {attempts: [{after: {min: 1s}}], last: {}}}]"))
	f.Add([]byte("? [a]\n: *b\n--- !x\n\t- \"\\x00\""))
	f.Fuzz(func(t *testing.T, data []byte) {
		fsys := fstest.MapFS{"a.yaml": {Data: data}}
		for what, load := range map[string]func() error{
			"story":   func() error { _, err := scenarios.Load(fsys, "a.yaml", nil, scenarios.LoadOptions{}); return err },
			"project": func() error { _, err := scenarios.LoadProject(fsys, "a.yaml", scenarios.LoadOptions{}); return err },
		} {
			err := load()
			var mistake *scenarios.LoadError
			if err != nil && !errors.As(err, &mistake) {
				t.Fatalf("%s: error = %v, want a *LoadError", what, err)
			}
			if err != nil && (len(err.Error()) > 4000 || bytes.ContainsAny([]byte(err.Error()), "\x00\x1b\r")) {
				t.Fatalf("%s: message %q", what, err)
			}
		}
	})
}
