package receiver_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/hookdrill/hookdrill/receiver"
)

// trusting is a client that trusts s's made authority and nobody else.
func trusting(t *testing.T, s *receiver.Server) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(s.CAPEM()) {
		t.Fatal("CAPEM() holds no certificate")
	}
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: pool}}}
}

func TestMadeCertificateIsTrustedThroughItsAuthority(t *testing.T) {
	s := start(t, plain(), receiver.WithMadeTLS("127.0.0.1", "hooks.example.com"))
	if !strings.HasPrefix(s.URL(), "https://127.0.0.1:") {
		t.Errorf("URL() = %q", s.URL())
	}
	resp, err := trusting(t, s).Post(s.URL(), "text/plain", nil)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if err := resp.TLS.PeerCertificates[0].VerifyHostname("hooks.example.com"); err != nil {
		t.Error(err)
	}
	if s.CA() == nil || !s.CA().IsCA {
		t.Errorf("CA() = %v", s.CA())
	}
}

func TestServerWithoutTLSHasNoAuthority(t *testing.T) {
	s := start(t, plain())
	if s.CA() != nil || s.CAPEM() != nil {
		t.Error("an authority without TLS")
	}
}

func TestCertificateThatIsNoneIsAnErrorAtStart(t *testing.T) {
	err := receiver.NewServer(plain(), receiver.WithTLS([]byte("x"), []byte("y"))).Start()
	if err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("Start() = %v", err)
	}
}

func TestErrorLogIsOneCleanLineEach(t *testing.T) {
	var log lines
	s := start(t, plain(), receiver.WithMadeTLS(), receiver.WithServerErrorLog(&log))
	speak(t, s, "\x16\x03\x01\x00\x05hello world, this is no TLS at all \x1b[31m")
	eventually(t, "a line about the handshake", func() bool { return strings.Contains(log.String(), "TLS handshake error") })
	if text := log.String(); strings.Count(text, "\n") != 1 || strings.ContainsAny(text, "\x1b\x00") {
		t.Errorf("logged %q", text)
	}
}

func TestWrapStandsInFront(t *testing.T) {
	s := start(t, plain(), receiver.WithWrap(func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path != "/restart" {
				http.NotFound(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}))
	for path, want := range map[string]int{"/restart": 200, "/": 404} {
		resp, err := http.Post(s.URL()+path, "text/plain", nil)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != want {
			t.Errorf("%s was answered %d, want %d", path, resp.StatusCode, want)
		}
	}
}

// lines is a buffer that may be read while it is written.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// Whoever wonders why no request came finds what did come.
func TestWhatIsNoRequestIsAConnection(t *testing.T) {
	tests := map[string]struct {
		act   func(t *testing.T, s *receiver.Server)
		ended string
	}{
		"no HTTP": {
			act:   func(t *testing.T, s *receiver.Server) { speak(t, s, "hello\r\n\r\n") },
			ended: receiver.EndedClosed,
		},
		"no Host": {
			act:   func(t *testing.T, s *receiver.Server) { speak(t, s, "POST / HTTP/1.1\r\n\r\n") },
			ended: receiver.EndedClosed,
		},
		"an expectation that nobody knows": {
			act: func(t *testing.T, s *receiver.Server) {
				speak(t, s, "POST / HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 2\r\n\r\n{}")
			}, ended: receiver.EndedClosed,
		},
		"the client goes away in mid header": {
			act: func(t *testing.T, s *receiver.Server) {
				conn := dial(t, s)
				io.WriteString(conn, "POST / HTTP/1.1\r\nHo")
				conn.Close()
			}, ended: receiver.EndedClientGone,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := plain()
			tt.act(t, start(t, r))
			eventually(t, "the connection", func() bool { return len(r.Journal().Connections()) == 1 })
			e := r.Journal().Connections()[0]
			if !e.NoRequest || e.Done.Ended != tt.ended || !strings.HasPrefix(e.Done.Error, "no request: ") || e.Request.Connection != 1 {
				t.Errorf("entry %+v, want it to end %s", e, tt.ended)
			}
			if n := r.Journal().Total(); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
	t.Run("requests, and a client that says nothing more", func(t *testing.T) {
		r := plain()
		s := start(t, r)
		speak(t, s, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\nPOST / HTTP/1.0\r\n\r\n")
		dial(t, s).Close()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if list := r.Journal().Connections(); len(list) != 0 {
			t.Errorf("connections without a request: %+v", list)
		}
	})
}
