package scenarios_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
)

// The endpoints of somebody else: one in each language, started by start:. The
// argument behind the port is "once" where it remembers incidents.
const (
	pythonEndpoint = `import json, sys
from http.server import BaseHTTPRequestHandler, HTTPServer
port, once, done = int(sys.argv[1]), sys.argv[2] == "once", set()
class Hook(BaseHTTPRequestHandler):
    def do_GET(self): self.answer()
    def do_POST(self):
        push = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        incident = (push.get("incident") or push["messages"][0]["incident"])
        key = incident.get("incident_id") or incident["id"]
        if not (once and key in done):
            done.add(key)
            with open("restarts.log", "a") as log: log.write(key + "\n")
        self.answer()
    def answer(self): self.send_response(200); self.end_headers()
HTTPServer(("127.0.0.1", port), Hook).serve_forever()
`
	nodeEndpoint = `const [port, mode] = process.argv.slice(2), fs = require("fs"), done = new Set();
require("http").createServer((request, response) => {
  const parts = [];
  request.on("data", (part) => parts.push(part)).on("end", () => {
    if (request.method === "POST") {
      const push = JSON.parse(Buffer.concat(parts));
      const incident = push.incident || push.messages[0].incident;
      const key = incident.incident_id || incident.id;
      if (!(mode === "once" && done.has(key))) fs.appendFileSync("restarts.log", key + "\n");
      done.add(key);
    }
    response.end();
  });
}).listen(Number(port), "127.0.0.1");
`
)

const restartDrill = `name: A host is restarted once, however often the button is pressed
profiles: [flashduty, pagerduty]
incident: {host: drill-01}
steps:
  - press: restart
    effects: {restarts: 1, within: 5s}
  - redeliver: restart
    effects: {restarts: 0, for: 300ms}
  - press: restart
    effects: {restarts: 0, for: 300ms}
`

// freePort returns a port on which nobody listens. It is below
// those that systems give to whoever asks for any, so that nobody takes it meanwhile.
func freePort(t *testing.T) int {
	t.Helper()
	for range 100 {
		port := 20_000 + rand.IntN(10_000)
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
			l.Close()
			return port
		}
	}
	t.Fatal("no free port among a hundred")
	return 0
}

// localProject is a project whose stage local starts command on port.
func localProject(port int, command ...string) string {
	quoted := make([]string, len(command))
	for i, word := range command {
		quoted[i] = fmt.Sprintf("%q", word)
	}
	return fmt.Sprintf(`actions: {restart: {label: Restart host, channels: [production]}}
stages:
  local:
    endpoints:
      restart: {start: [%s], ready: "http://127.0.0.1:%d/healthz", url: "http://127.0.0.1:%d/restart"}
    effects: {restarts: {lines: restarts.log}}
`, strings.Join(quoted, ", "), port, port)
}

func TestAnEndpointThatIsNotOursPassesOnlyWhenItRemembers(t *testing.T) {
	t.Parallel()
	name, source, program := "app.py", pythonEndpoint, "python3"
	if _, err := exec.LookPath(program); err != nil {
		name, source, program = "app.js", nodeEndpoint, "node"
	}
	if _, err := exec.LookPath(program); err != nil {
		t.Skip("neither python3 nor node is there: no foreign endpoint was tried")
	}
	tests := map[string]struct {
		mode    string
		verdict scenarios.Verdict
		want    []string
	}{
		"it remembers incidents": {"once", scenarios.Passed, nil},
		"it remembers nothing":   {"always", scenarios.Failed, []string{"restarts: 1, want 0"}},
	}
	for title, test := range tests {
		t.Run(title, func(t *testing.T) {
			t.Parallel()
			port := freePort(t)
			s := project(t, map[string]string{
				name: source, "drills/story.yaml": restartDrill,
				scenarios.ProjectFile: localProject(port, program, name, fmt.Sprint(port), test.mode),
			}, nil)
			run := scenarios.Runner{Stage: "local", Seed: 71}.Run(t.Context(), []*scenarios.Scenario{s})
			if len(run.Results) != 2 {
				t.Fatalf("%d results, want one for each platform", len(run.Results))
			}
			for _, r := range run.Results {
				if diff := cmp.Diff(test.want, failures(r)); diff != "" || r.Verdict != test.verdict {
					t.Errorf("failures mismatch (-want +got):\n%s%s", diff, told(r))
				}
			}
			if want := fmt.Sprintf("endpoint restart at http://127.0.0.1:%d/restart", port); run.UnderTest != want {
				t.Errorf("UnderTest = %q, want %q", run.UnderTest, want)
			}
			if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
				c.Close()
				t.Error("the endpoint still runs")
			}
		})
	}
}

// TestMain makes the test's own program an endpoint that a story can start: it
// needs nothing that may not be there.
func TestMain(m *testing.M) {
	if mode := os.Getenv("HOOKDRILL_TEST_ENDPOINT"); mode != "" {
		serve(mode)
		return
	}
	os.Exit(m.Run())
}

// serve is the endpoint; mode says what is wrong with it.
func serve(mode string) {
	address := os.Getenv("HOOKDRILL_TEST_ADDRESS")
	switch mode {
	case "dies":
		for i := range 20 {
			fmt.Println("line", i)
		}
		fmt.Fprintln(os.Stderr, "no database: "+os.Getenv("DRILL_TOKEN"))
		os.Exit(3)
	case "parent": // its child listens and is deaf to being asked
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "HOOKDRILL_TEST_ENDPOINT=answers")
		if err := child.Start(); err != nil {
			os.Exit(4)
		}
		_ = child.Wait()
	case "computes":
		compute()
	case "crashes": // at the first push
		_ = http.ListenAndServe(address, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				fmt.Fprintln(os.Stderr, "no such host in the inventory")
				os.Exit(5)
			}
		}))
	case "answers":
		fmt.Println("listening")
		_ = http.ListenAndServe(address, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/restart" {
				w.Header().Set("X-Folder", filepath.Base(must(os.Getwd())))
				w.Header().Set("X-Drill", os.Getenv("DRILL_TOKEN"))
			}
		}))
	}
}

func must(dir string, err error) string {
	if err != nil {
		return err.Error()
	}
	return dir
}

// self is a project whose endpoint is this test's program.
func self(t *testing.T, mode string, port int) (text string, getenv func(string) (string, bool)) {
	t.Helper()
	variables := map[string]string{
		"HOOKDRILL_TEST_ENDPOINT": mode, "HOOKDRILL_TEST_ADDRESS": fmt.Sprintf("127.0.0.1:%d", port), "DRILL_TOKEN": "hush-hush",
	}
	text = "env: {HOOKDRILL_TEST_ENDPOINT: {default: answers}, HOOKDRILL_TEST_ADDRESS: {}, DRILL_TOKEN: {}}\n" + localProject(port, os.Args[0])
	return text, func(name string) (string, bool) { value, ok := variables[name]; return value, ok }
}

const oneClick = `name: A click
profiles: [flashduty]
steps:
  - {press: restart, expect: {delivered: true, headers: {X-Drill: "hush-hush"}}}
`

func TestAStartedEndpointSeesTheDeclaredVariablesAndNoReportShowsThem(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	text, getenv := self(t, "answers", port)
	s := project(t, map[string]string{scenarios.ProjectFile: text, "drills/story.yaml": strings.Replace(oneClick, "hush-hush", "other", 1)}, getenv)
	r := one(t, scenarios.Runner{Stage: "local", Seed: 71}, s)
	if diff := cmp.Diff([]string{`header X-Drill: "[redacted]", want "other"`}, failures(r)); diff != "" {
		t.Errorf("failures mismatch (-want +got):\n%s%s", diff, told(r))
	}
	if got := r.Steps[0].Delivery.Attempts[0].Header.Get("X-Drill"); got != "[redacted]" {
		t.Errorf("the answer's header is %q", got)
	}
	if all := fmt.Sprintf("%+v %+v", r, *r.Steps[0].Delivery); strings.Contains(all, "hush") {
		t.Errorf("the secret is still somewhere in the result:\n%s", all)
	}
	if !strings.Contains(told(r), "endpoint restart wrote: listening") {
		t.Errorf("what the endpoint wrote is not told\n%s", told(r))
	}
}

func TestAnEndpointThatEndsBeforeItIsReadyIsToldWithItsOutput(t *testing.T) {
	t.Parallel()
	text, getenv := self(t, "dies", freePort(t))
	s := project(t, map[string]string{scenarios.ProjectFile: text, "drills/story.yaml": oneClick}, getenv)
	r := one(t, scenarios.Runner{Stage: "local", Seed: 71}, s)
	for _, want := range []string{"endpoint restart: ", " ended (exit status 3) before it was ready; the last that it wrote: no database: [redacted]"} {
		if r.Verdict != scenarios.Errored || !strings.Contains(r.Reason, want) {
			t.Errorf("Reason lacks %q\n%s", want, told(r))
		}
	}
	if len(r.Notes) != 8 || r.Notes[6] != "endpoint restart wrote: line 19" {
		t.Errorf("the notes are not the last 8 lines\n%s", told(r))
	}
}

func TestAnEndpointThatEndsInMidStoryIsTold(t *testing.T) {
	t.Parallel()
	text, getenv := self(t, "crashes", freePort(t))
	s := project(t, map[string]string{scenarios.ProjectFile: text, "drills/story.yaml": oneClick}, getenv)
	r := one(t, scenarios.Runner{Stage: "local", Seed: 71}, s)
	if r.Verdict != scenarios.Failed {
		t.Errorf("verdict %s\n%s", r.Verdict, told(r))
	}
	for _, want := range []string{"endpoint restart ended by itself: exit status 5", "endpoint restart wrote: no such host in the inventory"} {
		if !slices.Contains(r.Notes, want) {
			t.Errorf("the notes lack %q\n%s", want, told(r))
		}
	}
}

func TestAnEndpointIsNotStartedWhereSomebodyListens(t *testing.T) {
	t.Parallel()
	stranger := httptest.NewServer(http.NotFoundHandler())
	defer stranger.Close()
	text, getenv := self(t, "answers", stranger.Listener.Addr().(*net.TCPAddr).Port)
	s := project(t, map[string]string{scenarios.ProjectFile: text, "drills/story.yaml": oneClick}, getenv)
	r := one(t, scenarios.Runner{Stage: "local", Seed: 71}, s)
	if r.Verdict != scenarios.Errored || !strings.Contains(r.Reason, "something listens there already") {
		t.Error(told(r))
	}
}

func TestTheChildrenOfAStartedEndpointEndWithIt(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("process groups are tried on unix")
	}
	t.Parallel()
	port := freePort(t)
	text, getenv := self(t, "parent", port)
	s := project(t, map[string]string{scenarios.ProjectFile: text, "drills/story.yaml": "name: A click\nprofiles: [flashduty]\nsteps: [{press: restart}]\n"}, getenv)
	r := one(t, scenarios.Runner{Stage: "local", Seed: 71}, s)
	if r.Verdict != scenarios.Passed {
		t.Error(told(r))
	}
	if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
		c.Close()
		t.Error("the child still listens")
	}
}

func TestAnInterruptionWhileAnEndpointStartsStopsIt(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	asked := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable) // never ready
		cancel()
	}))
	defer asked.Close()
	port := freePort(t)
	text, getenv := self(t, "answers", port)
	text = strings.Replace(text, fmt.Sprintf("http://127.0.0.1:%d/healthz", port), asked.URL, 1)
	s := project(t, map[string]string{scenarios.ProjectFile: text, "drills/story.yaml": oneClick}, getenv)
	run := scenarios.Runner{Stage: "local", Seed: 71}.Run(ctx, []*scenarios.Scenario{s})
	if r := run.Results[0]; r.Verdict != scenarios.Errored || r.Reason != "interrupted" || !run.Interrupted {
		t.Error(told(r))
	}
	if run.Took > 10*time.Second {
		t.Errorf("it took %s", run.Took)
	}
	if c, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port)); err == nil {
		c.Close()
		t.Error("the endpoint still runs")
	}
}

func TestANumberAtAURLIsCounted(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		answer string // %d is how many presses came
		want   string // of the failure or the reason; "" passes
	}{
		"a number at a pointer":   {answer: `{"count": %d}`},
		"a text that is a number": {answer: `{"count": "%d"}`},
		"no JSON":                 {"%d restarts", `is not JSON`},
		"nothing at the pointer":  {`{"total": %d}`, `nothing at pointer "/count"`},
		"no number":               {`{"count": [%d]}`, "[0] is no number"},
		"half a number":           {`{"count": %d.5}`, `"0.5" is no whole number`},
		"too many":                {`{"count": "%[1]d%[1]d"}`, "restarts: 11, want 1"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var came atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodPost {
					came.Add(1)
					return
				}
				fmt.Fprintf(w, test.answer, came.Load())
			}))
			defer server.Close()
			text := strings.Replace(against(server.URL, ""), "/"+"'}", "/'}", 1)
			text = strings.Replace(text, "'}}", fmt.Sprintf("'}}, effects: {restarts: {get: '%s/count', pointer: /count}}", server.URL), 1)
			text = text[:strings.Index(text, "steps:")] + "steps:\n  - {press: restart, effects: {restarts: 1, for: 50ms}}\n"
			r := one(t, scenarios.Runner{Seed: 71, Only: []string{"flashduty"}}, written(t, text))
			switch {
			case test.want == "" && r.Verdict != scenarios.Passed, !strings.Contains(r.Reason+strings.Join(failures(r), " "), test.want):
				t.Errorf("want %q\n%s", test.want, told(r))
			}
		})
	}
}

func TestLinesOfAFileAreCounted(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		before, write string
		want          []string
	}{
		"a line in a new file":                    {"", "a\n", nil},
		"a line behind others":                    {"x\ny\n", "a\n", nil},
		"a line whose end is not written yet":     {"x\n", "a", nil},
		"two lines":                               {"x\n", "a\nb\n", []string{"restarts: 2, want 1"}},
		"long lines":                              {strings.Repeat("x", 70_000) + "\n", strings.Repeat("y", 70_000) + "\n", nil},
		"the end of a line that was begun before": {"x", "y\n", []string{"restarts: 0, want 1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log atomic.Value
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				f, err := os.OpenFile(log.Load().(string), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
				if err == nil {
					_, err = f.WriteString(test.write)
					f.Close()
				}
				if err != nil {
					w.WriteHeader(http.StatusInternalServerError)
				}
			}))
			defer server.Close()
			files := map[string]string{
				scenarios.ProjectFile: "actions: {restart: {channels: [a]}}\nstages: {mock: {endpoints: {restart: {url: '" + server.URL + "'}}, effects: {restarts: {lines: logs/restarts.log}}}}\n",
				"drills/story.yaml":   "name: A click\nprofiles: [flashduty]\nsteps: [{press: restart, effects: {restarts: 1, within: 200ms, for: 20ms}}]\n",
				"logs/.keep":          "",
			}
			if test.before != "" {
				files["logs/restarts.log"] = test.before
			}
			s := project(t, files, nil)
			log.Store(filepath.Join(filepath.Dir(filepath.Dir(filepath.FromSlash(s.File))), "logs", "restarts.log"))
			r := one(t, scenarios.Runner{Seed: 71}, s)
			if diff := cmp.Diff(test.want, failures(r)); diff != "" {
				t.Errorf("failures mismatch (-want +got):\n%s%s", diff, told(r))
			}
		})
	}
}

// A pipe would never open, and a device may have no end.
func TestLinesAreCountedInRegularFilesOnly(t *testing.T) {
	t.Parallel()
	s := project(t, map[string]string{
		scenarios.ProjectFile: "actions: {restart: {channels: [a]}}\nstages: {mock: {endpoints: {restart: {behavior: status 200}}, effects: {restarts: {lines: restarts.log}}}}\n",
		"drills/story.yaml":   "name: A click\nprofiles: [flashduty]\nsteps: [{press: restart, effects: {restarts: 0, for: 30ms}}]\n",
	}, nil)
	if err := os.Symlink(os.DevNull, filepath.Join(filepath.Dir(filepath.Dir(filepath.FromSlash(s.File))), "restarts.log")); err != nil {
		t.Skip(err)
	}
	if r := one(t, scenarios.Runner{Seed: 71}, s); r.Verdict != scenarios.Errored || !strings.Contains(told(r), "not a regular file") {
		t.Error(told(r))
	}
}

// TestACommandThatTellsNoNumber asks for the reason, and that nothing which the
// command started is left.
func TestACommandThatTellsNoNumber(t *testing.T) {
	t.Parallel()
	for _, tool := range []string{"sh", "mkfifo"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skip("no " + tool + " here")
		}
	}
	tests := map[string]struct{ script, want string }{
		"it fails":                 {"echo no database >&2; exit 4", "exit status 4; the last that it wrote: no database"},
		"it takes too long":        {"echo waiting >&2; sleep 60", "took longer than 5 s; the last that it wrote: waiting"},
		"a child keeps its output": {"sleep 60 & exec 3>&-; echo 7", "it ended, and a command that it started kept its output open"},
		"a child is left behind":   {"sleep 60 >&3 2>&3 & exec 3>&-; echo seven", `"seven" is no whole number`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe := filepath.Join(t.TempDir(), "pipe") // ends when everybody who was started has ended
			if err := exec.Command("mkfifo", pipe).Run(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() {
				_, err := os.ReadFile(pipe)
				ended <- err
			}()
			command := fmt.Sprintf("{command: [sh, -c, 'exec 3>%s; %s']}", pipe, tt.script)
			text := strings.Replace(staged("      restart: {behavior: status 200}", "  - {press: restart, effects: {restarts: 0}}\n"), "{requests: agent}", command, 1)
			if r := one(t, scenarios.Runner{Seed: 71, AllowExec: true}, written(t, text)); r.Verdict != scenarios.Errored || !strings.HasSuffix(r.Reason, tt.want) {
				t.Errorf("want a reason that ends with %q\n%s", tt.want, told(r))
			}
			select {
			case err := <-ended:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(10 * time.Second):
				t.Error("what the command started is still there")
			}
		})
	}
}

func TestTheOutputOfACommandIsCounted(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("echo"); err != nil {
		t.Skip("no echo here")
	}
	text := strings.Replace(staged("      restart: {behavior: status 200}", "  - {press: restart, effects: {restarts: 0, for: 30ms}}\n"), "{requests: agent}", "{command: [echo, 7]}", 1)
	if r := one(t, scenarios.Runner{Seed: 71, AllowExec: true}, written(t, text)); r.Verdict != scenarios.Passed {
		t.Error(told(r))
	}
	text = strings.Replace(text, "echo, 7", "echo, seven", 1)
	if r := one(t, scenarios.Runner{Seed: 71, AllowExec: true}, written(t, text)); r.Verdict != scenarios.Errored || !strings.Contains(r.Reason, `"seven" is no whole number`) {
		t.Error(told(r))
	}
}
