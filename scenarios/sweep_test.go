package scenarios_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

const (
	ms = time.Millisecond
	s1 = time.Second
)

// sides are the two of a contested deadline.
var sides = []scenarios.Edge{{Deadline: s1, Label: "one page"}, {Deadline: 2 * s1, Label: "another page"}}

// answered is a press that was answered so long after it began.
func answered(delay, at time.Duration) scenarios.Sample {
	s := scenarios.Sample{
		Phase: sender.PhaseHeaders, Delay: delay, At: at, Status: 200, Succeeds: true, Passed: at <= s1, Until: at,
		Outcome: sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody},
	}
	if !s.Passed {
		s.Outcome = sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseHeaders}
	}
	return s
}

// unanswered is one for whose answer somebody looked until then.
func unanswered(delay, until time.Duration) scenarios.Sample {
	return scenarios.Sample{Phase: sender.PhaseHeaders, Delay: delay, Until: until, Repeated: true, Outcome: sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseHeaders}}
}

// unsent is one whose request was not sent by the deadline, after which nobody
// looked.
func unsent(delay time.Duration, phase sender.Phase) scenarios.Sample {
	return scenarios.Sample{Delay: delay, Until: 1001 * ms, Outcome: sender.Outcome{Kind: sender.Timeout, Phase: phase}}
}

func refused(delay time.Duration) scenarios.Sample {
	return scenarios.Sample{Phase: sender.PhaseHeaders, Delay: delay, Outcome: sender.Outcome{Kind: sender.Refused, Phase: sender.PhaseConnect}}
}

// TestTheFrontierTellsItsMargin judges given samples of our own mock.
func TestTheFrontierTellsItsMargin(t *testing.T) {
	tests := map[string]struct {
		samples  []scenarios.Sample
		margins  []scenarios.Margin
		verdicts string // of the rows, in order of delay
	}{
		"all come as they were asked for, in any order": {
			[]scenarios.Sample{answered(1200*ms, 1203*ms), answered(0, 1*ms), answered(900*ms, 902*ms)},
			[]scenarios.Margin{{Before: 3 * ms}, {Before: 3 * ms}}, "passed passed failed",
		},
		"one that is late tells how late any other may be": {
			[]scenarios.Sample{answered(0, 60*ms), answered(900*ms, 902*ms), answered(950*ms, 951*ms), answered(1000*ms, 1001*ms)},
			[]scenarios.Margin{{Before: 60 * ms}, {Before: 60 * ms}}, "passed passed errored failed",
		},
		"one delay comes out both ways": {
			[]scenarios.Sample{answered(980*ms, 981*ms), answered(995*ms, 999*ms), answered(995*ms, 1001*ms)},
			[]scenarios.Margin{{Before: 6 * ms}, {Before: 6 * ms}}, "passed errored",
		},
		"one that never came in time": {
			[]scenarios.Sample{answered(900*ms, 901*ms), unanswered(950*ms, 3*s1)},
			[]scenarios.Margin{{Before: 50*ms + 1}, {Before: 1050*ms + 1}}, "passed errored",
		},
		"one for which nobody looked for so long says nothing of the other side": {
			[]scenarios.Sample{answered(900*ms, 901*ms), unanswered(1100*ms, 1500*ms)},
			[]scenarios.Margin{{Before: 1 * ms}, {Before: 1 * ms}}, "passed failed",
		},
		"one that was broken off says nothing": {
			[]scenarios.Sample{answered(900*ms, 901*ms), refused(900 * ms)},
			[]scenarios.Margin{{Before: 1 * ms}, {Before: 1 * ms}}, "failed",
		},
		"one that is delivered although it was too late": {
			[]scenarios.Sample{answered(900*ms, 901*ms), early(1010 * ms)},
			[]scenarios.Margin{{Before: 1 * ms, After: 10*ms + 1}, {Before: 1 * ms}}, "passed errored",
		},
		"none tells of no margin":             {nil, nil, ""},
		"none that was not broken off either": {[]scenarios.Sample{refused(900 * ms)}, nil, "failed"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			f := scenarios.FrontierOf(sender.PhaseHeaders, tt.samples, sides)
			if diff := cmp.Diff(tt.margins, f.Margins); diff != "" {
				t.Errorf("margins mismatch (-want +got):\n%s", diff)
			}
			if got := verdicts(f); got != tt.verdicts {
				t.Errorf("verdicts %q, want %q", got, tt.verdicts)
			}
		})
	}
}

// early is a sample that cannot be: its answer was faster than its delay.
func early(delay time.Duration) scenarios.Sample { return answered(delay, s1) }

func verdicts(f scenarios.Frontier) string {
	var list []string
	for _, row := range f.Rows {
		list = append(list, string(row.Verdict))
	}
	return strings.Join(list, " ")
}

// TestAnEndpointIsJudgedByItsAnswers judges given samples of somebody else's
// endpoint.
func TestAnEndpointIsJudgedByItsAnswers(t *testing.T) {
	no := answered(0, 5*ms)
	no.Status, no.Succeeds, no.Passed = 500, false, false
	tests := map[string]struct {
		samples []scenarios.Sample
		want    scenarios.Verdict
		reason  string
		sides   []scenarios.Side
	}{
		"far from the edge":         {[]scenarios.Sample{answered(0, 10*ms), answered(0, 900*ms)}, scenarios.Passed, "", []scenarios.Side{{Passed: 2}, {Passed: 2}}},
		"just in time":              {[]scenarios.Sample{answered(0, 10*ms), answered(0, 990*ms)}, scenarios.Errored, "inside the margin: 1 of 2", []scenarios.Side{{Passed: 2, Inside: 1}, {Passed: 2}}},
		"just too late":             {[]scenarios.Sample{answered(0, 10*ms), answered(0, 1010*ms)}, scenarios.Errored, "inside the margin: 1 of 2", []scenarios.Side{{Passed: 1, Inside: 1}, {Passed: 2}}},
		"too late for certain":      {[]scenarios.Sample{answered(0, 990*ms), answered(0, 1500*ms)}, scenarios.Failed, "", []scenarios.Side{{Passed: 1, Inside: 1}, {Passed: 2}}},
		"no answer":                 {[]scenarios.Sample{answered(0, 10*ms), unanswered(0, 3*s1)}, scenarios.Failed, "", []scenarios.Side{{Passed: 1}, {Passed: 1}}},
		"our own wait left nothing": {[]scenarios.Sample{answered(990*ms, 990*ms), unsent(990*ms, sender.PhaseTLS), unsent(990*ms, sender.PhaseWrite)}, scenarios.Errored, "inside the margin: 3 of 3", []scenarios.Side{{Passed: 1, Inside: 3}, {Passed: 1, Unknown: 2}}},
		"our own wait left enough":  {[]scenarios.Sample{unsent(900*ms, sender.PhaseTLS)}, scenarios.Failed, "", []scenarios.Side{{}, {Unknown: 1}}},
		"our own wait alone":        {[]scenarios.Sample{unsent(1001*ms, sender.PhaseConnect)}, scenarios.Failed, "", []scenarios.Side{{}, {Unknown: 1}}},
		"nobody looked long enough": {[]scenarios.Sample{answered(0, 10*ms), unanswered(0, 1500*ms)}, scenarios.Failed, "", []scenarios.Side{{Passed: 1}, {Passed: 1, Unknown: 1}}},
		"what no time explains":     {[]scenarios.Sample{refused(0), no, refused(0)}, scenarios.Failed, "1 x answered 500, 2 x refused in connect", []scenarios.Side{{}, {}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			margin := scenarios.Margin{Before: 20 * ms}
			f := scenarios.DistributionOf(tt.samples, sides, []scenarios.Margin{margin, margin})
			row := f.Rows[0]
			if row.Verdict != tt.want || row.Reason != tt.reason {
				t.Errorf("%s %q, want %s %q", row.Verdict, row.Reason, tt.want, tt.reason)
			}
			if diff := cmp.Diff(tt.sides, row.Sides); diff != "" {
				t.Errorf("sides mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// sweeper is a small sweep with a short deadline.
func sweeper(t *testing.T) scenarios.Sweeper {
	t.Helper()
	p, err := schema.Open("flashduty@2026-05-27")
	if err != nil {
		t.Fatal(err)
	}
	return scenarios.Sweeper{Profile: p, Phases: scenarios.SweepPhases(), Deadline: 200 * ms, Samples: 2, Concurrency: 8, Seed: 71}
}

func mustSweep(t *testing.T, s scenarios.Sweeper) scenarios.Sweep {
	t.Helper()
	sweep, err := s.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return sweep
}

// TestASweepOfOurOwnMock asks what must be so however slow the machine is.
func TestASweepOfOurOwnMock(t *testing.T) {
	s := sweeper(t)
	planned, told := 0, 0
	s.OnPlan = func(p scenarios.SweepPlan) {
		planned = p.Presses
		if p.Takes < 400*ms || p.Opening != 0 {
			t.Errorf("takes %v, and the longest press alone 400 ms; %d open connections to be kept", p.Takes, p.Opening)
		}
	}
	s.OnPress = func(made int) {
		if told++; made != told {
			t.Errorf("press %d is told as %d", told, made)
		}
	}
	sweep := mustSweep(t, s)
	if len(sweep.Fronts) != len(s.Phases) || sweep.Made != planned || told != planned || sweep.Stopped != "" || len(sweep.Cold) != 1 {
		t.Fatalf("%d phases, %d presses of %d, stopped %q, %d cold", len(sweep.Fronts), sweep.Made, planned, sweep.Stopped, len(sweep.Cold))
	}
	for i, f := range sweep.Fronts {
		if f.Phase != scenarios.SweepPhases()[i] {
			t.Errorf("phase %s in place %d", f.Phase, i)
		}
		for _, row := range f.Rows {
			switch {
			case row.Pressed != s.Samples:
				t.Errorf("%s: %d presses with a delay of %v", f.Phase, row.Pressed, row.Delay)
			case row.First > 0 && row.First < row.Delay:
				t.Errorf("%s: an answer after %v, with a delay of %v", f.Phase, row.First, row.Delay)
			case row.Delay > s.Deadline && row.Passed > 0:
				t.Errorf("%s: delivered with a delay of %v", f.Phase, row.Delay)
			}
		}
	}
}

// measuring is a small sweep of an endpoint.
func measuring(t *testing.T, url string) scenarios.Sweeper {
	s := sweeper(t)
	s.Phases, s.Samples, s.Deadline = nil, 12, 2*s1
	s.Endpoint = &sender.Action{Name: "hook", Label: "Hook", URL: url, Channels: []string{"drill"}}
	return s
}

// counting is an endpoint that answers with a status and counts.
func counting(t *testing.T, status int) (url string, requests *atomic.Int64) {
	requests = new(atomic.Int64)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		requests.Add(1)
		w.WriteHeader(status)
	}))
	t.Cleanup(server.Close)
	return server.URL, requests
}

func TestASweepOfAnEndpoint(t *testing.T) {
	url, requests := counting(t, http.StatusOK)
	s := measuring(t, url)
	s.ConnectDelay = 20 * ms
	sweep := mustSweep(t, s)
	if n := requests.Load(); n != 13 || sweep.Made != 12 || len(sweep.Answers) != 12 || len(sweep.Cold) != 1 {
		t.Errorf("%d requests, %d presses, %d answers, %d cold; want 13, 12, 12, 1", n, sweep.Made, len(sweep.Answers), len(sweep.Cold))
	}
	if sweep.Calibrated.Presses == 0 || sweep.Fronts[0].Margins[0].Before == 0 {
		t.Errorf("%d presses on our own mock, margin %v", sweep.Calibrated.Presses, sweep.Fronts[0].Margins)
	}
	if sweep.Answers[0] < 20*ms {
		t.Errorf("an answer after %v, although our dialer waits 20 ms", sweep.Answers[0])
	}
	if !strings.Contains(strings.Join(sweep.Overrides, "\n"), "the dialer of every attempt waits 20 ms") {
		t.Errorf("overrides %q", sweep.Overrides)
	}
}

// TestTheMarginIsMeasuredAsTheEndpointIs asks for bursts as large, over connections
// of the same kind.
func TestTheMarginIsMeasuredAsTheEndpointIs(t *testing.T) {
	hook := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {})
	plain, secure := httptest.NewServer(hook), httptest.NewTLSServer(hook)
	defer plain.Close()
	defer secure.Close()
	for name, tt := range map[string]struct {
		url  string
		set  func(*scenarios.Sweeper)
		want scenarios.Calibration
	}{
		"as many at a time":      {plain.URL, func(*scenarios.Sweeper) {}, scenarios.Calibration{Together: 8}},
		"no more than there are": {plain.URL, func(s *scenarios.Sweeper) { s.Samples = 3 }, scenarios.Calibration{Together: 3}},
		"where our dialer waits": {plain.URL, func(s *scenarios.Sweeper) { s.ConnectDelay = ms }, scenarios.Calibration{Together: 8, Dialer: ms}},
		"over TLS":               {secure.URL, func(*scenarios.Sweeper) {}, scenarios.Calibration{Together: 8, Secure: true}},
		"over kept connections":  {plain.URL, func(s *scenarios.Sweeper) { s.Kept = true }, scenarios.Calibration{Together: 8, Kept: true}},
		"over TLS that is kept":  {secure.URL, func(s *scenarios.Sweeper) { s.Kept = true }, scenarios.Calibration{Together: 8, Secure: true, Kept: true}},
	} {
		t.Run(name, func(t *testing.T) {
			s := measuring(t, tt.url)
			s.Options = []sender.Option{sender.WithInsecure()}
			tt.set(&s)
			got := mustSweep(t, s).Calibrated
			if got.Presses == 0 || got.Presses%got.Together != 0 {
				t.Errorf("%d presses, %d at the same instant; want whole bursts", got.Presses, got.Together)
			}
			got.Presses = 0
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("mismatch (-want +got):\n%s", diff)
			}
		})
	}
}

// TestOurOwnWaitIsNoFaultOfTheEndpoint asks that nobody is called dead to whom our
// dialer left no time.
func TestOurOwnWaitIsNoFaultOfTheEndpoint(t *testing.T) {
	url, _ := counting(t, http.StatusOK)
	s := measuring(t, url)
	s.Deadline, s.ConnectDelay = 50*ms, 50*ms-1
	sweep := mustSweep(t, s)
	if sweep.Dead != "" || sweep.Verdict() != scenarios.Errored {
		t.Errorf("%s, dead %q; want that nobody can say", sweep.Verdict(), sweep.Dead)
	}
}

// TestASweepOverKeptConnections counts on both sides: what opens a connection is a
// press that is told apart.
func TestASweepOverKeptConnections(t *testing.T) {
	t.Run("our own mock", func(t *testing.T) {
		s := sweeper(t)
		s.Kept, s.Phases = true, scenarios.KeptPhases()
		sweep := mustSweep(t, s)
		if len(sweep.Fronts) != len(s.Phases) || sweep.Made != sweep.Planned || len(sweep.Cold) == 0 {
			t.Fatalf("%d phases, %d presses of %d, %d cold", len(sweep.Fronts), sweep.Made, sweep.Planned, len(sweep.Cold))
		}
		for _, cold := range sweep.Cold {
			if cold.Kept || cold.Outcome.Kind != sender.Answered {
				t.Errorf("cold: kept %v, %s; want the answered presses that opened a connection", cold.Kept, cold.Outcome)
			}
		}
	})
	t.Run("an endpoint", func(t *testing.T) {
		var connections, requests atomic.Int64
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
		server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		}
		server.Start()
		defer server.Close()
		s := measuring(t, server.URL)
		s.Kept = true
		s.OnPlan = func(p scenarios.SweepPlan) {
			if want := s.Concurrency - 1; p.Presses != s.Samples || p.Opening != want {
				t.Errorf("%d presses are to be made and %d that open connections, want %d and %d", p.Presses, p.Opening, s.Samples, want)
			}
		}
		sweep := mustSweep(t, s)
		opened := len(sweep.Cold)
		if n := int(connections.Load()); n != opened || opened == 0 || opened > s.Concurrency+1 {
			t.Errorf("%d connections, %d told, want as many and %d at most", n, opened, s.Concurrency+1)
		}
		if n := int(requests.Load()); sweep.Made != s.Samples || n != s.Samples+opened+1 {
			t.Errorf("%d requests, %d presses, %d that opened; want %d, %d and the first one beside", n, sweep.Made, opened, s.Samples+opened+1, s.Samples)
		}
	})
	t.Run("an endpoint that keeps none", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") }))
		defer server.Close()
		s := measuring(t, server.URL)
		s.Kept = true
		if sweep := mustSweep(t, s); sweep.Dead != "it keeps no connection open: each press needs a new one" || sweep.Made != 0 || sweep.Verdict() != scenarios.Failed {
			t.Errorf("dead %q, %d presses, %s", sweep.Dead, sweep.Made, sweep.Verdict())
		}
	})
	t.Run("an endpoint that closes what its answers leave open", func(t *testing.T) {
		for name, tt := range map[string]struct {
			from int64 // of its requests
			dead bool
		}{"at once": {2, true}, "later": {30, false}} {
			t.Run(name, func(t *testing.T) {
				var requests atomic.Int64
				server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
					if requests.Add(1) >= tt.from {
						panic(http.ErrAbortHandler)
					}
				}))
				defer server.Close()
				s := measuring(t, server.URL)
				s.Kept, s.Samples = true, 100
				sweep := mustSweep(t, s)
				if dead := strings.HasSuffix(sweep.Dead, "; "+scenarios.DroppedMeans); dead != tt.dead || (sweep.Dropped == 0) != tt.dead || sweep.Verdict() != scenarios.Failed {
					t.Errorf("%s, dead %q, %d dropped", sweep.Verdict(), sweep.Dead, sweep.Dropped)
				}
			})
		}
	})
	t.Run("an endpoint that is too late every second time", func(t *testing.T) {
		var keptInTime, keptLate, requests atomic.Int64
		type number struct{}
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			first := r.Context().Value(number{}).(*atomic.Int64).Add(1) == 1
			late := requests.Add(1)%2 == 0
			switch {
			case late && !first:
				keptLate.Add(1)
			case !first:
				keptInTime.Add(1)
			}
			if late {
				select {
				case <-time.After(600 * ms):
				case <-r.Context().Done():
				}
			}
		}))
		server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, number{}, new(atomic.Int64))
		}
		server.Start()
		defer server.Close()
		s := measuring(t, server.URL)
		s.Kept, s.Deadline, s.Samples = true, 300*ms, 40
		sweep := mustSweep(t, s)
		row := sweep.Fronts[0].Rows[0]
		judged, in := int(keptInTime.Load()+keptLate.Load()), int(keptInTime.Load())
		if sweep.Unopened == 0 || sweep.Made != s.Samples || row.Pressed != sweep.Made-sweep.Unopened {
			t.Errorf("%d presses, %d without an open connection, %d judged", sweep.Made, sweep.Unopened, row.Pressed)
		}
		// The first press of all may have gone over a connection that was open, and is
		// not judged.
		if row.Pressed != judged && row.Pressed != judged-1 || row.Passed != in && row.Passed != in-1 {
			t.Errorf("%d of %d judged in time; the endpoint saw %d of %d on connections that were open", row.Passed, row.Pressed, in, judged)
		}
		if n := int(requests.Load()); n != row.Pressed+len(sweep.Cold) && n != row.Pressed+len(sweep.Cold)+1 {
			t.Errorf("%d requests; %d are judged and %d told as cold", n, row.Pressed, len(sweep.Cold))
		}
	})
	t.Run("an endpoint that is too late on new connections", func(t *testing.T) {
		var connections atomic.Int64
		type late struct{}
		server := httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			if r.Context().Value(late{}).(bool) {
				select {
				case <-time.After(600 * ms):
				case <-r.Context().Done():
				}
			}
		}))
		server.Config.ConnContext = func(ctx context.Context, _ net.Conn) context.Context {
			return context.WithValue(ctx, late{}, connections.Add(1) > 1)
		}
		server.Start()
		defer server.Close()
		s := measuring(t, server.URL)
		s.Kept, s.Deadline, s.Samples = true, 300*ms, 16
		sweep := mustSweep(t, s)
		row := sweep.Fronts[0].Rows[0]
		if row.Passed != row.Pressed || row.Pressed == 0 || sweep.Unopened != sweep.Made-row.Pressed || sweep.Unopened == 0 {
			t.Errorf("%d of %d over open connections, %d of %d found none", row.Passed, row.Pressed, sweep.Unopened, sweep.Made)
		}
		if want := fmt.Sprintf("%d that were to open a connection came too late", sweep.Unopened); sweep.Verdict() != scenarios.Failed || row.Reason != want {
			t.Errorf("%s, %q; want failed, %q", sweep.Verdict(), row.Reason, want)
		}
	})
	t.Run("an endpoint that keeps none any more", func(t *testing.T) {
		var requests atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if requests.Add(1) > 40 {
				w.Header().Set("Connection", "close")
			}
		}))
		defer server.Close()
		s := measuring(t, server.URL)
		s.Kept, s.Samples = true, 500
		sweep := mustSweep(t, s)
		if sweep.Stopped != "3 connections in a row were not kept open" || sweep.Made == 0 || sweep.Made >= s.Samples || len(sweep.Answers) != sweep.Made {
			t.Errorf("stopped %q after %d presses, %d answers; want what was measured to be told", sweep.Stopped, sweep.Made, len(sweep.Answers))
		}
	})
	t.Run("an endpoint that is too late", func(t *testing.T) {
		server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			select {
			case <-time.After(300 * ms):
			case <-r.Context().Done():
			}
		}))
		defer server.Close()
		s := measuring(t, server.URL)
		s.Kept, s.Deadline = true, 50*ms
		if sweep := mustSweep(t, s); sweep.Dead != "" || sweep.Made != s.Samples || sweep.Verdict() != scenarios.Failed || len(sweep.Answers) != s.Samples {
			t.Errorf("dead %q, %d presses, %d answers, %s", sweep.Dead, sweep.Made, len(sweep.Answers), sweep.Verdict())
		}
	})
}

// TestADeadEndpointIsOneLine asks that nobody is pressed many times who cannot be
// measured.
func TestADeadEndpointIsOneLine(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	missing, requests := counting(t, http.StatusNotFound)
	for name, tt := range map[string]struct{ url, says string }{
		"nobody listens":       {gone.URL, "refused in connect: "},
		"it answers otherwise": {missing, "it answers 404, which Flashduty does not call delivered however early it comes"},
	} {
		t.Run(name, func(t *testing.T) {
			sweep := mustSweep(t, measuring(t, tt.url))
			if !strings.HasPrefix(sweep.Dead, tt.says) || sweep.Verdict() != scenarios.Failed || sweep.Made != 0 {
				t.Errorf("dead %q, %s, %d presses", sweep.Dead, sweep.Verdict(), sweep.Made)
			}
		})
	}
	if n := requests.Load(); n != 1 {
		t.Errorf("%d requests", n)
	}
}

// TestNobodyLooksOnInTheHandshake asks that an endpoint of which nobody looked on
// is not said to have been silent. The deadline is far beyond our own margin, which
// the race detector makes wide.
func TestNobodyLooksOnInTheHandshake(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	for scheme, want := range map[string]string{
		"https": "it did not answer twice: timeout in tls",
		"http":  "it did not answer twice, nor 1 s after the last deadline: timeout in headers",
	} {
		s := measuring(t, scheme+"://"+silent.Addr().String())
		s.Deadline = s1
		if sweep := mustSweep(t, s); sweep.Dead != want {
			t.Errorf("%s: dead %q, stopped %q, want dead %q", scheme, sweep.Dead, sweep.Stopped, want)
		}
	}
}

func TestAnEndpointThatDiesIsLeftAlone(t *testing.T) {
	var requests atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if requests.Add(1) > 3 {
			panic(http.ErrAbortHandler)
		}
	}))
	defer server.Close()
	s := measuring(t, server.URL)
	s.Samples, s.Concurrency = 500, 4
	sweep := mustSweep(t, s)
	if !strings.HasPrefix(sweep.Stopped, "10 presses in a row ended with closed in headers") || sweep.Made > 20 || sweep.Verdict() != scenarios.Failed {
		t.Errorf("stopped %q after %d presses, %s", sweep.Stopped, sweep.Made, sweep.Verdict())
	}
}

// TestASweepEndsInTime asks that its time is a hard bound, that an interruption
// ends it, and that what was measured is told.
func TestASweepEndsInTime(t *testing.T) {
	hang := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // before, the context does not end with the client
		<-r.Context().Done()
	}))
	defer hang.Close()
	t.Run("max-time", func(t *testing.T) {
		s := sweeper(t)
		s.Samples, s.Concurrency, s.Phases, s.MaxTime = 1000, 2, []sender.Phase{sender.PhaseHeaders}, 700*ms
		sweep := mustSweep(t, s)
		if sweep.Stopped != "700 ms are over" || sweep.Interrupted || sweep.Made >= sweep.Planned || sweep.Took > 20*s1 {
			t.Errorf("stopped %q after %d of %d presses in %v", sweep.Stopped, sweep.Made, sweep.Planned, sweep.Took)
		}
	})
	t.Run("interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		s := sweeper(t)
		s.Samples, s.Phases = 1000, []sender.Phase{sender.PhaseHeaders}
		s.OnPress = func(made int) {
			if made == 3 {
				cancel()
			}
		}
		sweep, err := s.Run(ctx)
		if err != nil || !sweep.Interrupted || sweep.Stopped != "interrupted" || sweep.Made < 3 || len(sweep.Fronts) != 1 {
			t.Errorf("stopped %q after %d presses, interrupted %v, %v", sweep.Stopped, sweep.Made, sweep.Interrupted, err)
		}
	})
	t.Run("an endpoint that hangs", func(t *testing.T) {
		s := measuring(t, hang.URL)
		s.Deadline, s.MaxTime = 50*ms, 300*ms
		if sweep := mustSweep(t, s); sweep.Made != 0 || sweep.Verdict() != scenarios.Errored || sweep.Stopped != "300 ms are over" {
			t.Errorf("%d presses, %s, stopped %q", sweep.Made, sweep.Verdict(), sweep.Stopped)
		}
	})
}
