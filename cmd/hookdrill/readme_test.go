package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// fence finds the fenced blocks of a README that a comment above them marks.
var fence = regexp.MustCompile("(?ms)^<!-- (run|example|test)(?: ([^ ]+))? -->\n```(sh|go|python|js)\n(.*?)^```$")

func readme(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A new user types the README's commands one after the other.
func TestTheREADMEsCommandsWork(t *testing.T) {
	for _, program := range []string{"bash", "python3"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("the README's commands need %s", program)
		}
	}
	script := "set -euo pipefail\n"
	for _, block := range fence.FindAllStringSubmatch(readme(t), -1) {
		if block[1] == "run" {
			script += block[4]
		}
	}
	port := freePort(t)
	script = strings.ReplaceAll(script, "8080", fmt.Sprint(port))
	cmd := exec.Command("bash", "-c", script)
	cmd.Dir = t.TempDir()
	cmd.Env = append(os.Environ(), fmt.Sprintf("HOOKDRILL_LISTEN=127.0.0.1:%d", port))
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"2 passed; ",                      // hookdrill run
		"under test: endpoint restart at", // hookdrill run --on local
		"1 passed",
		"under test: endpoint trace at", // an endpoint that calls back
		"not delivered: 1",
		"no headers by 1.000 s",
		"violations: 1",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the commands did not write %q:\n%s", want, out)
		}
	}
}

// freePort is a port that was free a moment ago: the README names one. It is below
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

func TestTheREADMEShowsItsExamplesAsTheyAre(t *testing.T) {
	shown := 0
	for _, block := range fence.FindAllStringSubmatch(readme(t), -1) {
		if block[1] != "example" {
			continue
		}
		shown++
		source, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(block[2])))
		if err != nil {
			t.Error(err)
			continue
		}
		if block[4] == "" || !strings.Contains(string(source), block[4]) {
			t.Errorf("%s does not hold what the README shows of it:\n%s", block[2], block[4])
		}
	}
	if shown == 0 {
		t.Error("the README shows no example")
	}
}

// A test of the README's is saved to a file and run by its language.
func TestTheREADMEsTestsPass(t *testing.T) {
	shown := 0
	for _, block := range fence.FindAllStringSubmatch(readme(t), -1) {
		if block[1] != "test" {
			continue
		}
		shown++
		t.Run(block[3], func(t *testing.T) {
			t.Parallel()
			program, err := exec.LookPath(block[2])
			if err != nil {
				t.Skipf("%s is not there: the README's test in %s was not tried", block[2], block[3])
			}
			file := filepath.Join(t.TempDir(), "restart_test")
			if err := os.WriteFile(file, []byte(block[4]), 0o644); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			out, err := exec.CommandContext(ctx, program, file).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		})
	}
	if shown < 2 {
		t.Errorf("the README shows %d tests, want one in Python and one in Node", shown)
	}
}

func TestTheREADMEIsShort(t *testing.T) {
	if n := strings.Count(readme(t), "\n"); n > 300 {
		t.Errorf("%d lines, want 300 at most", n)
	}
}
