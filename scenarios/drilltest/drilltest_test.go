package drilltest_test

import (
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios/drilltest"
)

var update = flag.Bool("update", false, "write the golden files anew")

// story is one click on a button whose endpoint is restart.
const story = `name: A click
profiles: [flashduty@2026-05-27]
actions: {restart: {channels: [production]}}
stages:
  mock:
    endpoints: {restart: {behavior: status 200}, agent: {}}
    effects: {restarts: {requests: agent}}
steps:
  - press: restart
    effects: {restarts: 1, within: 5s, for: 50ms}
`

// one is a file system with one story.
func one(text string) fstest.MapFS { return fstest.MapFS{"drills/story.yaml": {Data: []byte(text)}} }

// files are some of testdata/drills.
func files(t *testing.T, names ...string) fstest.MapFS {
	t.Helper()
	fsys := fstest.MapFS{}
	for _, name := range names {
		text, err := os.ReadFile(filepath.Join("testdata", "drills", name))
		if err != nil {
			t.Fatal(err)
		}
		fsys[name] = &fstest.MapFile{Data: text}
	}
	return fsys
}

// answering is a handler that does nothing but answer.
func answering(status int) func(drilltest.Seats) http.Handler {
	return func(drilltest.Seats) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) })
	}
}

// broken are tests that must fail, each for its reason. They run in a process of
// their own, and what that writes is compared with a golden file.
var broken = map[string]func(*testing.T){
	"a handler that remembers nothing": func(t *testing.T) {
		drilltest.Test(t, files(t, "hookdrill.yaml", "restart.yaml"), drilltest.Options{
			Dir: "testdata/drills", Seed: 71, Profiles: []string{"flashduty@2026-05-27"},
			Handler: func(s drilltest.Seats) http.Handler {
				return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { yours(s.Client, s.URLs["agent"]).ServeHTTP(nil, r) })
			},
		})
	},
	"an answer that is no success": func(t *testing.T) {
		drilltest.Test(t, one(strings.Replace(story, "within: 5s", "within: 50ms", 1)), drilltest.Options{Handler: answering(202)})
	},
	"a story that looks at what yours gets": func(t *testing.T) {
		text := story + "    expect: {entries: [{endpoint: restart}]}\n"
		drilltest.Test(t, one(text), drilltest.Options{Handler: answering(200)})
	},
	"an effect that counts requests at yours": func(t *testing.T) {
		drilltest.Test(t, one(strings.Replace(story, "requests: agent", "requests: restart", 1)), drilltest.Options{Handler: answering(200)})
	},
	"an endpoint that is not there": func(t *testing.T) {
		drilltest.Test(t, one(story), drilltest.Options{Handler: answering(200), Endpoint: "restrat"})
	},
	"several endpoints that could be yours": func(t *testing.T) {
		text := strings.Replace(story, "{restart: {channels: [production]}}", "{restart: {channels: [production]}, agent: {channels: [production]}}", 1)
		drilltest.Test(t, one(text), drilltest.Options{Handler: answering(200)})
	},
	"a mistake in a story": func(t *testing.T) {
		drilltest.Test(t, one(strings.Replace(story, "press: restart", "press: restrat", 1)), drilltest.Options{})
	},
	"a mistake in the project": func(t *testing.T) {
		drilltest.Test(t, fstest.MapFS{"hookdrill.yaml": {Data: []byte("stage: {}\n")}, "story.yaml": {Data: []byte(story)}}, drilltest.Options{})
	},
	"no story at all": func(t *testing.T) { drilltest.Test(t, fstest.MapFS{}, drilltest.Options{}) },
	"two in one seat": func(t *testing.T) {
		drilltest.Test(t, one(story), drilltest.Options{Handler: answering(200), URL: "http://127.0.0.1:9"})
	},
	"virtual time and a server that runs already": func(t *testing.T) {
		drilltest.Test(t, one(story), drilltest.Options{URL: "http://127.0.0.1:9", Virtual: true})
	},
	"virtual time and a URL of the stage": func(t *testing.T) {
		text := strings.NewReplacer("agent: {}", "agent: {url: 'http://127.0.0.1:9/'}", "requests: agent", "lines: restarts.log").Replace(story)
		drilltest.Test(t, one(text), drilltest.Options{Handler: answering(200), Virtual: true})
	},
	"virtual time and an effect that asks a URL": func(t *testing.T) {
		drilltest.Test(t, one(strings.Replace(story, "requests: agent", "get: 'http://127.0.0.1:9/'", 1)), drilltest.Options{Virtual: true})
	},
	"virtual time and an effect that runs a command": func(t *testing.T) {
		project := "stages: {mock: {endpoints: {restart: {}}, effects: {restarts: {command: [cat, restarts]}}}}\n"
		text := "name: A click\nprofiles: [flashduty@2026-05-27]\nactions: {restart: {channels: [production]}}\nsteps: [{press: restart, effects: {restarts: 1}}]\n"
		drilltest.Test(t, fstest.MapFS{"hookdrill.yaml": {Data: []byte(project)}, "story.yaml": {Data: []byte(text)}}, drilltest.Options{Virtual: true})
	},
	"virtual time and a process": func(t *testing.T) {
		project := "stages: {mock: {endpoints: {restart: {start: [cat], url: 'http://127.0.0.1:9/'}, other: {}}}}\n"
		text := "name: A click\nprofiles: [flashduty@2026-05-27]\nactions: {restart: {channels: [production]}}\nsteps: [{press: restart}]\n"
		drilltest.Test(t, fstest.MapFS{"hookdrill.yaml": {Data: []byte(project)}, "story.yaml": {Data: []byte(text)}}, drilltest.Options{Virtual: true})
	},
	"virtual time and a late answer": func(t *testing.T) {
		drilltest.Test(t, one(story), drilltest.Options{Virtual: true, Handler: func(drilltest.Seats) http.Handler {
			return http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(time.Second + 1) })
		}})
	},
	"virtual time and a socket of this machine": func(t *testing.T) {
		drilltest.Virtual(t, func(t *testing.T, _ *drilltest.Network) {
			drilltest.NewButton(t, "flashduty", answering(200)(drilltest.Seats{})).Press(nil)
		})
	},
	"a profile that is not there": func(t *testing.T) {
		drilltest.NewButton(t, "flashduti", answering(200)(drilltest.Seats{}))
	},
	"a name that nobody knows": func(t *testing.T) {
		drilltest.NewButton(t, "flashduty", answering(200)(drilltest.Seats{})).Press(map[string]any{"hots": "drill-01"})
	},
}

// brokenVariable makes TestBroken a test.
const brokenVariable = "HOOKDRILL_TEST_BROKEN"

func TestBroken(t *testing.T) {
	name := os.Getenv(brokenVariable)
	if name == "" {
		t.Skip("run by TestFailuresReadLikeAReport in a process of its own")
	}
	broken[name](t)
}

// changing is what of a failing test's output differs from run to run.
var changing = []struct {
	pattern *regexp.Regexp
	stable  string
}{
	{regexp.MustCompile(`after [0-9.]+ ms`), "after N ms"},
	{regexp.MustCompile(`\([0-9.]+s\)`), "(N s)"},
	{regexp.MustCompile(`(it has alerts|there are flashduty@|platform   the presser).*`), "$1…"},
	{regexp.MustCompile(`[a-z]+(_test)?\.go:[0-9]+:`), "FILE.go:LINE:"},
}

func TestFailuresReadLikeAReport(t *testing.T) {
	t.Parallel()
	for name := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.Command(os.Args[0], "-test.run=^TestBroken$", "-test.timeout=1m")
			cmd.Env = append(os.Environ(), brokenVariable+"="+name, drilltest.SeedVariable+"=72")
			out, err := cmd.Output()
			if err == nil {
				t.Fatalf("it passed:\n%s", out)
			}
			got := string(out)
			for _, c := range changing {
				got = c.pattern.ReplaceAllString(got, c.stable)
			}
			golden := filepath.Join("testdata", "broken", strings.NewReplacer(" ", "-", ",", "").Replace(name)+".txt")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("output mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAServerThatRunsAlready(t *testing.T) {
	t.Parallel()
	var restarts atomic.Int64
	url := drilltest.Serve(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/restart" {
			restarts.Add(1)
		}
	}))
	drilltest.Test(t, one(story), drilltest.Options{
		URL: url + "/restart", Endpoint: "restart",
		Effects: map[string]func() int{"restarts": func() int { return int(restarts.Load()) }},
	})
	if restarts.Load() != 1 {
		t.Errorf("%d requests, want 1", restarts.Load())
	}
}

func TestEachStoryHasAHandlerOfItsOwn(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	text := strings.Replace(story, "restart: {behavior: status 200}", "restart: {path: /deep/restart}", 1)
	text = strings.Replace(text, "[flashduty@2026-05-27]", "[flashduty@2024-11-20, flashduty@2026-05-27]", 1)
	for i := range 8 {
		fsys[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	var made atomic.Int64
	t.Run("stories", func(t *testing.T) {
		drilltest.Test(t, fsys, drilltest.Options{Handler: func(s drilltest.Seats) http.Handler {
			made.Add(1)
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/deep/restart" && strings.HasSuffix(s.URLs["restart"], r.URL.Path) {
					yours(s.Client, s.URLs["agent"]).ServeHTTP(nil, r)
				}
			})
		}})
	})
	if made.Load() != 16 {
		t.Errorf("%d handlers were made, want one for each of 8 stories on each of 2 profiles", made.Load())
	}
}

func TestEachCombinationOfAMatrixHasAHandlerOfItsOwn(t *testing.T) {
	t.Parallel()
	text := strings.Replace(story, "actions:", "matrix: {host: [drill-01, drill-02]}\nincident: {host: '${matrix.host}'}\nactions:", 1) +
		"    expect: {delivered: true, entries: [{endpoint: agent, path: '/hosts/${matrix.host}/restart'}]}\n"
	var made atomic.Int64
	t.Run("stories", func(t *testing.T) {
		drilltest.Test(t, one(text), drilltest.Options{Handler: func(s drilltest.Seats) http.Handler {
			made.Add(1)
			return yours(s.Client, s.URLs["agent"])
		}})
	})
	if made.Load() != 2 {
		t.Errorf("%d handlers were made, want 2", made.Load())
	}
}

// TestNothingIsLeftBehind counts after a handler that would wait for ever.
func TestNothingIsLeftBehind(t *testing.T) {
	before := runtime.NumGoroutine()
	text := "name: It hangs\nprofiles: [flashduty@2026-05-27]\ndeadline: 50ms\nactions: {restart: {channels: [a]}}\n" +
		"stages: {mock: {endpoints: {restart: {}}}}\nsteps: [{press: restart, expect: {outcome: timeout}}]\n"
	t.Run("stories", func(t *testing.T) {
		drilltest.Test(t, one(text), drilltest.Options{Handler: func(drilltest.Seats) http.Handler {
			return http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
		}})
	})
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(10 * time.Second)
	for runtime.NumGoroutine() > before {
		select {
		case <-tick.C:
		case <-patience:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines, before it %d:\n%s", runtime.NumGoroutine(), before, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
