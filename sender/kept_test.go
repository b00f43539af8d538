package sender_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// each answers the requests of a connection one after the other, each with the
// text that comes next, and after the last goes on with after.
func each(after func(*endpoint, net.Conn), texts ...string) func(*endpoint, net.Conn) {
	return func(e *endpoint, conn net.Conn) {
		in := bufio.NewReader(conn)
		for _, text := range texts {
			r, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				return
			}
			e.requests.Add(1)
			io.WriteString(conn, text)
		}
		after(e, conn)
	}
}

// pressTwice presses one after the other.
func pressTwice(t *testing.T, s *sender.Sender) (first, second sender.Attempt) {
	t.Helper()
	for _, a := range []*sender.Attempt{&first, &second} {
		d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
		if err != nil {
			t.Fatal(err)
		}
		*a = d.Last()
	}
	return first, second
}

func TestAConnectionIsKeptForTheNextAttempt(t *testing.T) {
	good := issue(t, -time.Hour, time.Hour, "127.0.0.1")
	for name, secure := range map[string]bool{"plain": false, "over TLS": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			handle := each(stall, ok, ok, ok)
			options := []sender.Option{sender.WithKeptConnections(), sender.WithRootCAs(good.pem), sender.WithDeadline(20 * time.Second)}
			if secure {
				handle = overTLS(good.config(), handle)
			}
			e := serve(t, handle)
			url := e.url()
			if secure {
				url = e.https()
			}
			s := newSender(t, url, options...)
			defer s.CloseIdleConnections()
			first, second := pressTwice(t, s)
			if first.Outcome != second.Outcome || first.Outcome.Kind != sender.Answered {
				t.Fatalf("outcomes %v (%s) and %v (%s), want both answered", first.Outcome, first.Error, second.Outcome, second.Error)
			}
			if first.Place != 1 || second.Place != 2 || first.Local != second.Local {
				t.Errorf("places %d and %d from %s and %s, want 1 and 2 on one connection", first.Place, second.Place, first.Local, second.Local)
			}
			if e.connections.Load() != 1 || e.requests.Load() != 2 {
				t.Errorf("%d requests on %d connections came, want 2 on 1", e.requests.Load(), e.connections.Load())
			}
			checkPhases(t, second)
			if begins := second.Phases[0].Phase; begins != sender.PhaseWrite {
				t.Errorf("the second attempt begins with %s, want write: nothing was dialed", begins)
			}
			if !secure && second.BytesIn != int64(len(ok)) {
				t.Errorf("%d bytes came for the second attempt, want %d: each counts its own", second.BytesIn, len(ok))
			}
			if second.BytesOut <= 0 || second.BytesOut > first.BytesOut {
				t.Errorf("bytes out %d, then %d", first.BytesOut, second.BytesOut)
			}
		})
	}
}

func TestAnotherConnectionIsMade(t *testing.T) {
	hold := func(text string) func(*endpoint, net.Conn) { return each(stall, text, ok) }
	for name, c := range map[string]struct {
		handle   func(*endpoint, net.Conn)
		deadline time.Duration // 0: one that is never met
	}{
		"after Connection: close":            {hold("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"), 0},
		"after HTTP/1.0":                     {hold("HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"), 0},
		"after a body until the end":         {each(closeNow, "HTTP/1.1 200 OK\r\n\r\nok"), 0},
		"after bytes that nobody asked for":  {hold(ok + "more"), 0},
		"after half an answer":               {each(closeNow, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"), 0},
		"after no answer":                    {hold("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok"), 100 * time.Millisecond},
		"after another protocol is promised": {hold("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"), 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.deadline == 0 {
				c.deadline = 20 * time.Second
			}
			e := serve(t, c.handle)
			s := newSender(t, e.url(), sender.WithKeptConnections(), sender.WithDeadline(c.deadline))
			defer s.CloseIdleConnections()
			first, second := pressTwice(t, s)
			if first.Place != 1 || second.Place != 1 || e.connections.Load() != 2 {
				t.Errorf("places %d and %d on %d connections, want 1 and 1 on 2", first.Place, second.Place, e.connections.Load())
			}
		})
	}
	t.Run("after the endpoint has closed the idle one", func(t *testing.T) {
		t.Parallel()
		noticed := make(chan struct{}, 2)
		e := serve(t, each(func(e *endpoint, conn net.Conn) {
			conn.(*net.TCPConn).CloseWrite()
			e.stall(conn) // until the other side has closed, too
			noticed <- struct{}{}
		}, ok))
		s := newSender(t, e.url(), sender.WithKeptConnections(), sender.WithDeadline(20*time.Second))
		defer s.CloseIdleConnections()
		for range 2 {
			d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
			if err != nil || !d.Delivered || d.Last().Place != 1 {
				t.Fatalf("%v, error %v: want it delivered on a new connection", d.Last(), err)
			}
			<-noticed
		}
	})
	t.Run("for what is sent once more", func(t *testing.T) {
		t.Parallel()
		e := serve(t, each(stall, ok, ok))
		s := newSender(t, e.url(), sender.WithKeptConnections(), sender.WithDeadline(20*time.Second))
		defer s.CloseIdleConnections()
		d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
		if err != nil {
			t.Fatal(err)
		}
		if d, err = s.Redeliver(t.Context(), d); err != nil || d.Last().Place != 1 || e.connections.Load() != 2 {
			t.Errorf("place %d on %d connections, error %v; want 1 on 2", d.Last().Place, e.connections.Load(), err)
		}
	})
	for name, second := range map[string]sender.Press{
		"for a press from a given address":     {Action: "restart", Source: netip.MustParseAddr("127.0.0.1")},
		"for a press to another endpoint":      {Action: "restart", URL: "http://localhost:1"},
		"where the dialer is told to fail":     {Action: "restart", Fault: sender.DialFault{Kind: sender.DialRefused}},
		"where the dialer is told to hesitate": {Action: "restart", ConnectDelay: time.Millisecond},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := serve(t, each(stall, ok, ok))
			s := newSender(t, e.url(), sender.WithKeptConnections(), sender.WithDeadline(20*time.Second))
			defer s.CloseIdleConnections()
			for _, p := range []sender.Press{{Action: "restart"}, second} {
				d, err := s.Press(t.Context(), p)
				if err != nil || d.Last().Place > 1 {
					t.Errorf("place %d, error %v; want a new connection, or none", d.Last().Place, err)
				}
			}
			if e.requests.Load() > e.connections.Load() {
				t.Errorf("%d requests on %d connections", e.requests.Load(), e.connections.Load())
			}
		})
	}
	t.Run("for an action that shows another certificate", func(t *testing.T) {
		t.Parallel()
		good, one, other := issue(t, -time.Hour, time.Hour, "127.0.0.1"), issue(t, -time.Hour, time.Hour, "one"), issue(t, -time.Hour, time.Hour, "other")
		e := serve(t, overTLS(good.config(), each(stall, ok, ok)))
		profile, err := schema.Open("flashduty@2026-05-27")
		if err != nil {
			t.Fatal(err)
		}
		r := sender.NewRegistry(profile)
		for name, shown := range map[string]*tls.Certificate{"one": &one.tls, "other": &other.tls} {
			if err := r.Add(sender.Action{Name: name, Label: name, URL: e.https(), ClientCertificate: shown}); err != nil {
				t.Fatal(err)
			}
		}
		s := sender.New(r, sender.WithKeptConnections(), sender.WithRootCAs(good.pem), sender.WithDeadline(20*time.Second))
		defer s.CloseIdleConnections()
		for _, name := range []string{"one", "other"} {
			if d, err := s.Press(t.Context(), sender.Press{Action: name}); err != nil || !d.Delivered || d.Last().Place != 1 {
				t.Errorf("%s: %v at place %d, error %v; want it delivered on a connection of its own", name, d.Last().Outcome, d.Last().Place, err)
			}
		}
	})
	t.Run("for an action that verifies where the other did not", func(t *testing.T) {
		t.Parallel()
		e := serve(t, overTLS(issue(t, -time.Hour, time.Hour, "127.0.0.1").config(), each(stall, ok, ok)))
		profile, err := schema.Open("flashduty@2026-05-27")
		if err != nil {
			t.Fatal(err)
		}
		r := sender.NewRegistry(profile)
		for _, a := range []sender.Action{{Name: "lax", Label: "Lax", URL: e.https(), InsecureSkipVerify: true}, {Name: "strict", Label: "Strict", URL: e.https()}} {
			if err := r.Add(a); err != nil {
				t.Fatal(err)
			}
		}
		s := sender.New(r, sender.WithKeptConnections(), sender.WithDeadline(20*time.Second))
		defer s.CloseIdleConnections()
		if d, err := s.Press(t.Context(), sender.Press{Action: "lax"}); err != nil || !d.Delivered {
			t.Fatalf("lax: %v, error %v; want it delivered", d.Last().Outcome, err)
		}
		if d, err := s.Press(t.Context(), sender.Press{Action: "strict"}); err != nil || d.Last().Outcome.Kind != sender.CertUnknownAuthority {
			t.Errorf("strict: %v, error %v; want the certificate to be looked at", d.Last().Outcome, err)
		}
	})
}

func TestAKeptConnectionThatLeadsElsewhereSaysSoEachTime(t *testing.T) {
	e := serve(t, each(stall, ok, ok))
	s := newSender(t, "http://ops.example/hook", sender.WithKeptConnections(), sender.WithConnectTo("ops.example:80", e.Addr().String()), sender.WithDeadline(20*time.Second))
	defer s.CloseIdleConnections()
	first, second := pressTwice(t, s)
	if second.Place != 2 || !slices.Equal(first.Notes, second.Notes) || len(first.Notes) != 1 {
		t.Errorf("notes %q, and at place %d %q; want the same one", first.Notes, second.Place, second.Notes)
	}
}

// TestAKeptConnectionThatEndsIsToldAndNotHidden has the endpoint close as the next
// request comes, and asks a Go client that keeps connections, too, what it says.
func TestAKeptConnectionThatEndsIsToldAndNotHidden(t *testing.T) {
	closing := each(func(_ *endpoint, conn net.Conn) {
		conn.Read(make([]byte, 64<<10))
		conn.(*net.TCPConn).CloseWrite()
		io.Copy(io.Discard, conn)
	}, ok)
	e := serve(t, closing)
	s := newSender(t, e.url(), sender.WithKeptConnections(), sender.WithDeadline(20*time.Second))
	defer s.CloseIdleConnections()
	_, a := pressTwice(t, s)
	if want := (sender.Outcome{Kind: sender.Closed, Phase: sender.PhaseHeaders}); a.Outcome != want || a.Place != 2 {
		t.Errorf("%v at place %d, want %v at place 2", a.Outcome, a.Place, want)
	}
	if e.connections.Load() != 1 {
		t.Errorf("%d connections came, want 1: nothing is repeated in secret", e.connections.Load())
	}
	if want := "request 2 on a connection that was kept open"; !slices.Contains(a.Notes, want) {
		t.Errorf("notes %q, want %q among them", a.Notes, want)
	}

	plain := serve(t, closing)
	client := http.Client{Transport: &http.Transport{}}
	defer client.CloseIdleConnections()
	var said string
	for range 2 {
		answer, err := client.Post(plain.url(), "application/json", bytes.NewReader([]byte("{}")))
		if err != nil {
			said = err.Error()
			continue
		}
		io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
	}
	if addressless(said) != addressless(a.GoText) {
		t.Errorf("GoText mismatch:\n  sender: %s\nnet/http: %s", a.GoText, said)
	}
}

func TestKeptConnectionsAreSharedBySimultaneousPresses(t *testing.T) {
	const people, times = 10, 20
	e := serve(t, each(stall, slices.Repeat([]string{ok}, people*times)...))
	s := newSender(t, e.url(), sender.WithKeptConnections(), sender.WithDeadline(20*time.Second))
	var pressing sync.WaitGroup
	for range people {
		pressing.Go(func() {
			for range times {
				d, err := s.Press(context.Background(), sender.Press{Action: "restart"})
				if err != nil || !d.Delivered {
					t.Errorf("%v, error %v: want it delivered", d.Last().Outcome, err)
				}
			}
		})
	}
	pressing.Wait()
	if n := e.connections.Load(); n > people || e.requests.Load() != people*times {
		t.Errorf("%d requests on %d connections, want %d on %d at most", e.requests.Load(), n, people*times, people)
	}
	s.CloseIdleConnections()
}

func TestCloseIdleConnectionsClosesThem(t *testing.T) {
	closed := make(chan error, 1)
	e := serve(t, each(func(e *endpoint, conn net.Conn) {
		_, err := conn.Read(make([]byte, 1))
		closed <- err
	}, ok))
	s := newSender(t, e.url(), sender.WithKeptConnections(), sender.WithDeadline(20*time.Second))
	if _, err := s.Press(t.Context(), sender.Press{Action: "restart"}); err != nil {
		t.Fatal(err)
	}
	s.CloseIdleConnections()
	if err := <-closed; err != io.EOF {
		t.Errorf("the endpoint read %v, want the end", err)
	}
}

func TestKeptConnectionsAreAnOverride(t *testing.T) {
	e := serve(t, stall)
	d := mustPress(t, e.url(), nil, sender.WithKeptConnections(), sender.WithDeadline(50*time.Millisecond))
	if !slices.ContainsFunc(d.Overrides, func(o string) bool { return strings.HasPrefix(o, "connections are kept open") }) {
		t.Errorf("overrides %q do not say that connections are kept", d.Overrides)
	}
}
