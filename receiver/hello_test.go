package receiver_test

import (
	"bufio"
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

// shake makes the TLS handshake on a new connection and says how long the server's
// answer to the hello took. It is the client's side, made of raw bytes and
// crypto/tls alone.
func shake(t *testing.T, s *receiver.Server) (conn *tls.Conn, took time.Duration) {
	t.Helper()
	conn = tls.Client(dial(t, s), &tls.Config{InsecureSkipVerify: true})
	began := time.Now()
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	return conn, time.Since(began)
}

// ask makes a request over an open connection.
func ask(t *testing.T, conn net.Conn) (status int) {
	t.Helper()
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

func TestTheHelloIsAnsweredLateAndTheTurnIsTheConnections(t *testing.T) {
	const delay = 150 * time.Millisecond
	r := plain(receiver.WithBehavior(behave(t, "tls delay 150ms + status 201 then tls delay 150ms + status 202 then status 203")))
	s := start(t, r, receiver.WithMadeTLS())
	first, took := shake(t, s)
	second, also := shake(t, s)
	if took < delay || also < delay {
		t.Errorf("the handshakes took %v and %v, want %v at least", took, also, delay)
	}
	third, _ := shake(t, s)
	// The turn was taken by the connection, whoever asks first.
	for conn, want := range map[*tls.Conn]int{third: 203, second: 202, first: 201} {
		if got := ask(t, conn); got != want {
			t.Errorf("status %d, want %d: that of its own turn", got, want)
		}
	}
	if got := ask(t, first); got != 203 {
		t.Errorf("status %d of the second request on a connection, want the turn at hand, 203", got)
	}
	entries, err := r.Journal().Wait(soon(t), receiver.Match{Func: completed}, 4)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if late := strings.HasPrefix(e.Done.Asked, "tls delay"); late != (e.Done.Difference > 0) || e.Done.Error != "" {
			t.Errorf("%q: %v later than asked, %s", e.Done.Asked, e.Done.Difference, e.Done.Error)
		}
	}
}

// TestALateHandshakeHasTheDelayBesideItsTime would fail if the limit for a
// request's header, which is that of a handshake too, ran meanwhile.
func TestALateHandshakeHasTheDelayBesideItsTime(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "tls delay 3500ms + status 201")))
	s := start(t, r, receiver.WithMadeTLS())
	conn, took := shake(t, s)
	if took < 3500*time.Millisecond {
		t.Errorf("the handshake took %v", took)
	}
	if got := ask(t, conn); got != 201 {
		t.Errorf("status %d, want 201", got)
	}
}

func TestAClientThatLeavesALateHandshakeIsSeen(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "tls delay 1h + status 201 then status 202")))
	s := start(t, r, receiver.WithMadeTLS())
	conn := dial(t, s)
	go tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake()
	hello := tls.Client(dial(t, s), &tls.Config{InsecureSkipVerify: true})
	if err := hello.Handshake(); err != nil { // the second turn is at hand: the first connection has taken its own
		t.Fatal(err)
	}
	conn.Close()
	entries, err := r.Journal().Wait(soon(t), receiver.Match{NoRequest: true}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if done := entries[0].Done; done.Asked != "tls delay 1h0m0s + status 201" || done.Ended != receiver.EndedClientGone {
		t.Errorf("%+v, want the turn, and that the client has gone", done)
	}
}

// heard is a listener that tells when the first bytes of a connection were read.
type heard struct {
	net.Listener
	read chan struct{}
}

func (l heard) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return heardConn{conn, sync.OnceFunc(func() { close(l.read) })}, nil
}

type heardConn struct {
	net.Conn
	tell func()
}

func (c heardConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if n > 0 {
		c.tell()
	}
	return n, err
}

func TestCloseEndsALateHandshake(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "tls delay 1h + status 201")))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	hello := heard{l, make(chan struct{})}
	s := start(t, r, receiver.WithMadeTLS(), receiver.WithListener(hello))
	conn := dial(t, s)
	failed := make(chan error, 1)
	go func() { failed <- tls.Client(conn, &tls.Config{InsecureSkipVerify: true}).Handshake() }()
	select {
	case <-hello.read:
	case <-soon(t).Done():
		t.Fatal("the hello did not come")
	}
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if took := time.Since(begun); took > 4*time.Second { // by itself net/http cuts such a connection after 5 s
		t.Errorf("Close took %s", took)
	}
	if err := <-failed; err == nil {
		t.Error("the handshake was made")
	}
	told := r.Journal().Connections()
	if len(told) != 1 || told[0].Done.Asked != "tls delay 1h0m0s + status 201" || told[0].Done.Ended != receiver.EndedStopped {
		t.Errorf("connections %+v, want the one, stopped", told)
	}
}

func TestALateHandshakeThatCannotBe(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "tls delay 1h + status 201")))
	t.Run("without TLS", func(t *testing.T) {
		if got := ask(t, dial(t, start(t, r))); got != 201 {
			t.Errorf("status %d, want 201 at once", got)
		}
		if said := answered(t, r).Done.Error; said != "the endpoint does not speak TLS: there was no handshake to delay" {
			t.Errorf("the entry says %q", said)
		}
	})
	t.Run("on a connection that has had one", func(t *testing.T) {
		r := plain(receiver.WithBehavior(behave(t, "tls delay 1ms + status 201")))
		conn, _ := shake(t, start(t, r, receiver.WithMadeTLS()))
		ask(t, conn)
		ask(t, conn)
		entries, err := r.Journal().Wait(soon(t), receiver.Match{Func: completed}, 2)
		if err != nil {
			t.Fatal(err)
		}
		if said := entries[1].Done; entries[0].Done.Error != "" || said.Error != "the connection was open before: its handshake was over" || said.Difference != 0 {
			t.Errorf("the entries say %q and %+v", entries[0].Done.Error, said)
		}
	})
	t.Run("on a connection that was open", func(t *testing.T) {
		r := plain()
		conn, _ := shake(t, start(t, r, receiver.WithMadeTLS()))
		r.SetBehavior(behave(t, "tls delay 1h + status 201"))
		if got := ask(t, conn); got != 201 {
			t.Errorf("status %d, want 201 at once", got)
		}
		if said := answered(t, r).Done.Error; said != "the connection was open before: its handshake was over" {
			t.Errorf("the entry says %q", said)
		}
	})
}

// answered returns the one entry of r's journal, once it is complete.
func answered(t *testing.T, r *receiver.Receiver) receiver.Entry {
	t.Helper()
	entries, err := r.Journal().Wait(soon(t), receiver.Match{Func: completed}, 1)
	if err != nil {
		t.Fatal(err)
	}
	return entries[0]
}

// TestALateHandshakeIsTheRootsAndItsAnswerIsNot has a request come to a namespace over
// a connection that has taken the root's turn.
func TestALateHandshakeIsTheRootsAndItsAnswerIsNot(t *testing.T) {
	n := receiver.NewNamespaces(0, func(name string) *receiver.Receiver {
		if name == "" {
			return plain(receiver.WithBehavior(behave(t, "tls delay 1ms + status 500")))
		}
		return plain(receiver.WithBehavior(behave(t, "status 201")))
	})
	conn, _ := shake(t, start(t, n, receiver.WithMadeTLS()))
	if _, err := io.WriteString(conn, "GET /s/a HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil || answer.StatusCode != 201 {
		t.Errorf("%+v, %v; want 201, as the namespace behaves", answer, err)
	}
}
