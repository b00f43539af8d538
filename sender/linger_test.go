package sender_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/sender"
)

// piece is a part of an answer, written so long after the request came.
type piece struct {
	at   time.Duration
	text string
}

// inPieces is a network in memory on which an endpoint writes the pieces of its
// answer, and then holds the connection or ends it. done is closed once it has.
func inPieces(pieces []piece, ends bool, done chan struct{}) sender.Network {
	return networkFunc(func(context.Context, string, string) (net.Conn, error) {
		here, there := net.Pipe()
		go func() {
			defer close(done)
			defer there.Close()
			r, err := http.ReadRequest(bufio.NewReader(there))
			if err != nil {
				return
			}
			io.Copy(io.Discard, r.Body)
			began := time.Now()
			for _, p := range pieces {
				time.Sleep(p.at - time.Since(began))
				if _, err := io.WriteString(there, p.text); err != nil {
					return
				}
			}
			if !ends {
				io.Copy(io.Discard, there) // until the client leaves
			}
		}()
		return here, nil
	})
}

// TestLingerLooksOnAndLeavesTheVerdict asks, in virtual time, what was seen after
// the deadline, on what the verdict then hinges, and that all else is as without
// it.
func TestLingerLooksOnAndLeavesTheVerdict(t *testing.T) {
	const head, tail = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", "ok"
	const ms = time.Millisecond
	tests := map[string]struct {
		pieces []piece
		ends   bool // the connection, after the last piece
		linger time.Duration
		want   sender.Late
		last   time.Duration // LastByte
		hinge  string        // the end of that on the deadline; "" for none
	}{
		"the answer is 31 ms late":          {pieces: []piece{{1031 * ms, head + tail}}, linger: 5 * time.Second, want: sender.Late{Kind: sender.Answered, Status: 200, Headers: 1031 * ms, Until: 1031 * ms}, last: 1031 * ms, hinge: "; passes at 2 s)"},
		"it is too late for either side":    {pieces: []piece{{2031 * ms, head + tail}}, linger: 5 * time.Second, want: sender.Late{Kind: sender.Answered, Status: 200, Headers: 2031 * ms, Until: 2031 * ms}, last: 2031 * ms},
		"it began in time":                  {pieces: []piece{{900 * ms, head[:20]}, {1100 * ms, head[20:]}, {1200 * ms, tail}}, linger: 5 * time.Second, want: sender.Late{Kind: sender.Answered, Status: 200, Headers: 1100 * ms, Until: 1200 * ms}, last: 1200 * ms, hinge: "; passes at 2 s)"},
		"its body is late":                  {pieces: []piece{{900 * ms, head}, {1200 * ms, tail}}, linger: 5 * time.Second, want: sender.Late{Kind: sender.Answered, Until: 1200 * ms}, last: 1200 * ms, hinge: "; passes at 2 s)"},
		"it is late and none that succeeds": {pieces: []piece{{1100 * ms, "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"}}, linger: 5 * time.Second, want: sender.Late{Kind: sender.Answered, Status: 500, Headers: 1100 * ms, Until: 1100 * ms}, last: 1100 * ms},
		"its end never comes":               {pieces: []piece{{1100 * ms, head}}, linger: 5 * time.Second, want: sender.Late{Kind: sender.Timeout, Status: 200, Headers: 1100 * ms, Until: 6 * time.Second}},
		"the connection ends":               {pieces: []piece{{1100 * ms, "HTTP/1.1 2"}}, ends: true, linger: 5 * time.Second, want: sender.Late{Kind: sender.Closed, Until: 1100 * ms}},
		"what comes is no answer":           {pieces: []piece{{1100 * ms, "kestrel\r\n\r\n"}}, linger: 5 * time.Second, want: sender.Late{Kind: sender.Malformed, Until: 1100 * ms}},
		"nothing comes":                     {linger: 5 * time.Second, want: sender.Late{Kind: sender.Timeout, Until: 6 * time.Second}},
		"nobody looks for long enough":      {pieces: []piece{{1900 * ms, head + tail}}, linger: 500 * ms, want: sender.Late{Kind: sender.Timeout, Until: 1500 * ms}, hinge: "; not known: cut at 1 s)"},
		"nobody looks":                      {pieces: []piece{{1031 * ms, head + tail}}, hinge: "; not known: cut at 1 s)"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			press := func(linger time.Duration) (d sender.Delivery) {
				synctest.Test(t, func(t *testing.T) {
					done := make(chan struct{})
					action := sender.Action{Name: "restart", URL: "http://memory.example/"}
					s := senderOn(t, "flashduty@2026-05-27", action, sender.WithSeed(7), sender.WithNetwork(inPieces(tt.pieces, tt.ends, done)), sender.WithLinger(linger))
					var err error
					if d, err = s.Press(t.Context(), sender.Press{Action: "restart"}); err != nil {
						t.Fatal(err)
					}
					<-done
				})
				return d
			}
			d := press(tt.linger)
			a := d.Last()
			if diff := cmp.Diff(tt.want, a.Late); diff != "" {
				t.Errorf("Late mismatch (-want +got):\n%s", diff)
			}
			if a.LastByte != tt.last {
				t.Errorf("the last byte came at %v, want %v", a.LastByte, tt.last)
			}
			hinge := ""
			for _, h := range d.Hinges {
				if h.Fact == "deadline" {
					hinge = h.Text
				}
			}
			if (hinge == "") != (tt.hinge == "") || !strings.HasSuffix(hinge, tt.hinge) {
				t.Errorf("hinges on %q, want the end %q", hinge, tt.hinge)
			}
			plain := press(0)
			if diff := cmp.Diff(plainly(plain), plainly(d)); diff != "" {
				t.Errorf("the verdict is not the one without it (-without +with):\n%s", diff)
			}
		})
	}
}

// plainly is what the platform knows of an attempt.
func plainly(d sender.Delivery) map[string]any {
	a := d.Last()
	return map[string]any{
		"outcome": a.Outcome, "took": a.Took, "phases": a.Phases, "cut off": a.CutOff, "status": a.Status, "header": a.Header,
		"error": a.Error, "Go text": a.GoText, "written": a.Written, "delivered": d.Delivered, "ended": d.Ended, "consequence": d.Consequence,
		"in time": a.FirstByte,
	}
}

// TestLingerOnSockets looks on over TCP and TLS, where time is real.
func TestLingerOnSockets(t *testing.T) {
	const deadline = 50 * time.Millisecond
	authority := issue(t, -time.Hour, time.Hour, "127.0.0.1")
	// The endpoint answers once the attempt must have been cut off.
	late := func(after func(*endpoint, net.Conn)) func(*endpoint, net.Conn) {
		return func(e *endpoint, conn net.Conn) {
			e.request(conn)
			select {
			case <-time.After(4 * deadline):
			case <-e.ending:
				return
			}
			after(e, conn)
		}
	}
	answer := func(_ *endpoint, conn net.Conn) { io.WriteString(conn, ok) }
	tests := map[string]struct {
		url  func(t *testing.T) string
		want sender.Kind
	}{
		"answered":          {at(late(answer)), sender.Answered},
		"answered over TLS": {atTLS(overTLS(authority.config(), late(answer))), sender.Answered},
		"reset":             {at(late(reset)), sender.Reset},
		"closed":            {at(late(closeNow)), sender.Closed},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := mustPress(t, tt.url(t), nil, sender.WithDeadline(deadline), sender.WithLinger(20*time.Second), sender.WithRootCAs(authority.pem)).Last()
			if want := (sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseHeaders}); a.Outcome != want && a.Outcome.Phase != sender.PhaseTLS {
				t.Errorf("%v, want %v", a.Outcome, want)
			}
			if a.Outcome.Phase == sender.PhaseHeaders && a.Late.Kind != tt.want {
				t.Errorf("afterwards %q, want %q", a.Late.Kind, tt.want)
			}
			if a.Took < deadline || a.Late.Kind != "" && a.Late.Until < a.Took {
				t.Errorf("took %v, looked until %v, with a deadline of %v", a.Took, a.Late.Until, deadline)
			}
		})
	}
}

// TestLingerEndsWithItsCaller cancels a press that is read on.
func TestLingerEndsWithItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		done := make(chan struct{})
		s := newSender(t, "http://memory.example/", sender.WithNetwork(inPieces(nil, false, done)), sender.WithLinger(time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		d, err := s.Press(ctx, sender.Press{Action: "restart"})
		if err != nil {
			t.Fatal(err)
		}
		a := d.Last()
		if want := (sender.Late{Kind: sender.Canceled, Until: time.Minute}); a.Late != want || a.Outcome.Kind != sender.Timeout {
			t.Errorf("%v, then %+v; want a timeout, then %+v", a.Outcome, a.Late, want)
		}
		<-done
	})
}

func TestLingerBelowZeroIsRefused(t *testing.T) {
	_, err := newSender(t, "http://memory.example/", sender.WithLinger(-1)).Press(t.Context(), sender.Press{Action: "restart"})
	if err == nil || !strings.Contains(err.Error(), "linger -1ns: below zero") {
		t.Errorf("Press() = %v", err)
	}
}
