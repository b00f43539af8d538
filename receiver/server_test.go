package receiver_test

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
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
