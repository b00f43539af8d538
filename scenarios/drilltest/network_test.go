package drilltest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/scenarios/drilltest"
)

// network is what a Network and the system's have in common.
type network interface {
	Listen(addr string) (net.Listener, error)
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
}

// system is the network of this machine.
type system struct{ *net.Dialer }

func (system) Listen(addr string) (net.Listener, error) { return net.Listen("tcp", addr) }

// ends are both ends of a connection, and its listener.
type ends struct {
	n    network
	l    net.Listener
	a, b net.Conn
}

// connected opens a connection on n.
func connected(t testing.TB, n network) *ends {
	t.Helper()
	l, err := n.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &ends{n: n, l: l}
	if e.a, err = n.DialContext(t.Context(), "tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if e.b, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		l.Close()
		e.a.Close()
		e.b.Close()
	})
	return e
}

// kind is what an error says by its type.
func kind(err error) string {
	var no syscall.Errno
	var op *net.OpError
	switch {
	case err == nil:
		return "ok"
	case err == io.EOF:
		return "EOF"
	case !errors.As(err, &op):
		return fmt.Sprintf("no *net.OpError: %v", err)
	case errors.As(err, &no):
		return op.Op + ": " + no.Error()
	case errors.Is(err, net.ErrClosed):
		return op.Op + ": closed"
	case op.Timeout():
		return op.Op + ": timeout"
	case errors.Is(err, context.Canceled):
		return op.Op + ": canceled"
	}
	return fmt.Sprintf("%s: %v", op.Op, op.Err)
}

var past = time.Unix(1, 0)

// acts are what can be done with a connection, by name. None of them depends on
// when what the other end did arrives: reads wait for it, writes go on until it
// has come.
var acts = map[string]func(e *ends) error{
	"a writes": func(e *ends) error { return write(e.a) },
	"b writes": func(e *ends) error { return write(e.b) },
	"a reads":  func(e *ends) error { return read(e.a) },
	"b reads":  func(e *ends) error { return read(e.b) },
	"b reads one byte": func(e *ends) error {
		_, err := io.ReadFull(e.b, make([]byte, 1))
		return err
	},
	"a writes until it fails": func(e *ends) error {
		for {
			if err := write(e.a); err != nil {
				return err
			}
		}
	},
	"a writes until it may no longer": func(e *ends) error {
		e.a.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
		for {
			if err := write(e.a); err != nil {
				return err
			}
		}
	},
	"a closes":             func(e *ends) error { return e.a.Close() },
	"b closes":             func(e *ends) error { return e.b.Close() },
	"a closes for writing": func(e *ends) error { return e.a.(interface{ CloseWrite() error }).CloseWrite() },
	"b closes for writing": func(e *ends) error { return e.b.(interface{ CloseWrite() error }).CloseWrite() },
	"a does not linger":    func(e *ends) error { return e.a.(interface{ SetLinger(int) error }).SetLinger(0) },
	"b does not linger":    func(e *ends) error { return e.b.(interface{ SetLinger(int) error }).SetLinger(0) },
	"a may not read":       func(e *ends) error { return e.a.SetReadDeadline(past) },
	"a may read":           func(e *ends) error { return e.a.SetReadDeadline(time.Time{}) },
	"a may not write":      func(e *ends) error { return e.a.SetWriteDeadline(past) },
	"a may do nothing":     func(e *ends) error { return e.a.SetDeadline(past) },
	"a reads nothing": func(e *ends) error {
		_, err := e.a.Read(nil)
		return err
	},
	"a reads while it closes":     func(e *ends) error { return meanwhile(e.a, func() { e.a.Close() }) },
	"a reads until it may not":    func(e *ends) error { return meanwhile(e.a, func() { e.a.SetReadDeadline(past) }) },
	"a reads while b closes":      func(e *ends) error { return meanwhile(e.a, func() { e.b.Close() }) },
	"the listener closes":         func(e *ends) error { return e.l.Close() },
	"the listener accepts":        func(e *ends) error { _, err := e.l.Accept(); return err },
	"another listens there":       func(e *ends) error { _, err := e.n.Listen(e.l.Addr().String()); return err },
	"another dials":               func(e *ends) error { return dial(context.Background(), e) },
	"another dials, and gives up": func(e *ends) error { return dial(ended(), e) },
	"another dials, takes UDP": func(e *ends) error {
		_, err := e.n.DialContext(context.Background(), "tcp9", "127.0.0.1:1")
		return err
	},
	"another, never accepted, is reset": func(e *ends) error {
		c, err := e.n.DialContext(context.Background(), "tcp", e.l.Addr().String())
		if err != nil {
			return err
		}
		defer c.Close()
		if err := e.l.Close(); err != nil {
			return err
		}
		return read(c)
	},
}

const chunk = 4 << 10

func write(c net.Conn) error {
	_, err := c.Write(make([]byte, chunk))
	return err
}

func read(c net.Conn) error {
	_, err := io.ReadAtLeast(c, make([]byte, chunk), chunk)
	return err
}

// meanwhile reads while f is done, before it or after it.
func meanwhile(c net.Conn, f func()) error {
	var doing sync.WaitGroup
	doing.Go(f)
	defer doing.Wait()
	return read(c)
}

func dial(ctx context.Context, e *ends) error {
	c, err := e.n.DialContext(ctx, "tcp", e.l.Addr().String())
	if err == nil {
		c.Close()
	}
	return err
}

// ended is a context that has ended.
func ended() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

// sequences are what is done, one after the other.
var sequences = map[string]string{
	"a close is a FIN behind what was written":    "b writes, b writes, b closes, a reads, a reads, a reads, a reads",
	"who was closed on may write once more":       "b closes, a reads, a writes until it fails, a reads, a closes for writing",
	"half closed":                                 "a closes for writing, b reads, b writes, a reads, a writes, b closes, a reads",
	"half closed twice":                           "a closes for writing, a closes for writing, b reads, b closes for writing, a reads",
	"a close with unread bytes is an RST":         "a writes, b reads one byte, b closes, a reads, a reads, a writes, a closes for writing",
	"an RST is told to who writes":                "b does not linger, b closes, a writes until it fails, a writes, a reads",
	"an RST comes behind what was written":        "b writes, b does not linger, b closes, a reads, a reads, a reads",
	"an RST behind a FIN":                         "b closes for writing, a reads, a writes, b reads one byte, b closes, a reads, a writes until it fails, a reads",
	"after its own close":                         "a closes, a reads, a writes, a closes, a closes for writing, a does not linger, a may not read, a reads nothing",
	"after its own reset":                         "a does not linger, a closes, b reads, b reads, b writes, b closes",
	"a read ends with its own close":              "a reads while it closes, b reads",
	"a read ends with the other's close":          "a reads while b closes",
	"a read ends with its deadline":               "a reads until it may not, a reads, a may read, b writes, a reads",
	"a deadline comes before what is there":       "b writes, b closes, a may not read, a reads, a reads nothing, a may read, a reads, a reads",
	"a write has a deadline of its own":           "b writes, a may not write, a writes, a reads",
	"both deadlines":                              "b writes, a may do nothing, a writes, a reads",
	"a write waits for who does not read":         "a writes until it may no longer, b reads, b reads",
	"a port is taken once":                        "another listens there, another dials",
	"a port that was closed refuses":              "the listener closes, another dials, the listener accepts, the listener closes, a writes, b reads",
	"a closed listener resets whom it never took": "another, never accepted, is reset, another dials",
	"a dial that was given up":                    "another dials, and gives up",
	"a network that is none":                      "another dials, takes UDP",
}

// carried does one sequence and says how each act ended.
func carried(t *testing.T, n network, sequence string) string {
	t.Helper()
	e := connected(t, n)
	var out []string
	rest := sequence
	for rest != "" {
		var name string
		for known := range acts {
			if (rest == known || strings.HasPrefix(rest, known+", ")) && len(known) > len(name) {
				name = known
			}
		}
		if name == "" {
			t.Fatalf("%q: no such act", rest)
		}
		out = append(out, name+": "+kind(acts[name](e)))
		rest = strings.TrimPrefix(strings.TrimPrefix(rest, name), ", ")
	}
	return strings.Join(out, "\n") + "\n"
}

// TestNetworkIsLikeTheSystems does the same on both.
func TestNetworkIsLikeTheSystems(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("the network is like that of Linux")
	}
	for name, sequence := range sequences {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := carried(t, system{new(net.Dialer)}, sequence)
			got := carried(t, drilltest.NewNetwork(t), sequence)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("mismatch (-system +memory):\n%s", diff)
			}
			synctest.Test(t, func(t *testing.T) {
				if diff := cmp.Diff(want, carried(t, drilltest.NewNetwork(t), sequence)); diff != "" {
					t.Errorf("mismatch in a bubble (-system +memory):\n%s", diff)
				}
			})
		})
	}
}

// TestNetworkCarriesEveryByte sends more than its buffers hold both ways, in
// pieces of any size, and closes one way after the other.
func TestNetworkCarriesEveryByte(t *testing.T) {
	t.Parallel()
	e := connected(t, drilltest.NewNetwork(t))
	sent := map[net.Conn][]byte{e.a: random(3 << 20), e.b: random(1 << 20)}
	var working sync.WaitGroup
	for from, to := range map[net.Conn]net.Conn{e.a: e.b, e.b: e.a} {
		working.Go(func() {
			for rest := sent[from]; len(rest) > 0; {
				n, err := from.Write(rest[:min(len(rest), 1+rand.IntN(100_000))])
				if err != nil {
					t.Errorf("Write: %v", err)
					return
				}
				rest = rest[n:]
			}
			if err := from.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
				t.Errorf("CloseWrite: %v", err)
			}
		})
		working.Go(func() {
			var got bytes.Buffer
			buffer := make([]byte, 50_000)
			if _, err := io.CopyBuffer(&got, struct{ io.Reader }{to}, buffer); err != nil {
				t.Errorf("Read: %v", err)
			}
			if !bytes.Equal(sent[from], got.Bytes()) {
				t.Errorf("%d bytes came that are not the %d that were sent", got.Len(), len(sent[from]))
			}
		})
	}
	working.Wait()
}

func random(n int) []byte {
	out := make([]byte, n)
	for i := range out {
		out[i] = byte(rand.Uint32())
	}
	return out
}

// TestNetworkInABubble has deadlines on the bubble's time, to the nanosecond.
func TestNetworkInABubble(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := connected(t, drilltest.NewNetwork(t))
		began := time.Now()
		e.a.SetReadDeadline(began.Add(time.Hour))
		if err := read(e.a); kind(err) != "read: timeout" || time.Since(began) != time.Hour {
			t.Errorf("Read: %v after %v, want a time-out after 1h", err, time.Since(began))
		}
		e.a.SetReadDeadline(began.Add(3 * time.Hour)) // the last one counts
		e.a.SetReadDeadline(began.Add(2 * time.Hour))
		if err := read(e.a); kind(err) != "read: timeout" || time.Since(began) != 2*time.Hour {
			t.Errorf("Read: %v after %v, want a time-out after 2h", err, time.Since(began))
		}
		e.a.SetReadDeadline(began.Add(3 * time.Hour))
		go func() {
			time.Sleep(time.Hour - 1)
			write(e.b)
		}()
		if err := read(e.a); err != nil {
			t.Errorf("Read, a nanosecond before the deadline: %v", err)
		}
		e.b.SetWriteDeadline(began.Add(4 * time.Hour))
		for err := error(nil); err == nil; err = write(e.b) {
		}
		if time.Since(began) != 4*time.Hour {
			t.Errorf("Write ended after %v, want 4h", time.Since(began))
		}
	})
}

func TestNetworkHasAddresses(t *testing.T) {
	t.Parallel()
	n := drilltest.NewNetwork(t)
	named, err := n.Listen("Orders.example:443")
	if err != nil {
		t.Fatal(err)
	}
	ports := map[string]bool{}
	for range 100 {
		c, err := n.DialContext(t.Context(), "tcp", "orders.EXAMPLE:443")
		if err != nil {
			t.Fatal(err)
		}
		other, err := named.Accept()
		if err != nil {
			t.Fatal(err)
		}
		local, isTCP := c.LocalAddr().(*net.TCPAddr)
		if !isTCP || c.RemoteAddr().String() != named.Addr().String() ||
			other.LocalAddr().String() != c.RemoteAddr().String() || other.RemoteAddr().String() != c.LocalAddr().String() {
			t.Fatalf("%v -> %v, seen there as %v -> %v", c.LocalAddr(), c.RemoteAddr(), other.RemoteAddr(), other.LocalAddr())
		}
		ports[local.String()] = true
	}
	if len(ports) != 100 {
		t.Errorf("100 connections came from %d addresses", len(ports))
	}
	var unknown *net.DNSError
	if _, err := n.DialContext(t.Context(), "tcp", "nobody.example:443"); !errors.As(err, &unknown) || !unknown.IsNotFound || unknown.Name != "nobody.example" {
		t.Errorf("dial a name that nobody has: %v", err)
	}
	if _, err := n.DialContext(t.Context(), "tcp", "orders.example:80"); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("dial a port that nobody has: %v", err)
	}
	for _, wrong := range []string{"orders.example", "orders.example:nothing", "::1:80"} {
		if _, err := n.Listen(wrong); err == nil {
			t.Errorf("Listen(%q) works", wrong)
		}
		if _, err := n.DialContext(t.Context(), "tcp", wrong); err == nil {
			t.Errorf("DialContext(%q) works", wrong)
		}
	}
	for _, anywhere := range []string{":0", "0.0.0.0:0", "[::]:0", "localhost:0"} {
		l, err := n.Listen(anywhere)
		if err != nil {
			t.Fatal(err)
		}
		if err := dial(t.Context(), &ends{n: n, l: l}); err != nil {
			t.Errorf("Listen(%q) gives %v: %v", anywhere, l.Addr(), err)
		}
	}
}

// TestNetworkKeepsWhoComesTooEarly fills the queue of a listener that accepts
// nobody.
func TestNetworkKeepsWhoComesTooEarly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		n := drilltest.NewNetwork(t)
		l, err := n.Listen(":0")
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		came := 0
		for ; err == nil; came++ {
			_, err = n.DialContext(ctx, "tcp", l.Addr().String())
		}
		if kind(err) != "dial: timeout" || time.Since(began) != time.Minute {
			t.Errorf("after %d: %v after %v, want a time-out after 1m", came, err, time.Since(began))
		}
		go func() {
			time.Sleep(time.Minute)
			l.Accept()
		}()
		if _, err := n.DialContext(t.Context(), "tcp", l.Addr().String()); err != nil || time.Since(began) != 2*time.Minute {
			t.Errorf("when there is room: %v after %v, want a connection after 2m", err, time.Since(began))
		}
	})
}
