package sender_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// script is an endpoint that answers each request as its turn says, and keeps the
// titles that came in their order.
type script struct {
	*endpoint
	mu    sync.Mutex
	came  []string
	turns []string // status lines; the last one goes on for ever. "" closes
}

func scripted(t testing.TB, p *schema.Profile, turns ...string) *script {
	s := &script{turns: turns}
	s.endpoint = serve(t, func(e *endpoint, conn net.Conn) {
		text := s.turn(t, p, conn)
		if text != "" {
			fmt.Fprintf(conn, "HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n", text)
			e.stall(conn)
		}
	})
	return s
}

func (s *script) turn(t testing.TB, p *schema.Profile, conn net.Conn) string {
	request, body := s.read(conn)
	if request == nil {
		return ""
	}
	values, violations := p.Read(request.Header, body)
	if len(violations) > 0 {
		t.Errorf("%v", violations)
	}
	title, _ := values["title"].(string)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came = append(s.came, title)
	text := s.turns[0]
	if len(s.turns) > 1 {
		s.turns = s.turns[1:]
	}
	return text
}

// read reads one request with its body.
func (s *script) read(conn net.Conn) (*http.Request, []byte) {
	request, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return nil, nil
	}
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return nil, nil
	}
	s.requests.Add(1)
	return request, body
}

// titles are what came so far.
func (s *script) titles() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.came)
}

// played is a sender on a platform clock, with a button at a scripted endpoint.
type played struct {
	*sender.Sender
	*script
	clock *sender.PlatformClock
}

func play(t testing.TB, ref string, turns ...string) played {
	t.Helper()
	profile := schemaOf(t, ref)
	e := scripted(t, profile, turns...)
	clock := platformTime()
	s := senderOn(t, ref, sender.Action{Name: "restart", URL: e.url()}, sender.WithClock(clock), sender.WithSeed(1))
	return played{s, e, clock}
}

// press starts a press on an incident, with a title by which it is known.
func (p played) press(t testing.TB, ctx context.Context, incident sender.Incident, title string) *sender.Pending {
	t.Helper()
	pending, err := p.Start(ctx, sender.Press{Action: "restart", Incident: incident, Set: schema.Values{"title": title}})
	if err != nil {
		t.Fatal(err)
	}
	return pending
}

func (p played) incident(t testing.TB) sender.Incident {
	t.Helper()
	incident, err := p.NewIncident(nil)
	if err != nil {
		t.Fatal(err)
	}
	return incident
}

// end waits for how a press ended.
func end(t testing.TB, p *sender.Pending) sender.Delivery {
	t.Helper()
	d, err := p.Wait(context.WithoutCancel(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// TestFirstIsAboutTheFirstAttempt asks when all is over.
func TestFirstIsAboutTheFirstAttempt(t *testing.T) {
	p := play(t, "pagerduty@2026-08-19", "500 Oops", "200 OK")
	pending := p.press(t, t.Context(), p.incident(t), "one")
	if d := end(t, pending); !d.Delivered || len(d.Attempts) != 2 {
		t.Fatalf("%d attempts, ended %s", len(d.Attempts), d.Ended)
	}
	d, err := pending.First(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Attempts) != 1 || d.Delivered || d.Ended != "" {
		t.Errorf("First() = %d attempts, delivered %v, ended %q; want the first attempt alone", len(d.Attempts), d.Delivered, d.Ended)
	}
}

// TestBegin presses where the first attempt is made by who calls.
func TestBegin(t *testing.T) {
	begin := func(t *testing.T, p played, ctx context.Context, incident sender.Incident, title string) *sender.Pending {
		t.Helper()
		pending, err := p.Begin(ctx, sender.Press{Action: "restart", Incident: incident, Set: schema.Values{"title": title}})
		if err != nil {
			t.Fatal(err)
		}
		return pending
	}
	t.Run("the first attempt is made when it returns, and what is repeated follows", func(t *testing.T) {
		p := play(t, "pagerduty@2026-08-19", "500 Oops", "200 OK")
		ctx, release := p.clock.Hold(t.Context())
		pending := begin(t, p, ctx, p.incident(t), "one")
		if d := pending.Delivery(); len(d.Attempts) != 1 || d.Ended != "" {
			t.Errorf("%d attempts, ended %q; want one, and more to come", len(d.Attempts), d.Ended)
		}
		release()
		if d := end(t, pending); !d.Delivered || len(d.Attempts) != 2 {
			t.Errorf("%d attempts, ended %s", len(d.Attempts), d.Ended)
		}
	})
	t.Run("it stands behind another press in its queue, and those behind it follow", func(t *testing.T) {
		p := play(t, "pagerduty@2026-08-19", "500 Oops", "200 OK")
		ctx, release := p.clock.Hold(t.Context())
		incident := p.incident(t)
		first := begin(t, p, ctx, incident, "one")
		second := begin(t, p, ctx, incident, "two")
		if d := second.Delivery(); len(d.Attempts) != 0 {
			t.Errorf("%d attempts of a press that has not its turn", len(d.Attempts))
		}
		release()
		for i, pending := range []*sender.Pending{first, second} {
			if d := end(t, pending); !d.Delivered {
				t.Errorf("press %d ended %s", i+1, d.Ended)
			}
		}
		if diff := cmp.Diff([]string{"one", "one", "two"}, p.titles()); diff != "" {
			t.Errorf("order mismatch (-want +got):\n%s", diff)
		}
	})
	t.Run("it ends soon after its context does", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		e := serve(t, func(e *endpoint, conn net.Conn) {
			e.request(conn)
			cancel()
			e.stall(conn)
		})
		s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: e.url()}, sender.WithClock(platformTime()))
		pending, err := s.Begin(ctx, sender.Press{Action: "restart"})
		if err != nil {
			t.Fatal(err)
		}
		if d := end(t, pending); len(d.Attempts) != 1 || d.Last().Outcome.Kind != sender.Canceled {
			t.Errorf("%d attempts, ended %s", len(d.Attempts), d.Ended)
		}
	})
	t.Run("what is not sent is an error or has ended", func(t *testing.T) {
		p := play(t, "pagerduty@2026-08-19", "200 OK")
		if _, err := p.Begin(t.Context(), sender.Press{Action: "reboot"}); !errors.Is(err, sender.ErrUnknownAction) {
			t.Errorf("Begin() = %v, want ErrUnknownAction", err)
		}
	})
}

// TestOrder presses three times in the same moment; the first two attempts fail.
// PagerDuty keeps the order of one incident, Flashduty does not, and no incident
// waits for another.
func TestOrder(t *testing.T) {
	t.Run("PagerDuty: a press waits behind one that is being repeated", func(t *testing.T) {
		p := play(t, "pagerduty@2026-08-19", "500 Oops", "500 Oops", "200 OK")
		ctx, release := p.clock.Hold(t.Context())
		incident := p.incident(t)
		var all []*sender.Pending
		for _, title := range []string{"one", "two", "three"} {
			all = append(all, p.press(t, ctx, incident, title))
		}
		release()
		for i, pending := range all {
			if d := end(t, pending); !d.Delivered || len(d.Attempts) != []int{3, 1, 1}[i] {
				t.Errorf("press %d: %d attempts, ended %s", i+1, len(d.Attempts), d.Ended)
			}
		}
		if diff := cmp.Diff([]string{"one", "one", "one", "two", "three"}, p.titles()); diff != "" {
			t.Errorf("order mismatch (-want +got):\n%s", diff)
		}
		waited := all[1].Delivery().Attempts[0].Platform
		if waited < 2*time.Minute {
			t.Errorf("the second press was sent after %s, want it behind the repeats of the first", waited)
		}
	})
	t.Run("PagerDuty: another incident is not held up", func(t *testing.T) {
		p := play(t, "pagerduty@2026-08-19", "500 Oops", "200 OK")
		ctx, release := p.clock.Hold(t.Context())
		first := p.press(t, ctx, p.incident(t), "one")
		if d, err := first.First(ctx); err != nil || d.Ended != "" || len(d.Attempts) != 1 {
			t.Fatalf("First() = %d attempts, ended %q, %v", len(d.Attempts), d.Ended, err)
		}
		other := end(t, p.press(t, ctx, p.incident(t), "other"))
		if !other.Delivered || other.Last().Platform > 10*time.Second {
			t.Errorf("another incident's press: ended %s after %s", other.Ended, other.Last().Platform)
		}
		release()
		if d := end(t, first); !d.Delivered {
			t.Errorf("ended %s", d.Ended)
		}
		if diff := cmp.Diff([]string{"one", "other", "one"}, p.titles()); diff != "" {
			t.Errorf("order mismatch (-want +got):\n%s", diff)
		}
	})
	t.Run("Flashduty: a repeat may come after a later press", func(t *testing.T) {
		profile := schemaOf(t, "flashduty@2026-05-27")
		// At once, the repeat could come first: the delay is not known, so any may be assumed.
		profile = assume(t, profile, "retry_schedule", `{"first":"30s","factor":1,"max":"30s","jitter":0}`)
		e := scripted(t, profile, "", "200 OK")
		clock := platformTime()
		r := sender.NewRegistry(profile)
		mustAdd(t, r, sender.Action{Name: "restart", URL: e.url()})
		p := played{sender.New(r, sender.WithClock(clock)), e, clock}
		ctx, release := clock.Hold(t.Context())
		incident := p.incident(t)
		first := p.press(t, ctx, incident, "one")
		if _, err := first.First(ctx); err != nil {
			t.Fatal(err)
		}
		second := end(t, p.press(t, ctx, incident, "two"))
		release()
		if d := end(t, first); !d.Delivered || !second.Delivered {
			t.Errorf("ended %s and %s", d.Ended, second.Ended)
		}
		if diff := cmp.Diff([]string{"one", "two", "one"}, p.titles()); diff != "" {
			t.Errorf("order mismatch (-want +got):\n%s", diff)
		}
	})
}

// TestDisablement drops three pushes in a row and looks at what becomes of those
// that wait, of new ones, and of those after a day.
func TestDisablement(t *testing.T) {
	p := play(t, "pagerduty@2026-08-19", "404 Not Found", "404 Not Found", "500 Oops", "404 Not Found", "200 OK")
	ctx, release := p.clock.Hold(t.Context())
	defer release()
	for i := range 2 {
		if d := end(t, p.press(t, ctx, p.incident(t), fmt.Sprint("drop ", i+1))); d.Ended != sender.EndedDropped || strings.Contains(d.Consequence.Text, "disabled") {
			t.Fatalf("drop %d: ended %s: %s", i+1, d.Ended, d.Consequence.Text)
		}
	}
	busy := p.incident(t)
	repeated := p.press(t, ctx, busy, "repeated")
	if _, err := repeated.First(ctx); err != nil {
		t.Fatal(err)
	}
	waiting := p.press(t, ctx, busy, "waiting")
	third := end(t, p.press(t, ctx, p.incident(t), "drop 3"))
	if want := "third consecutive drop: the action is disabled for 24 h (documented 2026-08-19), its queue and new presses are dropped"; !strings.Contains(third.Consequence.Text, want) {
		t.Errorf("consequence %q, want it to say %q", third.Consequence.Text, want)
	}
	late := end(t, p.press(t, ctx, p.incident(t), "while disabled"))
	for name, tt := range map[string]struct {
		got      sender.Delivery
		attempts int
		says     string
	}{
		"the one that was being repeated": {end(t, repeated), 1, "dropped: the action was disabled while it was being repeated (documented 2026-08-19)"},
		"the one that waited":             {end(t, waiting), 0, "dropped: the action was disabled while it waited in its queue (documented 2026-08-19)"},
		"a new one":                       {late, 0, "dropped: the action is disabled until 2026-05-28T08:00:"},
	} {
		if tt.got.Ended != sender.EndedDisabled || len(tt.got.Attempts) != tt.attempts || !strings.HasPrefix(tt.got.Consequence.Text, tt.says) {
			t.Errorf("%s: %d attempts, ended %s: %s", name, len(tt.got.Attempts), tt.got.Ended, tt.got.Consequence.Text)
		}
	}
	if until, disabled := p.Disabled("restart"); !disabled || until.Sub(epoch) < 24*time.Hour {
		t.Errorf("Disabled() = %s, %t", until, disabled)
	}

	if err := p.clock.Sleep(ctx, 24*time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, disabled := p.Disabled("restart"); disabled {
		t.Error("still disabled after 24 h")
	}
	if d := end(t, p.press(t, ctx, p.incident(t), "a day later")); !d.Delivered {
		t.Errorf("a day later: ended %s: %s", d.Ended, d.Consequence.Text)
	}
	if diff := cmp.Diff([]string{"drop 1", "drop 2", "repeated", "drop 3", "a day later"}, p.titles()); diff != "" {
		t.Errorf("what came mismatch (-want +got):\n%s", diff)
	}
}

// TestEnabledByHand asks that an action which is enabled takes presses at once,
// and that the drops before no longer count.
func TestEnabledByHand(t *testing.T) {
	p := play(t, "pagerduty@2026-08-19", "404 Not Found", "404 Not Found", "404 Not Found", "404 Not Found", "404 Not Found", "200 OK", "404 Not Found")
	press := func() sender.Delivery { return end(t, p.press(t, t.Context(), p.incident(t), "x")) }
	for range 3 {
		press()
	}
	if d := press(); d.Ended != sender.EndedDisabled {
		t.Fatalf("ended %s after three drops", d.Ended)
	}
	if err := p.Enable("restart"); err != nil {
		t.Fatal(err)
	}
	want := []sender.Ended{sender.EndedDropped, sender.EndedDropped, sender.EndedDelivered, sender.EndedDropped, sender.EndedDropped, sender.EndedDropped, sender.EndedDisabled}
	var got []sender.Ended
	for range want {
		got = append(got, press().Ended)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after Enable (-want +got):\n%s", diff)
	}
	if err := p.Enable("nothing"); !errors.Is(err, sender.ErrUnknownAction) {
		t.Errorf("Enable(nothing) = %v", err)
	}
}

// TestDropsAreToldWithoutAClock presses without platform time: the third drop says
// what it would bring, and the next press is sent all the same.
func TestDropsAreToldWithoutAClock(t *testing.T) {
	e := serve(t, answering("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", stall))
	s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: e.url()})
	for i, told := range []bool{false, false, true, false} {
		d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
		if err != nil || d.Ended != sender.EndedDropped || len(d.Attempts) != 1 {
			t.Fatalf("press %d: %d attempts, ended %s, %v", i+1, len(d.Attempts), d.Ended, err)
		}
		if got := strings.Contains(d.Consequence.Text, "third consecutive drop: the action is disabled for 24 h"); got != told {
			t.Errorf("press %d: %q", i+1, d.Consequence.Text)
		}
	}
}

// TestExhaustedCountsAsDropped exhausts three pushes one after the other.
func TestExhaustedCountsAsDropped(t *testing.T) {
	p := play(t, "pagerduty@2026-08-19", "500 Oops")
	for i, want := range []sender.Ended{sender.EndedExhausted, sender.EndedExhausted, sender.EndedExhausted, sender.EndedDisabled} {
		d := end(t, p.press(t, t.Context(), p.incident(t), "x"))
		if d.Ended != want {
			t.Fatalf("press %d: ended %s, want %s", i+1, d.Ended, want)
		}
		if says := "its 48 h are over (documented 2026-08-19)"; want == sender.EndedExhausted && !strings.Contains(d.Consequence.Text, says) {
			t.Errorf("consequence %q, want it to say %q", d.Consequence.Text, says)
		}
	}
}

// TestGivingUp ends the context of a press that is being repeated, of one that
// stands in a queue, and of one who only waits.
func TestGivingUp(t *testing.T) {
	p := play(t, "pagerduty@2026-08-19", "500 Oops")
	goroutines := settle(0)
	held, release := p.clock.Hold(t.Context())
	ctx, cancel := context.WithCancel(held)
	incident := p.incident(t)
	first := p.press(t, ctx, incident, "first")
	if _, err := first.First(held); err != nil {
		t.Fatal(err)
	}
	queuedCtx, leave := context.WithCancel(held)
	queued := p.press(t, queuedCtx, incident, "queued")
	impatient, stop := context.WithCancelCause(held)
	stop(errors.New("no patience"))
	if d, err := first.Wait(impatient); err == nil || !strings.Contains(err.Error(), "wait for restart: no patience") || len(d.Attempts) != 1 || d.Ended != "" {
		t.Errorf("Wait() = %d attempts, ended %q, %v", len(d.Attempts), d.Ended, err)
	}
	leave()
	if d := end(t, queued); d.Ended != sender.EndedCanceled || len(d.Attempts) != 0 {
		t.Errorf("the queued one: %d attempts, ended %s", len(d.Attempts), d.Ended)
	}
	cancel()
	d := end(t, first)
	if d.Ended != sender.EndedCanceled || len(d.Attempts) != 1 || !strings.HasPrefix(d.Consequence.Text, "none: the press was canceled here") {
		t.Errorf("%d attempts, ended %s: %s", len(d.Attempts), d.Ended, d.Consequence.Text)
	}
	release()
	if got := settle(goroutines + 3); got > goroutines+3 { // the endpoint's connection
		t.Errorf("%d goroutines, %d before", got, goroutines)
	}
	if got := p.requests.Load(); got != 1 {
		t.Errorf("%d requests came, want 1", got)
	}
}

// TestPressGivesUp asks Press for the attempts that were made when its context
// ends in the middle of a wait that really passes.
func TestPressGivesUp(t *testing.T) {
	came := make(chan bool, 1)
	e := serve(t, func(e *endpoint, conn net.Conn) {
		e.request(conn)
		io.WriteString(conn, "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
		came <- true
		e.stall(conn)
	})
	s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: e.url()}, sender.WithRepeats(3))
	ctx, cancel := context.WithCancel(t.Context())
	pending, err := s.Start(ctx, sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	<-came
	if _, err := pending.First(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if d := end(t, pending); len(d.Attempts) != 1 || d.Ended != sender.EndedCanceled || d.Delivered {
		t.Errorf("%d attempts, ended %s", len(d.Attempts), d.Ended)
	}
}

// TestHoldsAreHandedOver drives a clock as a runner does: whoever waits for one
// press has the clock again before another press's repeat comes.
func TestHoldsAreHandedOver(t *testing.T) {
	for range 20 {
		p := play(t, "pagerduty@2026-08-19", "500 Oops", "500 Oops", "200 OK")
		ctx, release := p.clock.Hold(t.Context())
		slow := p.press(t, ctx, p.incident(t), "slow")
		if _, err := slow.First(ctx); err != nil {
			t.Fatal(err)
		}
		if err := p.clock.Sleep(ctx, 30*time.Second); err != nil { // its repeat comes after about a minute
			t.Fatal(err)
		}
		quick, err := p.Start(ctx, sender.Press{Action: "restart", Incident: p.incident(t), Set: schema.Values{"title": "quick"}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := quick.First(ctx); err != nil {
			t.Fatal(err)
		}
		if d, err := slow.Wait(ctx); err != nil || !d.Delivered {
			t.Fatalf("ended %s, %v", d.Ended, err)
		}
		// The repeat of quick is due half a minute later: not before the clock is let go.
		if got := quick.Delivery(); len(got.Attempts) != 1 {
			t.Fatalf("%d attempts of quick while the clock was held", len(got.Attempts))
		}
		release()
		if d := end(t, quick); !d.Delivered || len(d.Attempts) != 2 {
			t.Fatalf("%d attempts, ended %s", len(d.Attempts), d.Ended)
		}
	}
}

// TestSizes composes bodies around both limits.
func TestSizes(t *testing.T) {
	const guaranteed, most = 56320, 262144
	const channel = "/messages/0/log_entries/0/channel"
	p := play(t, "pagerduty@2026-08-19", "200 OK")
	base, _, err := p.Preview(sender.Press{Action: "restart", Set: schema.Values{"title": "x", channel + "/details": ""}})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		details, body, title int // how long they are
		trimmed              []string
		notes                string // of the attempt
		ended                sender.Ended
	}{
		"exactly guaranteed":    {details: guaranteed - len(base.Body), ended: sender.EndedDelivered},
		"one byte over":         {details: guaranteed - len(base.Body) + 1, trimmed: []string{"details"}, notes: "the body has 56321 bytes, over 55 KB (pagerduty@2026-08-19, https://github.com/PagerDuty/developer-docs/blob/9422439/docs/webhooks/02-Behavior.md): " + channel + "/details left out", ended: sender.EndedDelivered},
		"two members":           {details: guaranteed, body: 10, trimmed: []string{"details", "body"}, ended: sender.EndedDelivered},
		"over 256 KB, trimmed":  {details: most + 1, trimmed: []string{"details"}, ended: sender.EndedDelivered},
		"over 55 KB elsewhere":  {title: 10_000, trimmed: []string{"details"}, notes: "its delivery is best effort, perhaps out of order", ended: sender.EndedDelivered},
		"over 256 KB elsewhere": {title: most, ended: sender.EndedTooLarge},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			set := schema.Values{"title": "x" + strings.Repeat("t", tt.title), channel + "/details": strings.Repeat("d", tt.details)}
			if tt.title == 10_000 {
				set[channel+"/name"] = strings.Repeat("n", guaranteed)
			}
			if tt.body > 0 {
				set[channel+"/body"] = strings.Repeat("b", tt.body)
			}
			before := p.requests.Load()
			d, err := p.Press(t.Context(), sender.Press{Action: "restart", Set: set})
			if err != nil {
				t.Fatal(err)
			}
			if d.Ended != tt.ended {
				t.Fatalf("ended %s: %s", d.Ended, d.Consequence.Text)
			}
			sent := p.requests.Load() - before
			if tt.ended == sender.EndedTooLarge {
				if len(d.Attempts) != 0 || sent != 0 || !strings.Contains(d.Consequence.Text, "no request was made: the body has") {
					t.Errorf("%d attempts, %d requests: %s", len(d.Attempts), sent, d.Consequence.Text)
				}
				return
			}
			if sent != 1 {
				t.Errorf("%d requests", sent)
			}
			body := string(d.Push.Body)
			for _, member := range []string{"details", "body"} {
				if want := slices.Contains(tt.trimmed, member); strings.Contains(body, `"`+member+`_omitted":true`) != want {
					t.Errorf("%s_omitted is true: %t, want %t", member, !want, want)
				}
			}
			if !strings.Contains(strings.Join(d.Last().Notes, "\n"), tt.notes) {
				t.Errorf("notes %q, want %q in them", d.Last().Notes, tt.notes)
			}
			if vs := schemaOf(t, "pagerduty@2026-08-19").Validate(d.Push.Body, schema.Strict); len(vs) > 0 {
				t.Errorf("the trimmed push breaks the schema: %v", vs)
			}
		})
	}
	t.Run("a given body is sent as it is", func(t *testing.T) {
		s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: serve(t, answering(ok, stall)).url()})
		given := []byte(`"` + strings.Repeat("x", most) + `"`)
		d, err := s.Press(t.Context(), sender.Press{Action: "restart", Body: given})
		if err != nil || !d.Delivered || len(d.Push.Body) != len(given) {
			t.Errorf("ended %s, %v", d.Ended, err)
		}
	})
}

// TestAQueueTakesNoMoreThanItsLimit presses beyond two that have not ended, as often
// as drops would disable the action, and once more when there is room again.
func TestAQueueTakesNoMoreThanItsLimit(t *testing.T) {
	profile := platform(t, "short@2026-01-01")
	e := scripted(t, profile, "500 Oops", "500 Oops", "200 OK")
	clock := platformTime()
	r := sender.NewRegistry(profile)
	mustAdd(t, r, sender.Action{Name: "restart", URL: e.url()})
	p := played{sender.New(r, sender.WithClock(clock), sender.WithSeed(1)), e, clock}
	ctx, release := clock.Hold(t.Context())
	first, second := p.press(t, ctx, p.incident(t), "one"), p.press(t, ctx, p.incident(t), "two")
	for range profile.Disablement().After {
		d := end(t, p.press(t, ctx, p.incident(t), "no room"))
		want := "dropped, and no request was made: 2 of the action's pushes had not ended, and the platform keeps no more (documented 2026-01-01)"
		if d.Ended != sender.EndedQueueFull || len(d.Attempts) != 0 || d.Delivered || d.Consequence.Text != want {
			t.Errorf("ended %s after %d attempts: %q, want queue_full after none: %q", d.Ended, len(d.Attempts), d.Consequence.Text, want)
		}
	}
	release()
	for _, pending := range []*sender.Pending{first, second} {
		end(t, pending)
	}
	if d := end(t, p.press(t, t.Context(), p.incident(t), "room again")); !d.Delivered {
		t.Errorf("ended %s: %s", d.Ended, d.Consequence.Text)
	}
	if titles := p.titles(); slices.Contains(titles, "no room") {
		t.Errorf("requests came for %q", titles)
	}
}
