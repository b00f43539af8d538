package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "write the goldens in testdata anew")

// patience bounds what a script waits for on a busy machine.
const patience = 30 * time.Second

func TestMain(m *testing.M) {
	// The race detector lets every program sleep for a second before it ends;
	// there are hundreds of them.
	os.Setenv("GORACE", "atexit_sleep_ms=20")
	testscript.Main(m, map[string]func(){"hookdrill": main})
}

// TestScripts goes through the door that users use: testdata/script/*.txtar.
// Beside testscript's own commands there are
//
//	exits CODE PROGRAM ARGS...   runs it and wants that exit code
//	serve NAME KIND              a loopback server of that kind; $NAME is its URL, NAME.pem its certificate
//	arrived NAME                 waits until a request has reached that server
//	start NAME ARGS...           hookdrill in the background, once it has written a line; $NAME is the URL in it, $NAME_AT where it listens
//	background NAME ARGS...      the same without waiting for a line
//	told NAME TEXT               waits until it has written a line with that text to stderr
//	get URL                      what a GET answers, as stdout
//	call STATUS METHOD URL [BODY [HEADER...]]  wants that status; what is answered, as stdout
//	end NAME SIGNAL CODE         sends INT, TERM or none, and wants that exit code; NAME.out and NAME.err are what it wrote
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           filepath.Join("testdata", "script"),
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":      exits,
			"serve":      serve,
			"arrived":    arrived,
			"start":      start,
			"background": background,
			"told":       told,
			"end":        end,
			"get":        get,
			"call":       call,
		},
		Setup: func(e *testscript.Env) error {
			// Nothing of who runs the tests gets into them.
			e.Setenv("NO_COLOR", "")
			e.Setenv("GORACE", os.Getenv("GORACE"))
			e.Values[stageKey{}] = &stage{servers: map[string]*server{}, programs: map[string]*program{}}
			return nil
		},
	})
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	want := number(ts, args, 2, "exits CODE PROGRAM ARGS...")
	err := ts.Exec(args[1], args[2:]...)
	if got := codeOf(ts, err); got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

func number(ts *testscript.TestScript, args []string, least int, usage string) int {
	if len(args) < least {
		ts.Fatalf("usage: %s", usage)
	}
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	return n
}

func codeOf(ts *testscript.TestScript, err error) int {
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	ts.Check(err)
	return 0
}

// stage is what the servers and programs of one script share; a script runs one
// command after the other.
type stage struct {
	servers  map[string]*server
	programs map[string]*program
}

type stageKey struct{}

func stageOf(ts *testscript.TestScript) *stage { return ts.Value(stageKey{}).(*stage) }

// program is a hookdrill in the background.
type program struct {
	cmd      *exec.Cmd
	out, err transcript
	first    chan string   // its first line
	read     chan struct{} // closed when stdout has ended
}

func background(ts *testscript.TestScript, neg bool, args []string) { begin(ts, args[0], args[1:]) }

func begin(ts *testscript.TestScript, name string, args []string) *program {
	p := &program{cmd: exec.Command("hookdrill", args...), first: make(chan string, 1), read: make(chan struct{})}
	p.cmd.Dir = ts.MkAbs(".")
	p.cmd.Env = []string{"PATH=" + ts.Getenv("PATH"), "HOME=" + ts.Getenv("HOME"), "TMPDIR=" + ts.Getenv("TMPDIR"), "GORACE=" + ts.Getenv("GORACE")}
	p.cmd.Stderr = &p.err
	stdout, err := p.cmd.StdoutPipe()
	ts.Check(err)
	ts.Check(p.cmd.Start())
	ts.Defer(func() { p.cmd.Process.Kill() })
	go func() {
		defer close(p.read)
		lines := bufio.NewReader(stdout)
		for first := true; ; first = false {
			line, err := lines.ReadString('\n')
			io.WriteString(&p.out, line)
			if first {
				p.first <- line
			}
			if err != nil {
				return
			}
		}
	}()
	stageOf(ts).programs[name] = p
	return p
}

// transcript is what a program has written, while it goes on to write.
type transcript struct {
	mu   sync.Mutex
	text strings.Builder
	more chan struct{} // closed and replaced when there is more; nil while nobody waits
}

func (t *transcript) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.more != nil {
		close(t.more)
		t.more = nil
	}
	return t.text.Write(b)
}

// String returns all that was written so far.
func (t *transcript) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// holds reports whether text was written; if not, more is closed when there is
// more to look at.
func (t *transcript) holds(text string) (found bool, more <-chan struct{}) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.more == nil {
		t.more = make(chan struct{})
	}
	return strings.Contains(t.text.String(), text), t.more
}

func told(ts *testscript.TestScript, neg bool, args []string) {
	err := &stageOf(ts).programs[args[0]].err
	timeout := time.After(patience)
	for {
		found, more := err.holds(args[1])
		if found {
			return
		}
		select {
		case <-more:
		case <-timeout:
			ts.Fatalf("%s did not write %q; stderr: %s", args[0], args[1], err.String())
		}
	}
}

func start(ts *testscript.TestScript, neg bool, args []string) {
	p := begin(ts, args[0], args[1:])
	select {
	case line := <-p.first:
		var ready struct{ URL, Admin, Listening string }
		if json.Unmarshal([]byte(line), &ready) != nil {
			ready.URL = strings.TrimSpace(line)
		}
		ts.Setenv(args[0], ready.URL)
		ts.Setenv(args[0]+"_ADMIN", ready.Admin)
		ts.Setenv(args[0]+"_AT", ready.Listening)
	case <-time.After(patience):
		ts.Fatalf("%v wrote nothing; stderr: %s", args[1:], p.err.String())
	}
}

func end(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 3 {
		ts.Fatalf("usage: end NAME SIGNAL CODE")
	}
	want := number(ts, args[2:], 1, "")
	p := stageOf(ts).programs[args[0]]
	switch args[1] {
	case "INT":
		ts.Check(p.cmd.Process.Signal(os.Interrupt))
	case "TERM":
		ts.Check(p.cmd.Process.Signal(syscall.SIGTERM))
	}
	select {
	case <-p.read:
	case <-time.After(patience):
		ts.Fatalf("%s did not end", args[0])
	}
	got := codeOf(ts, p.cmd.Wait())
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".out"), []byte(p.out.String()), 0o644))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".err"), []byte(p.err.String()), 0o644))
	if got != want {
		ts.Fatalf("exit code %d, want %d; stdout:\n%s\nstderr:\n%s", got, want, p.out.String(), p.err.String())
	}
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	ask(ts, http.MethodGet, args[0], "", nil)
}

func call(ts *testscript.TestScript, neg bool, args []string) {
	want := number(ts, args, 3, "call STATUS METHOD URL [BODY [HEADER...]]")
	method, url, body, headers := args[1], args[2], "", []string(nil)
	if len(args) > 3 {
		body, headers = args[3], args[4:]
	}
	if got := ask(ts, method, url, body, headers); got != want {
		ts.Fatalf("status %d, want %d", got, want)
	}
}

// ask writes what is answered to the script's stdout and returns the status. A
// body is JSON; a header is "NAME: VALUE".
func ask(ts *testscript.TestScript, method, url, body string, headers []string) int {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	ts.Check(err)
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		req.Header.Set(name, value)
	}
	if host := req.Header.Get("Host"); host != "" {
		req.Host = host
	}
	answer, err := http.DefaultClient.Do(req)
	ts.Check(err)
	defer answer.Body.Close()
	_, err = io.Copy(ts.Stdout(), answer.Body)
	ts.Check(err)
	return answer.StatusCode
}
