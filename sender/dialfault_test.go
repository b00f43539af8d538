package sender_test

import (
	"errors"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/sender"
)

// TestAFaultOfTheDialerReadsLikeTheReal compares each fault with what it stands
// for: the same outcome, phases, words of a Go client and consequence, and never
// a word that the network did it.
func TestAFaultOfTheDialerReadsLikeTheReal(t *testing.T) {
	tests := map[sender.DialFaultKind]struct {
		url     func(*endpoint) string
		options []sender.Option
		says    string
	}{
		sender.DialRefused:    {url: nobody, says: "the dialer of the first attempt refuses to connect"},
		sender.DialNoSuchHost: {url: noName, options: []sender.Option{sender.WithNetwork(resolving(t, 3))}, says: "the dialer of the first attempt finds no such host"},
		sender.DialSilentDNS:  {url: noName, options: []sender.Option{sender.WithNetwork(resolving(t, -1)), sender.WithDeadline(200 * time.Millisecond)}, says: "the dialer of the first attempt gets no answer from a name server"},
	}
	for kind, tt := range tests {
		for _, ref := range []string{"flashduty@2026-05-27", "pagerduty@2026-08-19"} {
			t.Run(ref+" "+string(kind), func(t *testing.T) {
				t.Parallel()
				url := tt.url(nil)
				s := senderOn(t, ref, sender.Action{Name: "restart", URL: url}, tt.options...)
				real, errReal := s.Press(t.Context(), sender.Press{Action: "restart"})
				ours, err := s.Press(t.Context(), sender.Press{Action: "restart", Fault: sender.DialFault{Kind: kind, First: 1}})
				if err := errors.Join(errReal, err); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(read(real), read(ours)); diff != "" {
					t.Errorf("the fault mismatch (-real +ours):\n%s", diff)
				}
				if !strings.Contains(strings.Join(ours.Overrides, "\n"), tt.says) {
					t.Errorf("overrides %q, want %q", ours.Overrides, tt.says)
				}
				if notes := strings.Join(ours.Last().Notes, "\n"); !strings.Contains(notes, "our own dialer ") || !strings.Contains(notes, "nothing was sent") {
					t.Errorf("notes %q, want one that the dialer is ours", notes)
				}
				if plain := goClientSays(url); kind == sender.DialRefused && plain != ours.Last().GoText {
					t.Errorf("a Go client says %q, the fault %q", plain, ours.Last().GoText)
				}
			})
		}
	}
}

// reading is what somebody learns of a failed dial.
type reading struct {
	Outcome     sender.Outcome
	Phases      []sender.Phase
	GoText      string
	Error       string
	Written     sender.Written
	Ended       sender.Ended
	Consequence sender.Consequence
}

// asked is the name server that a resolver's error names.
var asked = regexp.MustCompile(` on [0-9.:]+[0-9]`)

func read(d sender.Delivery) reading {
	a := d.Last()
	r := reading{
		Outcome: a.Outcome, GoText: asked.ReplaceAllString(a.GoText, ""), Error: asked.ReplaceAllString(a.Error, ""),
		Written: a.Written, Ended: d.Ended, Consequence: d.Consequence,
	}
	for _, p := range a.Phases {
		r.Phases = append(r.Phases, p.Phase)
	}
	return r
}

// goClientSays is the error of a Go client with a time-out of its own.
func goClientSays(url string) string {
	client := http.Client{Timeout: time.Minute, Transport: &http.Transport{DialContext: new(net.Dialer).DialContext}}
	answer, err := client.Post(url, "application/json", nil)
	if err != nil {
		return err.Error()
	}
	answer.Body.Close()
	return answer.Status
}

// TestAFaultOfTheDialerEnds asks that the attempts behind the first n are real.
func TestAFaultOfTheDialerEnds(t *testing.T) {
	for _, kind := range sender.DialFaultKinds() {
		t.Run(string(kind), func(t *testing.T) {
			t.Parallel()
			e := serve(t, answering(ok, closeNow))
			options := []sender.Option{sender.WithClock(platformTime())}
			if kind == sender.DialDroppedSYN || kind == sender.DialSilentDNS {
				options = append(options, sender.WithDialTimeout(20*time.Millisecond))
			}
			s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: e.url()}, options...)
			d, err := s.Press(t.Context(), sender.Press{Action: "restart", Fault: sender.DialFault{Kind: kind, First: 2}})
			if err != nil {
				t.Fatal(err)
			}
			if len(d.Attempts) != 3 || d.Ended != sender.EndedDelivered || e.connections.Load() != 1 {
				t.Errorf("%d attempts, ended %s, %d connections; want 3, delivered, 1", len(d.Attempts), d.Ended, e.connections.Load())
			}
			if notes := strings.Join(d.Last().Notes, "\n"); strings.Contains(notes, "our own dialer") {
				t.Errorf("the last attempt is real, and says %q", notes)
			}
		})
	}
}

func TestAFaultThatThereIsNotIsRefused(t *testing.T) {
	tests := map[string]struct {
		fault sender.DialFault
		want  string
	}{
		"an unknown kind":  {sender.DialFault{Kind: "lost"}, `fault "lost" of the dialer: one of [dropped_syn no_such_host refused silent_dns unreachable] would do`},
		"a negative count": {sender.DialFault{Kind: sender.DialRefused, First: -1}, "fault refused of the first -1 attempts: below zero; 0 is every attempt"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			s := senderOn(t, "flashduty@2026-05-27", sender.Action{Name: "restart", URL: nobody(nil)})
			_, err := s.Press(t.Context(), sender.Press{Action: "restart", Fault: tt.fault})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("Press() = %v, want %q", err, tt.want)
			}
		})
	}
}

// TestTheDialerHesitates asks, in virtual time, that the wait is part of the
// attempt's connect phase, to the nanosecond, and is said to be ours.
func TestTheDialerHesitates(t *testing.T) {
	for name, tt := range map[string]struct {
		delay time.Duration
		want  sender.Outcome
		says  string
	}{
		"for less than the deadline": {time.Second - 1, sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody}, "our own dialer waited "},
		"for longer":                 {time.Second + 1, sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseConnect}, "our own dialer was to wait "},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				done := make(chan struct{})
				s := newSender(t, "http://memory.example/", sender.WithNetwork(inPieces([]piece{{0, ok}}, true, done)))
				d, err := s.Press(t.Context(), sender.Press{Action: "restart", ConnectDelay: tt.delay})
				if err != nil {
					t.Fatal(err)
				}
				a := d.Last()
				if a.Outcome != tt.want || a.Phases[0] != (sender.PhaseTime{Phase: sender.PhaseConnect, Took: min(tt.delay, time.Second)}) {
					t.Errorf("%v with phases %v, want %v", a.Outcome, a.Phases, tt.want)
				}
				if notes := strings.Join(a.Notes, "\n"); !strings.Contains(notes, tt.says) {
					t.Errorf("notes %q, want %q", notes, tt.says)
				}
				if overrides := strings.Join(d.Overrides, "\n"); !strings.Contains(overrides, "the dialer of every attempt waits ") {
					t.Errorf("overrides %q", overrides)
				}
				if a.Written != sender.WrittenNone {
					<-done
				}
			})
		})
	}
	_, err := newSender(t, "http://memory.example/").Press(t.Context(), sender.Press{Action: "restart", ConnectDelay: -1})
	if err == nil || !strings.Contains(err.Error(), "connect delay -1ns: below zero") {
		t.Errorf("Press() = %v", err)
	}
}
