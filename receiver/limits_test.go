package receiver_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

// plain is an endpoint that no platform pushes to: it checks nothing.
func plain(opts ...receiver.Option) *receiver.Receiver { return receiver.New(nil, opts...) }

const brief = 300 * time.Millisecond // in place of the seconds of the defaults

func TestWhatIsNoRequestIsEndedInTime(t *testing.T) {
	big := strings.Repeat("x", 64<<10)
	tests := map[string]struct {
		raw   string
		want  []string // one of these is the first status; "" is no answer at all
		after string   // text that must not come: a second answer
	}{
		"garbage":                                   {"\x00\x01\x02garbage\r\n\r\n", []string{"400"}, ""},
		"half a request, then silence":              {"POST / HTTP/1.1\r\nHost: x\r\nContent-", []string{"", "408", "400"}, ""},
		"nothing at all":                            {"", []string{"", "408"}, ""},
		"a TLS hello on the plain port":             {"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", []string{"", "400"}, ""},
		"the HTTP/2 preface":                        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00", []string{"505", "400"}, ""},
		"HTTP/0.9":                                  {"GET /\r\n\r\n", []string{"400"}, ""},
		"HTTP/2.0 in text":                          {"POST / HTTP/2.0\r\nHost: x\r\n\r\n", []string{"505"}, ""},
		"no Host":                                   {"POST / HTTP/1.1\r\n\r\n", []string{"400"}, ""},
		"two Hosts":                                 {"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", []string{"400"}, ""},
		"an odd Host":                               {"POST / HTTP/1.1\r\nHost: a b\r\n\r\n", []string{"400"}, ""},
		"a bare CR in a header":                     {"POST / HTTP/1.1\r\nHost: x\r\nA: b\rc\r\n\r\n", []string{"400"}, ""},
		"NUL in a header":                           {"POST / HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n", []string{"400"}, ""},
		"a fold after the request line":             {"POST / HTTP/1.1\r\n Host: x\r\n\r\n", []string{"400"}, ""},
		"a space before the colon":                  {"POST / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n", []string{"400"}, ""},
		"a target of 64 KiB":                        {"POST /" + big + " HTTP/1.1\r\nHost: x\r\n\r\n", []string{"414", "431"}, ""},
		"a target of 9 KiB":                         {"POST /" + big[:9<<10] + " HTTP/1.1\r\nHost: x\r\n\r\n", []string{"414"}, ""},
		"a header of 33 KiB":                        {"POST / HTTP/1.1\r\nHost: x\r\nA: " + big[:33<<10] + "\r\n\r\n", []string{"431"}, ""},
		"20,000 header lines":                       {"POST / HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: b\r\n", 20_000) + "\r\n", []string{"431"}, ""},
		"a line of 2 MiB":                           {"POST / HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat(big, 32) + "\r\n\r\n", []string{"431"}, ""},
		"two different lengths":                     {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nabPOST /behind HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, "200"},
		"a negative length":                         {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\nPOST /behind HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, "200"},
		"a length with a sign":                      {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcdePOST /behind HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, "200"},
		"a list of lengths":                         {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\naPOST /behind HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, "200"},
		"a length in hex":                           {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x1\r\n\r\naPOST /behind HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, "200"},
		"a length beyond 64 bits":                   {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\na", []string{"400"}, "200"},
		"a transfer coding that is not chunked":     {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nPOST /behind HTTP/1.1\r\nHost: x\r\n\r\n", []string{"501", "400"}, "200"},
		"chunked and one more coding":               {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", []string{"501", "400"}, "200"},
		"two transfer codings":                      {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", []string{"501", "400"}, "200"},
		"a chunk size that is no number":            {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\nPOST /behind HTTP/1.1\r\nHost: x\r\n\r\n", []string{"400"}, "200"},
		"a chunk size beyond 64 bits":               {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\nabc", []string{"400"}, "200"},
		"CONNECT never tunnels":                     {"CONNECT 127.0.0.1:22 HTTP/1.1\r\nHost: 127.0.0.1:22\r\nConnection: close\r\n\r\n", []string{"405"}, "200"},
		"HTTP/1.0 is served and closed":             {"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nok", []string{"200"}, ""},
		"a body that stays away":                    {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nab", []string{"408"}, "200"},
		"a chunked body that stays away":            {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", []string{"408"}, "200"},
		"an encoded body":                           {"POST / HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nabcd", []string{"415"}, "200"},
		"a body over the limit, declared":           {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1073741824\r\n\r\n", []string{"413"}, "200"},
		"a declared limit breaker that would wait":  {"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 1073741824\r\n\r\n", []string{"413"}, "100"},
		"a body over the limit, in chunks":          {"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + strings.Repeat("10000\r\n"+big+"\r\n", 17), []string{"413"}, "200"},
		"a request for more protocol than there is": {"POST / HTTP/3.0\r\nHost: x\r\n\r\n", []string{"505"}, ""},
	}
	r := plain()
	s := start(t, r, receiver.WithHeaderTimeout(brief), receiver.WithReadTimeout(2*brief))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			answer := speak(t, s, test.raw)
			got := codes(answer)
			first := append(got, "")[0]
			ok := false
			for _, want := range test.want {
				ok = ok || first == want
			}
			if !ok {
				t.Errorf("answered %q, want one of %q:\n%.300s", got, test.want, answer)
			}
			if test.after != "" {
				for _, code := range got {
					if code == test.after {
						t.Errorf("answered %q, and %s must not come", got, test.after)
					}
				}
			}
		})
	}
}

func TestTraceEchoesNothing(t *testing.T) {
	s := start(t, plain())
	answer := speak(t, s, "TRACE / HTTP/1.1\r\nHost: x\r\nX-Secret: squeamish\r\nConnection: close\r\n\r\n")
	if got := codes(answer); len(got) != 1 || got[0] != "405" || strings.Contains(answer, "squeamish") {
		t.Errorf("TRACE was answered:\n%s", answer)
	}
}

func TestPipelinedRequestsAreAnsweredInOrder(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "first 1 status 201 then first 1 status 202 then status 203")))
	s := start(t, r)
	one := "POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nok"
	answer := speak(t, s, one+one+strings.Replace(one, "Host: x", "Host: x\r\nConnection: close", 1))
	if got := strings.Join(codes(answer), " "); got != "201 202 203" {
		t.Errorf("answered %s, want 201 202 203:\n%s", got, answer)
	}
	for i, e := range r.Journal().Entries() {
		if e.Request.Connection != 1 || e.Request.Place != i+1 {
			t.Errorf("entry %d: connection %d, place %d; want 1, %d", e.Seq, e.Request.Connection, e.Request.Place, i+1)
		}
	}
}

func TestSlowlorisDoesNotKeepOthersOut(t *testing.T) {
	r := plain()
	s := start(t, r, receiver.WithHeaderTimeout(3*time.Second), receiver.WithReadTimeout(5*time.Second))
	for range 200 {
		if _, err := io.WriteString(dial(t, s), "POST / HTTP/1.1\r\nHost: x\r\nA: "); err != nil {
			t.Fatal(err)
		}
	}
	client := http.Client{Timeout: 2 * time.Second}
	resp, err := client.Post(s.URL(), "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatalf("a good request beside 200 half-open ones: %v", err)
	}
	resp.Body.Close()
	if resp.StatusCode != 200 {
		t.Errorf("answered %d, want 200", resp.StatusCode)
	}
}

// drip sends text one byte at a time until the server ends the connection, and
// returns how long that took.
func drip(conn net.Conn, text string, every time.Duration) time.Duration {
	begun := time.Now()
	over := make(chan struct{})
	go func() {
		defer close(over)
		_, _ = io.Copy(io.Discard, conn)
	}()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for i := 0; ; i++ {
		select {
		case <-over:
			return time.Since(begun)
		case <-tick.C:
			_, _ = conn.Write([]byte{text[i%len(text)]})
		}
	}
}

func TestDrippedBytesDoNotBuyTime(t *testing.T) {
	tests := map[string]struct{ before, text string }{
		"of a header": {"POST / HTTP/1.1\r\nHost: x\r\nA: ", "x"},
		"of a body":   {"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n", "x"},
	}
	s := start(t, plain(), receiver.WithHeaderTimeout(brief), receiver.WithReadTimeout(2*brief))
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, s)
			if _, err := io.WriteString(conn, test.before); err != nil {
				t.Fatal(err)
			}
			if took := drip(conn, test.text, brief/10); took > 10*time.Second {
				t.Errorf("the connection lived %s", took)
			}
		})
	}
}

func TestBodyBrokenOffIsTruncatedAndLeavesNothing(t *testing.T) {
	r := plain()
	s := start(t, r)
	count := func() int { return runtime.NumGoroutine() }
	before := count()
	for i := range 50 {
		conn := dial(t, s)
		fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n%0100d", i)
		if i%2 == 0 {
			_ = conn.(*net.TCPConn).SetLinger(0) // RST; the others FIN
		}
		conn.Close()
	}
	if _, err := r.Journal().Wait(soon(t), receiver.Match{Func: completed}, 1); err != nil {
		t.Fatal(err)
	}
	if err := r.Journal().Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	for _, e := range r.Journal().Entries() {
		if !e.Request.Truncated || len(e.Findings) != 1 || e.Findings[0].Check != "body" {
			t.Fatalf("entry %d: truncated %v, findings %v; want a truncated body", e.Seq, e.Request.Truncated, e.Findings)
		}
	}
	eventually(t, "goroutines back to where they were", func() bool { return count() <= before+2 })
}

// eventually polls what has no event to wait for.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx := soon(t)
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}

func TestChunkedBodyOverTheLimitCostsLittleMemory(t *testing.T) {
	const limit = 4 << 20
	r := plain(receiver.WithMaxBody(limit))
	s := start(t, r)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	conn := dial(t, s)
	fmt.Fprint(conn, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
	go func() {
		chunk := []byte("10000\r\n" + strings.Repeat("x", 64<<10) + "\r\n")
		for {
			if _, err := conn.Write(chunk); err != nil {
				return
			}
		}
	}()
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if resp.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("answered %s, want 413", resp.Status)
	}
	if grown := int64(after.HeapSys) - int64(before.HeapSys); grown > 4*limit {
		t.Errorf("the heap grew by %d bytes for a limit of %d", grown, limit)
	}
	if err := r.Journal().Idle(soon(t)); err != nil {
		t.Fatal(err)
	}
	if e := newest(t, r); !e.Request.Truncated || int64(len(e.Request.Body)) != limit {
		t.Errorf("kept %d bytes, truncated %v; want %d, true", len(e.Request.Body), e.Request.Truncated, limit)
	}
}

func TestConnectionsOverTheBoundWaitForAPlace(t *testing.T) {
	r := plain()
	s := start(t, r, receiver.WithMaxConnections(1), receiver.WithHeaderTimeout(brief))
	dial(t, s) // holds the only place until its header is overdue
	resp, err := http.Post(s.URL(), "text/plain", strings.NewReader("x"))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
}

func TestPlainHTTPOnTheTLSPortIsEnded(t *testing.T) {
	s := start(t, plain(), receiver.WithMadeTLS())
	answer := speak(t, s, "POST / HTTP/1.1\r\nHost: x\r\n\r\n")
	if got := codes(answer); len(got) != 1 || got[0] != "400" {
		t.Errorf("answered %q, want 400", answer)
	}
}

func TestTLSStallIsEndedInTime(t *testing.T) {
	s := start(t, plain(), receiver.WithMadeTLS(), receiver.WithHeaderTimeout(brief))
	speak(t, s, "\x16\x03\x01")
}

func TestNothingButTheEndpointIsServed(t *testing.T) {
	for _, path := range []string{"/debug/pprof/", "/debug/vars"} { // net/http/pprof and expvar register there once they are linked
		if _, pattern := http.DefaultServeMux.Handler(httptest.NewRequest("GET", path, nil)); pattern != "" {
			t.Errorf("%s is linked: %s", path, pattern)
		}
	}
	r := plain(receiver.WithBehavior(behave(t, "status 299")))
	s := start(t, r)
	for _, path := range []string{"/debug/pprof/", "/debug/vars", "/", "//x", "/a/../b", "/%2e%2e/x"} {
		resp, err := http.Get(s.URL() + path)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 299 {
			t.Errorf("GET %s was answered %d by something else", path, resp.StatusCode)
		}
	}
	if resp := speak(t, s, "OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); !strings.Contains(resp, " 299 ") {
		t.Errorf("OPTIONS * was answered by something else: %q", resp)
	}
	if got := newest(t, r).Request.Target; got != "*" {
		t.Errorf("the journal has target %q, want *", got)
	}
}

func TestTLSSpeaksOneProtocol(t *testing.T) {
	s := start(t, plain(), receiver.WithMadeTLS())
	conn, err := tls.Dial("tcp", s.Addr().String(), &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("negotiated %q, want http/1.1", got)
	}
}

func TestAddressInUseIsNamed(t *testing.T) {
	s := start(t, plain())
	again := receiver.NewServer(plain(), receiver.WithListen(s.Addr().String()))
	err := again.Start()
	if err == nil || !strings.Contains(err.Error(), s.Addr().String()) || !strings.Contains(err.Error(), "in use") {
		t.Errorf("Start() on a port in use = %v; want an error that names it", err)
	}
	for _, addr := range []string{"nowhere", "127.0.0.1:99999", "192.0.2.1:0", "unix:/nowhere/at/all"} {
		if err := receiver.NewServer(plain(), receiver.WithListen(addr)).Start(); err == nil || !strings.Contains(err.Error(), addr) {
			t.Errorf("Start() on %s = %v; want an error that names it", addr, err)
		}
	}
}

func TestCloseIsPromptWhateverWaits(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "first 1 hang then first 1 delay 1h + status 200 then status 200 + delay 1h + body late")))
	s := receiver.NewServer(r, receiver.WithHeaderTimeout(time.Hour), receiver.WithReadTimeout(time.Hour))
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	half := dial(t, s)
	fmt.Fprint(half, "POST / HTTP/1.1\r\n")
	dial(t, s) // never says a word
	for n := 1; n <= 3; n++ {
		fmt.Fprint(dial(t, s), "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n")
		if _, err := r.Journal().Wait(soon(t), receiver.Match{}, n); err != nil {
			t.Fatal(err)
		}
	}
	waiting, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		_, err := r.Journal().Wait(waiting, receiver.Match{}, 99)
		ended <- err
	}()
	begun := time.Now()
	if err := s.Close(); err != nil {
		t.Errorf("Close() = %v", err)
	}
	if took := time.Since(begun); took > 8*time.Second {
		t.Errorf("Close() took %s", took)
	}
	if err := <-ended; err != receiver.ErrJournalClosed {
		t.Errorf("the waiting Wait() = %v, want ErrJournalClosed", err)
	}
	for _, e := range r.Journal().Entries() {
		if e.Done.Ended != receiver.EndedStopped || e.Completed.IsZero() {
			t.Errorf("entry %d: %+v; want it stopped", e.Seq, e.Done)
		}
	}
}

func TestUnixSocketIsServed(t *testing.T) {
	dir, err := os.MkdirTemp("", "hd") // short: a socket's path has a small bound
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	path := dir + "/s"
	listed, err := receiver.ParsePrefixes([]string{"127.0.0.1"})
	if err != nil {
		t.Fatal(err)
	}
	withUnix, err := receiver.ParsePrefixes([]string{"unix"})
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		opts []receiver.Option
		want int
	}{
		"denied by a list of addresses":         {[]receiver.Option{receiver.WithChecks(receiver.CheckSource(listed, 403))}, 403},
		"let through where unix is listed":      {[]receiver.Option{receiver.WithChecks(receiver.CheckSource(withUnix, 403))}, 200},
		"believed where unix is a trusted peer": {[]receiver.Option{receiver.WithChecks(receiver.CheckSource(listed, 403)), receiver.WithTrustedProxies(withUnix, "")}, 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			s := start(t, plain(test.opts...), receiver.WithListen("unix:"+path))
			if s.URL() != "unix:"+path {
				t.Errorf("URL() = %q", s.URL())
			}
			client := http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				return new(net.Dialer).DialContext(ctx, "unix", path)
			}}}
			req, _ := http.NewRequest("POST", "http://unix/", strings.NewReader("x"))
			req.Header.Set("X-Forwarded-For", "127.0.0.1")
			resp, err := client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode != test.want {
				t.Errorf("answered %d, want %d", resp.StatusCode, test.want)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
}
