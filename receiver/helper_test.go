package receiver_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// soon is long enough for a busy machine.
func soon(t testing.TB) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func start(t testing.TB, e receiver.Endpoint, opts ...receiver.ServerOption) *receiver.Server {
	t.Helper()
	s := receiver.NewServer(e, opts...)
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close() = %v", err)
		}
	})
	return s
}

func behave(t testing.TB, text string) receiver.Behavior {
	t.Helper()
	b, err := receiver.ParseBehavior(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func open(t testing.TB, ref string) *schema.Profile {
	t.Helper()
	p, err := schema.Open(ref)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func compose(t testing.TB, p *schema.Profile, v schema.Values) schema.Push {
	t.Helper()
	push, err := p.Compose(v, schema.Seed(7))
	if err != nil {
		t.Fatal(err)
	}
	return push
}

// request is a push of p that never was on a wire, from peer.
func request(t testing.TB, p *schema.Profile, v schema.Values, peer string) *http.Request {
	t.Helper()
	push := compose(t, p, v)
	r := httptest.NewRequest(push.Method, "/restart", bytes.NewReader(push.Body))
	for name, values := range push.Header {
		r.Header[name] = values
	}
	r.RemoteAddr = peer
	return r
}

func serve(h http.Handler, r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// newest returns the last entry of r's journal.
func newest(t testing.TB, r *receiver.Receiver) receiver.Entry {
	t.Helper()
	entries := r.Journal().Entries()
	if len(entries) == 0 {
		t.Fatal("the journal is empty")
	}
	return entries[len(entries)-1]
}

func completed(e receiver.Entry) bool { return !e.Completed.IsZero() }

// dial connects to the server's port.
func dial(t testing.TB, s *receiver.Server) net.Conn {
	t.Helper()
	conn, err := net.DialTimeout("tcp", s.Addr().String(), 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// speak sends raw bytes and returns all that comes until the server ends the
// connection. A reset counts as an end.
func speak(t testing.TB, s *receiver.Server, raw string) string {
	t.Helper()
	conn := dial(t, s)
	go io.Copy(conn, strings.NewReader(raw)) // the server may stop reading at any byte
	answer, err := io.ReadAll(conn)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		t.Fatalf("the connection was not ended in time; so far: %q", answer)
	}
	return string(answer)
}

// codes returns the statuses of the answers in a raw byte stream.
func codes(answer string) (out []string) {
	for _, line := range strings.Split(answer, "\r\n") {
		if at := strings.Index(line, "HTTP/1."); at >= 0 && len(line) >= at+12 { // an answer may follow a body without a line end
			out = append(out, line[at+9:at+12])
		}
	}
	return out
}
