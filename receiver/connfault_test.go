package receiver_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

const push = "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"

// unheard waits for n finished connections without a request.
func unheard(t *testing.T, r *receiver.Receiver, n int) []receiver.Entry {
	t.Helper()
	entries, err := r.Journal().Wait(soon(t), receiver.Match{NoRequest: true, Func: completed}, n)
	if err != nil {
		t.Fatalf("%d connections without a request, want %d: %v", len(entries), n, err)
	}
	return entries
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

func isEOF(err error) bool { return err == nil }

func TestFaultsBelowHTTPAreWhatTheySay(t *testing.T) {
	tests := map[string]struct {
		behavior, sent string
		end            func(error) bool // of reading all that comes
		ended          string
	}{
		"close before reading is a FIN":                     {"accept + close", "", isEOF, receiver.EndedClosed},
		"close before reading drains what comes":            {"accept + close", push, isEOF, receiver.EndedClosed},
		"reset before reading is an RST":                    {"accept + reset", "", isReset, receiver.EndedReset},
		"a late reset":                                      {"accept + delay 30ms + reset", push, isReset, receiver.EndedReset},
		"close with the request unread is an RST":           {"close unread", push, isReset, receiver.EndedUnread},
		"a late close with the request unread is an RST":    {"delay 30ms + close unread", push, isReset, receiver.EndedUnread},
		"close unread with a large request is an RST still": {"close unread", push + strings.Repeat("x", 8<<20), isReset, receiver.EndedUnread},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := plain(receiver.WithBehavior(behave(t, test.behavior)))
			s := start(t, r)
			begun := time.Now()
			conn, err := net.DialTimeout("tcp", s.Addr().String(), 10*time.Second)
			if err != nil {
				if test.behavior != "accept + reset" || !isReset(err) {
					t.Fatal(err)
				}
				return // the RST overtook connect()
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
				t.Fatal(err)
			}
			wrote := make(chan error, 1)
			go func() {
				_, err := io.Copy(conn, strings.NewReader(test.sent))
				wrote <- err
			}()
			answer, err := io.ReadAll(conn)
			if writing := <-wrote; err == nil && len(test.sent) > 1<<20 {
				err = writing // the RST is told once: to the reader or to the writer
			}
			if !test.end(err) || len(answer) > 0 {
				t.Errorf("got %q and then %v", answer, err)
			}
			if took := time.Since(begun); strings.Contains(test.behavior, "delay") && took < 30*time.Millisecond {
				t.Errorf("ended after %s", took)
			}
			conn.Close()
			e := unheard(t, r, 1)[0]
			if e.Done.Ended != test.ended || e.Done.Status != 0 || e.Done.Asked != test.behavior || e.Done.Error != "" || e.Done.Difference < 0 {
				t.Errorf("Done = %+v, want %s", e.Done, test.ended)
			}
			if !e.NoRequest || e.Seq != 1 || e.Request.Connection != 1 || e.Request.Peer.String() != conn.LocalAddr().String() || e.Request.Method != "" {
				t.Errorf("the entry is %+v", e)
			}
			if got := r.Journal().Total(); got != 0 {
				t.Errorf("%d requests, want none", got)
			}
		})
	}
}

// Nothing is read: the client writes until the kernel's buffers are full.
func TestAcceptAndHangReadsNothing(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "accept + hang")))
	s := start(t, r)
	conn := dial(t, s)
	if err := conn.SetWriteDeadline(time.Now().Add(500 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	n, err := io.CopyN(conn, endless{}, 256<<20)
	if !errors.Is(err, syscall.EAGAIN) && !isTimeout(err) {
		t.Errorf("wrote %d bytes, then %v; want the window to close", n, err)
	}
	if e := r.Journal().Connections(); len(e) != 1 || !e[0].Completed.IsZero() || e[0].Done.Asked != "accept + hang" {
		t.Errorf("Connections() = %+v, want one that goes on", e)
	}
	if err := conn.(*net.TCPConn).SetLinger(0); err != nil { // a FIN would wait behind what found no room
		t.Fatal(err)
	}
	conn.Close()
	if runtime.GOOS == "linux" {
		if d := unheard(t, r, 1)[0].Done; d.Ended != receiver.EndedHung {
			t.Errorf("Done = %+v", d)
		}
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func isTimeout(err error) bool {
	var ne net.Error
	return errors.As(err, &ne) && ne.Timeout()
}

// Whoever leaves without having been read is seen to leave, with bytes waiting
// or none, by FIN or by RST.
func TestAcceptAndHangEndsWithItsClient(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system does not tell that a client has left whose bytes are not read")
	}
	for _, sent := range []string{"", push} {
		for _, linger := range []int{-1, 0} {
			t.Run(fmt.Sprintf("%d bytes, linger %d", len(sent), linger), func(t *testing.T) {
				r := plain(receiver.WithBehavior(behave(t, "accept + hang")))
				s := start(t, r)
				conn := dial(t, s).(*net.TCPConn)
				if _, err := io.WriteString(conn, sent); err != nil {
					t.Fatal(err)
				}
				if _, err := r.Journal().Wait(soon(t), receiver.Match{NoRequest: true}, 1); err != nil {
					t.Fatal(err)
				}
				if err := conn.SetLinger(linger); err != nil {
					t.Fatal(err)
				}
				conn.Close()
				if d := unheard(t, r, 1)[0].Done; d.Ended != receiver.EndedHung || d.Error != "" {
					t.Errorf("Done = %+v", d)
				}
			})
		}
	}
}

func TestClientThatLeavesDuringTheDelayIsToldSo(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("this system does not tell that a client has left whose bytes are not read")
	}
	r := plain(receiver.WithBehavior(behave(t, "accept + delay 1h + reset")))
	s := start(t, r)
	dial(t, s).Close()
	if d := unheard(t, r, 1)[0].Done; d.Ended != receiver.EndedClientGone {
		t.Errorf("Done = %+v", d)
	}
}

func TestFaultsInTheTLSHandshake(t *testing.T) {
	tests := map[string]struct {
		behavior string
		end      func(error) bool // of the handshake, then of writing a request and reading the answer
		shaken   bool
		ended    string
	}{
		"a stall":                           {"stall tls", isTimeout, false, receiver.EndedHung},
		"nothing is read":                   {"accept + hang", isTimeout, false, receiver.EndedHung},
		"a FIN":                             {"accept + close", func(err error) bool { return errors.Is(err, io.EOF) }, false, receiver.EndedClosed},
		"an RST":                            {"accept + delay 20ms + reset", isReset, false, receiver.EndedReset},
		"the handshake, then a late unread": {"delay 20ms + close unread", isReset, true, receiver.EndedUnread},
		"the handshake, then an unread":     {"close unread", isReset, true, receiver.EndedUnread},
	}
	for name, test := range tests {
		for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
			t.Run(name+" "+tls.VersionName(version), func(t *testing.T) {
				r := plain(receiver.WithBehavior(behave(t, test.behavior)))
				s := start(t, r, receiver.WithMadeTLS())
				conn := dial(t, s)
				if test.ended == receiver.EndedHung {
					if err := conn.SetDeadline(time.Now().Add(300 * time.Millisecond)); err != nil {
						t.Fatal(err)
					}
				}
				pool := x509.NewCertPool()
				pool.AddCert(s.CA())
				client := tls.Client(conn, &tls.Config{RootCAs: pool, ServerName: "127.0.0.1", MinVersion: version, MaxVersion: version})
				err := client.Handshake()
				if shaken := err == nil; shaken != test.shaken {
					t.Fatalf("Handshake() = %v, want an end: %t", err, test.shaken)
				}
				if test.shaken {
					if _, err = io.WriteString(client, push); err == nil {
						_, err = client.Read(make([]byte, 1))
					}
				}
				if !test.end(err) {
					t.Errorf("the connection ended with %v", err)
				}
				conn.Close()
				if runtime.GOOS != "linux" && test.behavior == "accept + hang" {
					return
				}
				if d := unheard(t, r, 1)[0].Done; d.Ended != test.ended || d.Asked != test.behavior || d.Error != "" {
					t.Errorf("Done = %+v, want %s", d, test.ended)
				}
			})
		}
	}
}

func TestStallWithoutTLSSaysSo(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "stall tls")))
	s := start(t, r)
	conn := dial(t, s)
	io.WriteString(conn, push)
	conn.Close()
	if d := unheard(t, r, 1)[0].Done; d.Ended != receiver.EndedHung || !strings.Contains(d.Error, "does not speak TLS") {
		t.Errorf("Done = %+v", d)
	}
}

func TestTurnsBelowHTTPCountConnections(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "first 2 accept + delay 10ms + reset then first 2 status 503 then accept + close then status 200")))
	s := start(t, r)
	var got []string
	for range 7 {
		conn := dial(t, s)
		io.WriteString(conn, push) // which may be refused by now: what is read tells how the connection ended
		answer, err := http.ReadResponse(bufio.NewReader(conn), nil)
		conn.Close()
		switch {
		case err == nil:
			got = append(got, fmt.Sprint(answer.StatusCode))
		case isReset(err):
			got = append(got, "reset")
		case errors.Is(err, io.ErrUnexpectedEOF): // in place of an answer
			got = append(got, "closed")
		default:
			t.Fatal(err)
		}
	}
	if want := "reset reset 503 503 closed 200 200"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s", got, want)
	}
	if err := r.Journal().Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if n := r.Journal().Total(); n != 4 || len(r.Journal().Entries()) != 4 {
		t.Errorf("%d requests, want 4", n)
	}
	numbers := ""
	for i, e := range unheard(t, r, 3) {
		if int(e.Seq) != i+1 {
			t.Errorf("Seq = %d, want %d", e.Seq, i+1)
		}
		numbers += fmt.Sprint(e.Request.Connection, " ")
	}
	if numbers != "1 2 5 " {
		t.Errorf("the connections are %s, want 1 2 5", numbers)
	}
}

// A connection that is open already has its turn too, though it was read.
func TestRequestOnAnOpenConnectionTakesATurnBelowHTTP(t *testing.T) {
	for text, want := range map[string]string{"accept + reset": receiver.EndedReset, "close unread": receiver.EndedClosed} {
		r := plain(receiver.WithBehavior(behave(t, "status 200 then "+text)))
		s := start(t, r)
		if answer := speak(t, s, push+push); strings.Join(codes(answer), " ") != "200" && want != receiver.EndedReset {
			t.Errorf("%s: answered %q", text, answer)
		}
		if err := r.Journal().Idle(soon(t)); err != nil {
			t.Fatal(err)
		}
		if d := newest(t, r).Done; d.Ended != want || d.Asked != text || !strings.Contains(d.Error, "was read") {
			t.Errorf("%s: Done = %+v", text, d)
		}
	}
}

func TestSubscribersAreToldOfTheirKindOnly(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "accept + delay 10ms + reset then status 200")))
	var requests, connections lines
	r.Journal().Subscribe(func(e receiver.Entry) { fmt.Fprint(&requests, e.Seq, e.NoRequest, " ") })
	r.Journal().SubscribeConnections(func(e receiver.Entry) { fmt.Fprint(&connections, e.Seq, e.NoRequest, " ") })
	s := start(t, r)
	for range 2 {
		speak(t, s, strings.Replace(push, "Host", "Connection: close\r\nHost", 1))
	}
	if err := r.Journal().Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	unheard(t, r, 1)
	if got := requests.String() + "| " + connections.String(); got != "1 false 1 false | 1 true 1 true " {
		t.Errorf("told %s", got)
	}
}

func TestCloseEndsFaultsBelowHTTP(t *testing.T) {
	for _, text := range []string{"accept + hang", "accept + delay 1h + close", "close unread", "stall tls", "status 200 + cut headers + hang", "status 200 + length 9 + body x + hang"} {
		for name, options := range map[string][]receiver.ServerOption{"": nil, " over TLS": {receiver.WithMadeTLS()}} {
			t.Run(text+name, func(t *testing.T) {
				if name != "" && strings.HasPrefix(text, "status") {
					t.Skip("the request needs a handshake")
				}
				before := runtime.NumGoroutine()
				r := plain(receiver.WithBehavior(behave(t, text)))
				s := receiver.NewServer(r, options...)
				if err := s.Start(); err != nil {
					t.Fatal(err)
				}
				const clients = 20
				for range clients {
					conn := dial(t, s)
					if text != "close unread" {
						io.WriteString(conn, push)
					}
				}
				match := receiver.Match{NoRequest: !strings.HasPrefix(text, "status")}
				if _, err := r.Journal().Wait(soon(t), match, clients); err != nil {
					t.Fatal(err)
				}
				begun := time.Now()
				if err := s.Close(); err != nil {
					t.Errorf("Close() = %v", err)
				}
				if took := time.Since(begun); took > 5*time.Second {
					t.Errorf("Close took %s", took)
				}
				for _, e := range append(r.Journal().Connections(), r.Journal().Entries()...) {
					if e.Completed.IsZero() || e.Done.Ended != receiver.EndedStopped {
						t.Fatalf("entry %d: Done = %+v", e.Seq, e.Done)
					}
				}
				eventually(t, "goroutines back to where they were", func() bool { return runtime.NumGoroutine() <= before+2 })
			})
		}
	}
}

// panics is a ConnFault of somebody else.
type panics struct{ receiver.Answer }

func (panics) Serve(context.Context, net.Conn) receiver.Done { panic("at the disco") }

func TestPanicOfAConnFaultIsInTheEntry(t *testing.T) {
	r := plain(receiver.WithBehavior(panics{}))
	s := start(t, r)
	speak(t, s, "")
	if e := unheard(t, r, 1)[0]; e.Panic != "at the disco" || e.Done.Ended != receiver.EndedClosed {
		t.Errorf("the entry is %+v", e)
	}
}

func TestFaultWithoutAServerIsAnHonest500(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "accept + reset")))
	w := serve(r, httptest.NewRequest("POST", "/", nil))
	if d := newest(t, r).Done; w.Code != 500 || !strings.Contains(d.Error, "cannot be taken over") {
		t.Errorf("answered %d, Done = %+v", w.Code, d)
	}
}

func TestNamespacesLeaveConnectionsToTheirRoot(t *testing.T) {
	n := receiver.NewNamespaces(0, func(string) *receiver.Receiver { return plain() })
	n.Root().SetBehavior(behave(t, "accept + delay 10ms + reset then status 200"))
	s := start(t, n)
	speak(t, s, "")
	unheard(t, n.Root(), 1)
}

// The bytes of a head that is cut are these, and no more.
func TestCutHeadersLackTheirEmptyLine(t *testing.T) {
	s := start(t, plain(receiver.WithBehavior(behave(t, "status 429 + header Retry-After 30 + cut headers + close"))))
	answer := speak(t, s, push)
	_, rest, ok := strings.Cut(answer, "HTTP/1.1 429 Too Many Requests\r\nDate: ")
	if at := strings.Index(rest, "\r\n"); !ok || at < 0 || rest[at:] != "\r\nRetry-After: 30\r\n" {
		t.Errorf("got %q", answer)
	}
}

func TestSecretsOfABehaviorAreNotTold(t *testing.T) {
	r := plain(receiver.WithSecretHeaders("X-Ours"), receiver.WithBehavior(behave(t,
		"redirect https://user:hunter2@example.com/?token=hunter2 + header Set-Cookie sid=hunter2 + header X-Ours hunter2 + header X-Open yes")))
	serve(r, httptest.NewRequest("POST", "/", nil))
	if asked := newest(t, r).Done.Asked; strings.Contains(asked, "hunter2") || !strings.Contains(asked, "header X-Open yes") {
		t.Errorf("Asked = %q", asked)
	}
	if !strings.Contains(r.Behavior().String(), "sid=hunter2") {
		t.Error("the behavior itself has lost its header")
	}
}
