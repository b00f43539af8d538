package scenarios_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hookdrill/hookdrill/scenarios"
	"github.com/hookdrill/hookdrill/sender"
)

// TestAttemptsReportedAreAttemptsOnTheWire tells every story of the library and
// each of its twins with a listener of the test's own below every mock: a plain
// TCP listener that notes who connects and what bytes are taken from the socket,
// and does nothing else. It has no line in common with the receiver, whose
// journal is what the stories themselves look at.
//
// It proves that the platform's attempts in the results are those that came. Each
// attempt with a connection is on one accepted connection of the same two addresses,
// alone there unless the story keeps connections,
// and no connection is left over but those of requests that stories and mocks make
// beside (and of an attempt that is reset before its connect returned), so that none
// was made in secret and none invented. On a connection
// without TLS there is one request for each attempt that says that some of it was
// written, and none for one that says that none was. What a mock never reads, and what
// TLS hides, the test cannot see either: there it counts connections alone.
func TestAttemptsReportedAreAttemptsOnTheWire(t *testing.T) {
	t.Parallel()
	stories := library(t)
	for name, twins := range map[string]bool{"the stories": false, "their twins": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const tries = 3
			for range tries {
				tap := &tap{}
				run := scenarios.Runner{Seed: 71, Parallel: 8, Listen: tap.listen, Twins: twins}.Run(t.Context(), stories)
				if !slices.ContainsFunc(run.Results, toldAgain) {
					tap.compare(t, run)
					return
				}
			}
			t.Skipf("this machine was too slow %d times: a story that is told twice has connections of which nobody reports", tries)
		})
	}
}

func toldAgain(r scenarios.Result) bool {
	return slices.ContainsFunc(r.Notes, func(n string) bool { return strings.HasPrefix(n, "told ") })
}

// ends are both ends of a connection as the listener has them.
type ends struct{ client, server netip.AddrPort }

// tap makes listeners and notes what comes to them.
type tap struct {
	mu   sync.Mutex
	came []*tapped
}

func (t *tap) listen(addr string) (net.Listener, error) {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, err
	}
	return &tappedListener{TCPListener: l.(*net.TCPListener), tap: t}, nil
}

type tappedListener struct {
	*net.TCPListener
	tap *tap
}

func (l *tappedListener) Accept() (net.Conn, error) {
	conn, err := l.AcceptTCP()
	if err != nil {
		return nil, err
	}
	one := &tapped{TCPConn: conn}
	l.tap.mu.Lock()
	l.tap.came = append(l.tap.came, one)
	l.tap.mu.Unlock()
	return one, nil
}

// tapped is a connection that notes what is read from it.
type tapped struct {
	*net.TCPConn
	mu    sync.Mutex
	asked bool // somebody read
	taken bytes.Buffer
}

func (c *tapped) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked = true
	c.taken.Write(p[:n])
	return n, err
}

func (c *tapped) ends() ends {
	return ends{c.RemoteAddr().(*net.TCPAddr).AddrPort(), c.LocalAddr().(*net.TCPAddr).AddrPort()}
}

// requests counts those that began on the connection; known is false where
// nobody read, or where it is TLS.
func (c *tapped) requests() (n int, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	const handshake = 0x16
	if !c.asked || c.taken.Len() > 0 && c.taken.Bytes()[0] == handshake {
		return 0, false
	}
	for r := bufio.NewReader(bytes.NewReader(c.taken.Bytes())); ; n++ {
		if _, err := r.Peek(1); err != nil {
			return n, true
		}
		request, err := http.ReadRequest(r)
		if err == nil {
			_, err = io.Copy(io.Discard, request.Body)
		}
		if err != nil {
			return n + 1, true // part of one
		}
	}
}

// compare holds the attempts of a run against what came.
func (t *tap) compare(tb testing.TB, run scenarios.Run) {
	tb.Helper()
	t.mu.Lock()
	defer t.mu.Unlock()
	came := map[ends]*tapped{}
	for _, c := range t.came {
		if came[c.ends()] != nil {
			tb.Fatalf("two connections of %v: the system gave both ports twice", c.ends())
		}
		came[c.ends()] = c
	}
	attempts, others := connected(run)
	compared := 0
	for at, places := range attempts {
		a, c := places[1], came[at]
		if c == nil {
			tb.Errorf("%s: no such connection came", a)
			continue
		}
		delete(came, at)
		want := 0
		for place, one := range places {
			if place > len(places) {
				tb.Errorf("%s: request %d on a connection of %d attempts", one, place, len(places))
			}
			if one.Written != sender.WrittenNone {
				want++
			}
		}
		n, known := c.requests()
		if known {
			compared++
		}
		if known && n != want {
			tb.Errorf("%s, written %s: %d requests on its connection, want %d", a, a.Written, n, want)
		}
	}
	if len(came) != others {
		tb.Errorf("%d connections are of no attempt with addresses, want %d: those of other requests, and those reset at once", len(came), others)
	}
	if compared < len(attempts)/2 {
		tb.Errorf("only %d of %d connections let their requests be counted", compared, len(attempts))
	}
	tb.Logf("%d attempts on %d connections, requests counted on %d; %d other connections", len(attempts), len(t.came), compared, others)
}

// claim is an attempt, and where it is reported.
type claim struct {
	sender.Attempt
	where string
}

func (c claim) String() string {
	return fmt.Sprintf("%s, attempt %d from %s, %s", c.where, c.Number, c.Local, c.Outcome)
}

// connected returns the attempts of a run that had a connection, by its ends and
// their place on it, and how many other connections there must be: those of requests that the stories and
// their mocks made, and those whose reset came while connect() had not returned,
// so that the attempt has no addresses.
func connected(run scenarios.Run) (attempts map[ends]map[int]claim, others int) {
	attempts = map[ends]map[int]claim{}
	atOnce := map[string]bool{}
	for i, r := range run.Results {
		for _, s := range r.Steps {
			if s.Answer != nil {
				others++
			}
			for _, e := range s.Entries {
				others += len(e.Reactions)
			}
			for _, d := range s.Deliveries { // one that is repeated later stands in several steps
				for _, a := range d.Attempts {
					switch {
					case a.Outcome == sender.Outcome{Kind: sender.Reset, Phase: sender.PhaseConnect}:
						atOnce[fmt.Sprintf("%d/%s/%d", i, d.EventID, a.Number)] = true
					case a.Local.IsValid():
						at := ends{a.Local, a.Remote}
						if attempts[at] == nil {
							attempts[at] = map[int]claim{}
						}
						attempts[at][a.Place] = claim{a, fmt.Sprintf("%s:%d on %s", r.File, s.Line, r.Profile)}
					}
				}
			}
		}
	}
	return attempts, others + len(atOnce)
}
