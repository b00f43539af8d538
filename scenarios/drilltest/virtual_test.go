package drilltest_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/scenarios/drilltest"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// trials are made at each boundary, and all of them must be right.
const trials = 1000

// deadlines are those that platforms document.
var deadlines = map[string]time.Duration{"flashduty@2024-11-20": time.Second, "pagerduty@2026-08-19": 16 * time.Second}

// TestBoundary answers a nanosecond before and after each documented deadline.
func TestBoundary(t *testing.T) {
	headers := func(d time.Duration) http.HandlerFunc {
		return func(http.ResponseWriter, *http.Request) { time.Sleep(d) }
	}
	body := func(d time.Duration) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			http.NewResponseController(w).Flush()
			time.Sleep(d)
			io.WriteString(w, "done")
		}
	}
	answered := sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody}
	tests := map[string]struct {
		late func(time.Duration) http.HandlerFunc
		by   time.Duration
		want sender.Outcome
	}{
		"headers a nanosecond before":  {headers, -1, answered},
		"headers a nanosecond after":   {headers, +1, sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseHeaders}},
		"the body a nanosecond before": {body, -1, answered},
		"the body a nanosecond after":  {body, +1, sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseBody}},
	}
	for profile, deadline := range deadlines {
		for name, tt := range tests {
			t.Run(profile+" "+name, func(t *testing.T) {
				t.Parallel()
				drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
					button := n.NewButton(profile, tt.late(deadline+tt.by))
					for i := range trials {
						d := button.Press(schema.Values{})
						took := min(deadline+tt.by, deadline)
						if a := d.Last(); a.Outcome != tt.want || a.Took != took || a.CutOff != 0 || d.Delivered != (tt.by < 0) {
							t.Fatalf("trial %d: %v after %v, delivered %t, cut off %v late; want %v after %v", i+1, a.Outcome, a.Took, d.Delivered, a.CutOff, tt.want, took)
						}
					}
				})
			})
		}
	}
}

// atTheDeadline is a story whose mock is a nanosecond early, and then a nanosecond
// late, with its headers and with its body, and then in the TLS handshake.
const atTheDeadline = `name: A mock at the deadline
profiles: [PROFILE]
connections: CONNECTIONS
actions: {restart: {channels: [production]}, secure: {channels: [production]}}
stages: {mock: {endpoints: {secure: {tls: valid, behavior: tls delay EARLYns + status 200 + header Connection close then tls delay LATEns + status 200}, restart: {behavior: delay EARLYns + status 200 then status 200 + delay EARLYns + body done
  then delay LATEns + status 200 then status 200 + delay LATEns + body done}}}}
steps:
  - press: restart
  - press: restart
  - press: restart
    expect: {outcome: timeout, phase: headers}
  - press: restart
    expect: {outcome: timeout, phase: body}
  - press: secure
  - press: secure
    expect: {outcome: timeout, phase: tls}
`

func TestAMockAtTheDeadline(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	for profile, deadline := range deadlines {
		for _, connections := range []string{scenarios.Connections(false), scenarios.Connections(true)} {
			text := strings.NewReplacer("PROFILE", profile, "CONNECTIONS", connections, "EARLY", fmt.Sprint(int64(deadline-1)), "LATE", fmt.Sprint(int64(deadline+1))).Replace(atTheDeadline)
			fsys[profile+" "+connections+".yaml"] = &fstest.MapFile{Data: []byte(text)}
		}
	}
	drilltest.Test(t, fsys, drilltest.Options{Virtual: true})
}

// TestAReceiverTellsTheTimeExactly has a receiver as the handler: what it says that
// it did is what was asked of it, to the nanosecond.
func TestAReceiverTellsTheTimeExactly(t *testing.T) {
	t.Parallel()
	drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
		profile, err := schema.Open("pagerduty@2026-08-19")
		if err != nil {
			t.Fatal(err)
		}
		deadline := profile.Deadline()
		r := receiver.New(profile, receiver.WithBehavior(receiver.Answer{Delay: deadline - 2, BodyDelay: 1, Body: []byte("done")}))
		d := n.NewButton(profile.Ref(), r).Press(nil)
		if err := r.Close(); err != nil {
			t.Error(err)
		}
		done := r.Journal().Entries()[0].Done
		if !d.Delivered || d.Last().Took != deadline-1 || done.HeadersAt != deadline-2 || done.BodyAt != deadline-1 || done.Difference != 0 {
			t.Errorf("%v after %v; the receiver sent headers after %v and the body after %v, %v late",
				d.Last().Outcome, d.Last().Took, done.HeadersAt, done.BodyAt, done.Difference)
		}
	})
}

// onTheNetwork is a story of which every connection is on the network in memory:
// pushes, reactions, requests, counters.
const onTheNetwork = `name: Nothing leaves the network in memory
profiles: [pagerduty@2026-08-19]
actions: {restart: {channels: [production]}}
stages:
  mock:
    endpoints:
      restart: {tls: valid, behavior: status 200, reactions: [{call: "POST ${endpoints.agent.url}/restart"}]}
      agent: {behavior: status 200 + body 7}
    effects: {restarts: {get: "${endpoints.agent.url}/count"}, calls: {requests: agent}}
steps:
  - press: restart
    expect: {delivered: true, entries: [{endpoint: agent, path: /restart}]}
    effects: {restarts: 0, for: 2s}
  - request: {url: "${endpoints.restart.url}"}
    expect: {status: 405}
  - request: {url: "${endpoints.agent.url}", raw: "GET /raw HTTP/1.1\r\nHost: drill\r\nConnection: close\r\n\r\n"}
    expect: {status: 200}
`

func TestNothingLeavesTheNetwork(t *testing.T) {
	t.Parallel()
	drilltest.Test(t, one(onTheNetwork), drilltest.Options{Virtual: true})
}

// TestFromThePlatformsOwnAddress presses from an address that this machine does
// not have, at an endpoint that lets in no other.
func TestFromThePlatformsOwnAddress(t *testing.T) {
	t.Parallel()
	listed := strings.NewReplacer("{behavior: status 200}", "{checks: {source: 198.51.100.0/24}}", "restarts: 1, within: 5s", "restarts: 0").Replace(story)
	drilltest.Test(t, fstest.MapFS{
		"listed.yaml":   {Data: []byte(strings.Replace(listed, "press: restart", "press: {action: restart, source: 198.51.100.7}", 1))},
		"unlisted.yaml": {Data: []byte(listed + "    expect: {status: 403}\n")},
	}, drilltest.Options{Virtual: true})
}

// TestManyAtOnce waits for 500 answers that are due in the same nanosecond.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
		button := n.NewButton("pagerduty", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { time.Sleep(16*time.Second - 1) }))
		began := time.Now()
		var pressing sync.WaitGroup
		for range 500 {
			pressing.Go(func() {
				if d := button.Press(nil); !d.Delivered {
					t.Errorf("%v after %v", d.Last().Outcome, d.Last().Took)
				}
			})
		}
		pressing.Wait()
		if took := time.Since(began); took != 16*time.Second-1 {
			t.Errorf("500 presses took %v", took)
		}
	})
}

// TestAHandlerMayOutliveItsTest waits for a handler that does not look at its
// request's context.
func TestAHandlerMayOutliveItsTest(t *testing.T) {
	t.Parallel()
	var ended time.Duration
	drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
		began := time.Now()
		button := n.NewButton("flashduty", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
			time.Sleep(time.Hour)
			ended = time.Since(began)
		}))
		button.Press(nil)
	})
	if ended != time.Hour {
		t.Errorf("the handler ended after %v, want 1h", ended)
	}
}

// TestAKeptConnectionDoesNotHoldTheTest leaves an answer unread.
func TestAKeptConnectionDoesNotHoldTheTest(t *testing.T) {
	t.Parallel()
	drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
		url := n.Serve(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			http.NewResponseController(w).Flush()
			<-r.Context().Done()
		}))
		if _, err := n.Client().Get(url); err != nil { // whose body stays open
			t.Fatal(err)
		}
	})
}
