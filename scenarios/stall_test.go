package scenarios_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/scenarios"
)

// stopOnce returns a hook that makes this process stand still for a second, from
// outside, the first n times that it is called.
func stopOnce(t *testing.T, n int) (hook func(map[string]string), calls *int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("processes are stopped by signals of unix")
	}
	calls = new(int)
	return func(map[string]string) {
		if *calls++; *calls > n {
			return
		}
		c := exec.Command("sh", "-c", "sleep 0.2; kill -STOP $PPID; sleep 1; kill -CONT $PPID")
		if err := c.Start(); err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { _ = c.Wait() })
	}, calls
}

// inTime is one press that is answered in good time, unless everybody stands still.
const inTime = `name: An answer in time
profiles: [flashduty@2026-05-27]
deadline: 1s
actions: {restart: {channels: [production]}}
stages: {mock: {endpoints: {restart: {behavior: delay 900ms + status 200}}}}
steps: [{press: restart}]
`

// These tests stop the whole process: nothing runs beside them.

func TestAStoryIsToldAgainWhenItsMachineStoodStill(t *testing.T) {
	hook, calls := stopOnce(t, 1)
	r := one(t, scenarios.Runner{Seed: 71, OnSeats: hook}, written(t, inTime))
	if r.Verdict != scenarios.Passed || *calls != 2 {
		t.Errorf("told %d times: %s", *calls, told(r))
	}
	if want := "told 2 times: before, this machine stood still while a deadline ran"; !strings.HasSuffix(strings.Join(r.Notes, "; "), want) {
		t.Errorf("Notes = %q, want %q", r.Notes, want)
	}
}

func TestAStoryThatCannotBeJudgedIsAnErrorAndNoFailure(t *testing.T) {
	hook, calls := stopOnce(t, 100)
	r := one(t, scenarios.Runner{Seed: 71, OnSeats: hook}, written(t, inTime))
	if r.Verdict != scenarios.Errored || *calls != 3 || !strings.HasPrefix(r.Reason, "inside our own margin: this machine stood still for ") {
		t.Errorf("told %d times: %s", *calls, told(r))
	}
}

func TestARealButtonIsNotPressedAgainBecauseOurMachineStoodStill(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(900 * time.Millisecond):
		case <-r.Context().Done():
		}
	}))
	defer server.Close()
	hook, calls := stopOnce(t, 1)
	text := strings.Replace(inTime, "{behavior: delay 900ms + status 200}", fmt.Sprintf("{url: %q}", server.URL), 1)
	r := one(t, scenarios.Runner{Seed: 71, OnSeats: hook}, written(t, text))
	if r.Verdict != scenarios.Errored || *calls != 1 {
		t.Errorf("told %d times: %s", *calls, told(r))
	}
}
