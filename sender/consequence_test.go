package sender_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// TestConsequences holds the sentences to the profiles' facts: what is seen, what
// is repeated, and how well each is known.
func TestConsequences(t *testing.T) {
	status := func(line string) func(*endpoint, net.Conn) {
		return answering("HTTP/1.1 "+line+"\r\nContent-Length: 0\r\n\r\n", stall)
	}
	silent := answering("", stall)
	stalled := answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", stall)
	closed := answering("", closeNow)
	tests := map[string]struct {
		ref    string
		handle func(*endpoint, net.Conn)
		says   []string // parts, in order
		never  string   // a part that must be missing
		facts  []string
	}{
		"Flashduty calls 202 a failure": {ref: "flashduty@2024-11-20", handle: status("202 Accepted"),
			says:  []string{"only 200 counts as delivered (documented 2024-11-20)", "not repeated (inferred 2024-11-20)", "the endpoint may still be working: a second click sends it again"},
			facts: []string{"failure_seen", "success", "retry"}},
		"PagerDuty does not": {ref: "pagerduty@2026-08-19", handle: status("202 Accepted"), says: []string{"the presser sees "}, never: "repeated", facts: []string{"success_seen"}},
		"Flashduty does not repeat a 500": {ref: "flashduty@2026-05-27", handle: status("500 Oops"),
			says: []string{"only 200 counts as delivered", "not repeated (documented 2026-02-09)"}, never: "still be working", facts: []string{"failure_seen", "success", "retry"}},
		"PagerDuty repeats a 500": {ref: "pagerduty@2026-08-19", handle: status("500 Oops"),
			says: []string{"only 200-299 counts as delivered", "repeated for up to 48 h (documented 2026-08-19)"}, never: "still be working", facts: []string{"failure_seen", "success", "retry", "retry_schedule", "queue"}},
		"PagerDuty repeats a 429": {ref: "pagerduty@2026-08-19", handle: status("429 Too Many Requests"), says: []string{"; repeated for up to 48 h"}, facts: []string{"failure_seen", "success", "retry", "retry_schedule", "queue"}},
		"an answer that asks for time": {ref: "pagerduty@2026-08-19", handle: answering("HTTP/1.1 503 Busy\r\nRetry-After: 120\r\nContent-Length: 0\r\n\r\n", stall),
			says: []string{"repeated for up to 48 h (documented 2026-08-19), next in about 1 min (inferred 2026-08-19); the answer asks for 2 min: whether that is heeded is not known, and here it is not",
				"; later presses of the same action and incident wait behind it (documented 2026-08-19)"}, facts: []string{"failure_seen", "success", "retry", "retry_schedule", "retry_after", "queue"}},
		"PagerDuty drops a 404":       {ref: "pagerduty@2026-08-19", handle: status("404 Not Found"), says: []string{"; not repeated (documented 2026-08-19)"}, facts: []string{"failure_seen", "success", "retry"}},
		"PagerDuty of 2020, inferred": {ref: "pagerduty@2020-10-09", handle: silent, says: []string{"; repeated up to 4 times for up to 20 min (inferred 2021-04-28)", "still be working"}, facts: []string{"failure_seen", "retry", "retry_schedule"}},
		"no headers: not one of Flashduty's three errors": {ref: "flashduty@2026-05-27", handle: silent,
			says: []string{"the presser sees a failure", "; not repeated (documented 2026-02-09)", "the endpoint may still be working: a second click sends it again"}, facts: []string{"failure_seen", "retry"}},
		"no body: one of the three":         {ref: "flashduty@2026-05-27", handle: stalled, says: []string{"; repeated once (documented 2026-02-09)", "still be working"}, facts: []string{"failure_seen", "retry", "retry_schedule"}},
		"the end: one of the three":         {ref: "flashduty@2026-05-27", handle: closed, says: []string{"; repeated once (documented 2026-02-09)"}, facts: []string{"failure_seen", "retry", "retry_schedule"}},
		"a reset: none of the three":        {ref: "flashduty@2026-05-27", handle: answering("", reset), says: []string{"; not repeated (documented 2026-02-09)"}, facts: []string{"failure_seen", "retry"}},
		"what no document says is not said": {ref: "pagerduty@2026-08-19", handle: silent, says: []string{"what the presser sees is not known; repeated for up to 48 h"}, facts: []string{"failure_seen", "retry", "retry_schedule", "queue"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := senderOn(t, tt.ref, sender.Action{Name: "restart", URL: serve(t, tt.handle).url()}, sender.WithDeadline(250*time.Millisecond))
			d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
			if err != nil {
				t.Fatal(err)
			}
			rest := d.Consequence.Text
			for _, part := range tt.says {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Errorf("consequence %q of %v, want it to say %q", d.Consequence.Text, d.Last().Outcome, part)
				}
				rest = after
			}
			if tt.never != "" && strings.Contains(d.Consequence.Text, tt.never) {
				t.Errorf("consequence %q, want no %q in it", d.Consequence.Text, tt.never)
			}
			if diff := cmp.Diff(tt.facts, d.Consequence.Facts); diff != "" {
				t.Errorf("Facts mismatch (-want +got):\n%s", diff)
			}
			if want := weakest(t, tt.ref, tt.facts); d.Consequence.Status != want {
				t.Errorf("status %s, want %s", d.Consequence.Status, want)
			}
		})
	}
}

// weakest is the weakest status of these facts.
func weakest(t *testing.T, ref string, facts []string) schema.Status {
	p := schemaOf(t, ref)
	has := map[schema.Status]bool{}
	for _, name := range facts {
		fact, _ := p.Fact(name)
		has[fact.Status] = true
	}
	for _, s := range []schema.Status{schema.Unknown, schema.Contested, schema.Inferred, schema.Observed} {
		if has[s] {
			return s
		}
	}
	return schema.Documented
}

// TestNotRepeatedAgain asks that a rule of one repeat is used up by one.
func TestNotRepeatedAgain(t *testing.T) {
	s := senderOn(t, "flashduty@2026-05-27", sender.Action{Name: "restart", URL: serve(t, answering("", closeNow)).url()})
	d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	if d, err = s.Redeliver(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if want := "not repeated again (documented 2026-02-09)"; !strings.Contains(d.Consequence.Text, want) {
		t.Errorf("consequence %q, want it to say %q", d.Consequence.Text, want)
	}
}

// TestHinges presses under real deadlines: the contested one is a second.
func TestHinges(t *testing.T) {
	sides := func(acting string) string {
		return fmt.Sprintf("deadline %s (contested: English page 1 s, Chinese page 2 s; ", acting)
	}
	after := func(d time.Duration, text string) func(*endpoint, net.Conn) {
		return func(e *endpoint, conn net.Conn) {
			e.request(conn)
			select {
			case <-time.After(d):
			case <-e.ending:
			}
			fmt.Fprint(conn, text)
			e.stall(conn)
		}
	}
	tests := map[string]struct {
		ref    string
		assume string
		handle func(*endpoint, net.Conn)
		other  []sender.Option
		want   []sender.Hinge
	}{
		"in time for both sides":              {ref: "flashduty@2026-05-27", handle: answering(ok, stall)},
		"a failure on both sides":             {ref: "flashduty@2026-05-27", handle: answering("HTTP/1.1 500 Oops\r\n\r\n", closeNow)},
		"refused, whatever the deadline":      {ref: "flashduty@2026-05-27", handle: answering("", reset)},
		"cut, and the rest was not seen":      {ref: "flashduty@2026-05-27", handle: answering("", stall), want: []sender.Hinge{{Fact: "deadline", Text: sides("1 s") + "not known: cut at 1 s)"}}},
		"cut in the body of a sure failure":   {ref: "flashduty@2026-05-27", handle: answering("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\n", stall)},
		"in time for the softer side only":    {ref: "flashduty@2026-05-27", assume: "2s", handle: after(1200*time.Millisecond, ok), want: []sender.Hinge{{Fact: "deadline", Text: sides("2 s") + "fails at 1 s)"}}},
		"late for both sides":                 {ref: "flashduty@2026-05-27", assume: "2s", handle: answering("", stall)},
		"a deadline that nobody documents":    {ref: "flashduty@2026-05-27", handle: answering("", stall), other: []sender.Option{sender.WithDeadline(200 * time.Millisecond)}},
		"no side to take where one is stated": {ref: "flashduty@2024-11-20", handle: answering("", stall)},
		"a redirect of which nobody speaks": {ref: "pagerduty@2026-08-19", handle: answering("HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", stall),
			want: []sender.Hinge{{Fact: "redirects", Text: "redirects not followed (not known: no document says)"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := schemaOf(t, tt.ref)
			if tt.assume != "" {
				var err error
				if p, err = p.Assume("deadline", tt.assume); err != nil {
					t.Fatal(err)
				}
			}
			r := sender.NewRegistry(p)
			mustAdd(t, r, sender.Action{Name: "restart", URL: serve(t, tt.handle).url()})
			d, err := sender.New(r, tt.other...).Press(t.Context(), sender.Press{Action: "restart"})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, d.Hinges); diff != "" {
				t.Errorf("Hinges of %v mismatch (-want +got):\n%s", d.Last().Outcome, diff)
			}
		})
	}
}
