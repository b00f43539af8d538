package scenarios_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
)

// soakParallel is how many stories are told at a time: twice as many as in
// selftest, so that they are in each other's way.
const soakParallel = 16

// TestSoak tells the stories and the twins of the library as often as
// HOOKDRILL_SOAK says (make soak: 200) at GOMAXPROCS 1 and 2 with every core kept
// busy by another process, and without that variable once. Nothing but passes may
// come of that, and nothing may stay behind.
func TestSoak(t *testing.T) {
	rounds, processors := 1, []int{1}
	if text := os.Getenv("HOOKDRILL_SOAK"); text != "" {
		var err error
		if rounds, err = strconv.Atoi(text); err != nil || rounds < 1 {
			t.Fatalf("HOOKDRILL_SOAK=%q: a number of rounds, 1 or more, would do", text)
		}
		processors = []int{1, 2}
		keepCoresBusy(t)
	} else if testing.Short() {
		t.Skip("the soak is not short")
	}
	stories := library(t)
	soakRound(t, stories[:2], 0) // what the libraries keep for ever is there now
	before := countResources(t)
	for _, n := range processors {
		t.Run(fmt.Sprintf("GOMAXPROCS %d", n), func(t *testing.T) {
			defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(n))
			began, results, retold := time.Now(), 0, 0
			for i := range rounds {
				if end, bounded := t.Deadline(); bounded && i > 0 && time.Until(end) < 3*time.Since(began)/time.Duration(i) {
					t.Fatalf("the time of go test -timeout is nearly over: %d of %d rounds were done", i, rounds)
				}
				told, again := soakRound(t, stories, i+1)
				results, retold = results+told, retold+again
			}
			t.Logf("%d rounds, %d results in %s; %d were told again because this machine stood still", rounds, results, time.Since(began).Round(time.Millisecond), retold)
		})
	}
	before.isBack(t)
}

// soakRound tells every story and every twin once and returns how many results
// that has, and how many of them had to be told again.
func soakRound(t *testing.T, stories []*scenarios.Scenario, round int) (results, retold int) {
	t.Helper()
	for _, twins := range []bool{false, true} {
		run := scenarios.Runner{Seed: 71 + uint64(round), Parallel: soakParallel, Twins: twins}.Run(t.Context(), stories)
		for _, r := range run.Results {
			if r.Verdict != scenarios.Passed {
				t.Errorf("round %d, seed %d: %s", round, r.Seed, told(r))
			}
			if slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, "told ") }) {
				retold++
			}
		}
		results += len(run.Results)
	}
	return results, retold
}

// keepCoresBusy starts a process that computes on every core until the test ends.
func keepCoresBusy(t *testing.T) {
	t.Helper()
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), "HOOKDRILL_TEST_ENDPOINT=computes")
	stdin, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close() // which is how it learns that we ended, even when we crash
		if err := other.Wait(); err != nil {
			t.Errorf("the process that keeps the cores busy: %v", err)
		}
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("the process that keeps the cores busy did not begin: %v", err)
	}
	t.Logf("another process computes: %s", line)
}

// compute keeps every core busy until stdin ends.
func compute() {
	for range runtime.NumCPU() {
		go func() {
			for n := uint64(1); ; n++ {
				_ = n * n
			}
		}()
	}
	fmt.Printf("%d cores\n", runtime.NumCPU())
	_, _ = io.Copy(io.Discard, os.Stdin)
}

// resources is what a process must not lose.
type resources struct{ goroutines, descriptors int }

// countResources counts what there is now; the descriptors only where the system
// lists them.
func countResources(t *testing.T) resources {
	t.Helper()
	open, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Logf("descriptors cannot be counted here: %v", err)
	}
	return resources{runtime.NumGoroutine(), len(open)}
}

// isBack waits until there is no more than there was: what ends does so in a
// moment of its own.
func (before resources) isBack(t *testing.T) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	patience := time.After(10 * time.Second)
	for {
		now := countResources(t)
		if now.goroutines <= before.goroutines && now.descriptors <= before.descriptors {
			t.Logf("before: %d goroutines, %d descriptors; after: %d, %d", before.goroutines, before.descriptors, now.goroutines, now.descriptors)
			return
		}
		select {
		case <-tick.C:
		case <-patience:
			stacks := make([]byte, 1<<20)
			t.Fatalf("%d goroutines and %d descriptors, before it %d and %d:\n%s", now.goroutines, now.descriptors,
				before.goroutines, before.descriptors, stacks[:runtime.Stack(stacks, true)])
		}
	}
}
