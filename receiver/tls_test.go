package receiver_test

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// what a client that trusts the made authority, if there is one, finds wrong
func refusal(t *testing.T, s *receiver.Server) error {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(s.CAPEM())
	conn := tls.Client(dial(t, s), &tls.Config{RootCAs: pool, ServerName: "127.0.0.1"})
	return conn.Handshake()
}

func TestMadeCertificateHasTheOneFaultOfItsKind(t *testing.T) {
	expired := func(err error, now time.Time) bool {
		var invalid x509.CertificateInvalidError
		return errors.As(err, &invalid) && invalid.Reason == x509.Expired && now.After(invalid.Cert.NotAfter)
	}
	unknown := func(err error) bool { var e x509.UnknownAuthorityError; return errors.As(err, &e) }
	tests := map[receiver.TLSKind]func(error) bool{
		receiver.TLSValid:   func(err error) bool { return err == nil },
		receiver.TLSExpired: func(err error) bool { return expired(err, time.Now()) },
		receiver.TLSNotYetValid: func(err error) bool {
			var invalid x509.CertificateInvalidError
			return errors.As(err, &invalid) && invalid.Reason == x509.Expired && time.Now().Before(invalid.Cert.NotBefore)
		},
		receiver.TLSWrongHost:        func(err error) bool { var e x509.HostnameError; return errors.As(err, &e) },
		receiver.TLSSelfSigned:       unknown,
		receiver.TLSUnknownAuthority: unknown,

		receiver.TLSMissingIntermediate: unknown,
		receiver.TLSChainOutOfOrder:     func(err error) bool { return err == nil }, // Go puts it in order
	}
	for kind, refuses := range tests {
		t.Run(string(kind), func(t *testing.T) {
			s := start(t, plain(), receiver.WithMadeTLSKind(kind, "127.0.0.1"))
			if err := refusal(t, s); !refuses(err) {
				t.Errorf("the handshake ends with %v", err)
			}
			if vouched := s.CA() != nil; vouched == (kind == receiver.TLSSelfSigned || kind == receiver.TLSUnknownAuthority) || vouched != (s.CAPEM() != nil) {
				t.Errorf("CA() = %v", s.CA())
			}
			// apart from that fault, all is well
			conn := tls.Client(dial(t, s), &tls.Config{InsecureSkipVerify: true})
			if err := conn.Handshake(); err != nil {
				t.Error(err)
			}
			chain := conn.ConnectionState().PeerCertificates
			if self := chain[0].Issuer.String() == chain[0].Subject.String(); self != (kind == receiver.TLSSelfSigned) {
				t.Errorf("issued by %s for %s", chain[0].Issuer, chain[0].Subject)
			}
		})
	}
}

func TestHandshakesAreOfTheirKind(t *testing.T) {
	tests := map[receiver.TLSKind]struct {
		oldest, newest uint16 // that it speaks
		refused        bool   // without a client certificate
	}{
		receiver.TLSValid:           {tls.VersionTLS12, tls.VersionTLS13, false},
		receiver.TLSOldOnly:         {tls.VersionTLS10, tls.VersionTLS11, false},
		receiver.TLSNewOnly:         {tls.VersionTLS13, tls.VersionTLS13, false},
		receiver.TLSClientAsked:     {tls.VersionTLS12, tls.VersionTLS13, false},
		receiver.TLSClientRequired:  {tls.VersionTLS12, tls.VersionTLS13, true},
		receiver.TLSClientWrongName: {tls.VersionTLS12, tls.VersionTLS13, true},
	}
	for kind, test := range tests {
		t.Run(string(kind), func(t *testing.T) {
			s := start(t, plain(), receiver.WithMadeTLSKind(kind, "127.0.0.1"))
			for version := uint16(tls.VersionTLS10); version <= tls.VersionTLS13; version++ {
				asked := false
				conn := tls.Client(dial(t, s), &tls.Config{
					InsecureSkipVerify: true, MinVersion: version, MaxVersion: version,
					GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
						asked = true
						return &tls.Certificate{}, nil
					},
				})
				_, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
				if err == nil {
					_, err = io.ReadAll(conn) // TLS 1.3 refuses after the handshake
				}
				spoken := test.oldest <= version && version <= test.newest
				if (err == nil) != (spoken && !test.refused) {
					t.Errorf("%s: %v", tls.VersionName(version), err)
				}
				if spoken && asked != (kind == receiver.TLSClientAsked || test.refused) {
					t.Errorf("%s: a client certificate was asked for: %t", tls.VersionName(version), asked)
				}
			}
		})
	}
}

func TestTheChainIsOutOfOrder(t *testing.T) {
	s := start(t, plain(), receiver.WithMadeTLSKind(receiver.TLSChainOutOfOrder, "127.0.0.1"))
	conn := tls.Client(dial(t, s), &tls.Config{InsecureSkipVerify: true})
	if err := conn.Handshake(); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, one := range conn.ConnectionState().PeerCertificates {
		names = append(names, one.Subject.CommonName)
	}
	if got, want := strings.Join(names, ", "), "127.0.0.1, hookdrill test authority, hookdrill test intermediate"; got != want {
		t.Errorf("the chain is %s, want %s", got, want)
	}
}

func TestKindThatIsNoneIsAnErrorAtStart(t *testing.T) {
	err := receiver.NewServer(plain(), receiver.WithMadeTLSKind("expried")).Start()
	if err == nil || !strings.Contains(err.Error(), `"expried"`) || !strings.Contains(err.Error(), "not_yet_valid") {
		t.Errorf("Start() = %v", err)
	}
}

// presenting is a client that trusts s and shows a certificate with that common
// name, signed by issuer's made authority; "" is none.
func presenting(t *testing.T, s, issuer *receiver.Server, cn string) *http.Client {
	t.Helper()
	client := trusting(t, s)
	if cn == "" {
		return client
	}
	cert, key, err := issuer.ClientCertificate(cn)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	// whatever the server asks for: Go's client would keep back what it did not ask for
	client.Transport.(*http.Transport).TLSClientConfig.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &pair, nil
	}
	return client
}

func TestClientCertificateIsRequiredAndItsNameChecked(t *testing.T) {
	p := open(t, "pagerduty@2026-08-19")
	f, ok := p.Fact("client_certificate")
	if !ok {
		t.Fatal("the profile has no fact client_certificate")
	}
	const eu, us = "webhooks.eu.pagerduty.com", "webhooks.pagerduty.com"
	if !strings.Contains(f.Text(), eu) {
		t.Fatalf("the fact is %s", f.Text())
	}
	stranger := start(t, plain(), receiver.WithMadeTLS())
	tests := map[string]struct {
		cn, want string // shown, and asked for by the check
		by       *receiver.Server
		status   int // 0: TLS refuses
		found    string
	}{
		"the documented name":                        {cn: us, status: 200},
		"the documented name of another region":      {cn: eu, status: 200},
		"one name alone refuses the other region":    {cn: eu, want: us, status: 403, found: "CN=" + eu},
		"another name":                               {cn: "somebody.example", status: 403, found: "CN=somebody.example"},
		"none":                                       {status: 0},
		"the documented name, signed by a stranger":  {cn: us, by: stranger, status: 0},
		"a name that merely begins as it should":     {cn: us + ".example", status: 403, found: "CN=" + us + ".example"},
		"a name of our own choice, which is checked": {cn: "ours", want: "ours", status: 200},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := receiver.New(p, receiver.WithChecks(receiver.CheckClientCertificate(test.want, receiver.DefaultClientCertStatus)))
			s := start(t, r, receiver.WithMadeTLS(), receiver.WithClientCertificate(nil))
			if test.by == nil {
				test.by = s
			}
			resp, err := presenting(t, s, test.by, test.cn).Post(s.URL(), "application/json", strings.NewReader("{}"))
			if test.status == 0 {
				if err == nil || r.Journal().Total() != 0 {
					t.Fatalf("let in: %v", resp)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			e := newest(t, r)
			if resp.StatusCode != test.status || e.Request.ClientCN != test.cn {
				t.Errorf("answered %d, ClientCN = %q", resp.StatusCode, e.Request.ClientCN)
			}
			found := ""
			if len(e.Findings) > 0 {
				found = e.Findings[0].Violations[0].Found
			}
			if found != test.found {
				t.Errorf("found %q, want %q", found, test.found)
			}
		})
	}
}

func TestCheckOfAClientCertificateWithoutTLSFindsNone(t *testing.T) {
	for name, test := range map[string]struct {
		p    *schema.Profile
		want string
	}{
		"documented":     {open(t, "pagerduty@2026-08-19"), "CN=webhooks.eu.pagerduty.com or CN=webhooks.pagerduty.com"},
		"not documented": {open(t, "flashduty@2026-05-27"), "a client certificate, whose name is not documented"},
		"no platform":    {nil, "a client certificate, whose name is not documented"},
	} {
		t.Run(name, func(t *testing.T) {
			r := receiver.New(test.p, receiver.WithChecks(receiver.CheckClientCertificate("", 403)))
			s := start(t, r)
			resp, err := http.Post(s.URL(), "application/json", strings.NewReader("{}"))
			if err != nil {
				t.Fatal(err)
			}
			resp.Body.Close()
			if v := newest(t, r).Findings[0].Violations[0]; resp.StatusCode != 403 || v.Found != "no client certificate" || v.Documented != test.want {
				t.Errorf("answered %d: %+v", resp.StatusCode, v)
			}
		})
	}
}

func TestClientCertificateThatCannotBeAskedForIsAnErrorAtStart(t *testing.T) {
	tests := map[string]struct {
		options []receiver.ServerOption
		says    string
	}{
		"without TLS":                 {[]receiver.ServerOption{receiver.WithClientCertificate(nil)}, "does not speak TLS"},
		"authorities that are none":   {[]receiver.ServerOption{receiver.WithMadeTLS(), receiver.WithClientCertificate([]byte("x"))}, "no PEM certificate"},
		"no authority to be taken as": {[]receiver.ServerOption{receiver.WithTLS(pair(t)), receiver.WithClientCertificate(nil)}, "name the authorities"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if err := receiver.NewServer(plain(), test.options...).Start(); err == nil || !strings.Contains(err.Error(), test.says) {
				t.Errorf("Start() = %v, want %q", err, test.says)
			}
		})
	}
	if _, _, err := start(t, plain()).ClientCertificate("x"); err == nil {
		t.Error("a client certificate without an authority")
	}
}

// pair is any certificate with its key.
func pair(t *testing.T) (cert, key []byte) {
	t.Helper()
	cert, key, err := start(t, plain(), receiver.WithMadeTLS()).ClientCertificate("x")
	if err != nil {
		t.Fatal(err)
	}
	return cert, key
}

// inTheClear is a client's connection that says what OpenSSL would in place of an
// alert of TLS 1.3: "unknown CA", and not encrypted.
type inTheClear struct{ net.Conn }

func (c inTheClear) Write(p []byte) (int, error) {
	const alert, handshake = 0x15, 0x16
	if p[0] == handshake { // its hello
		return c.Conn.Write(p)
	}
	_, err := c.Conn.Write([]byte{alert, 3, 3, 0, 2, 2, 48})
	return len(p), err
}

// TestAHandshakeThatIsBrokenOffIsAConnection asks for a line in the journal where
// no request came because of TLS, and none for one that went well.
func TestAHandshakeThatIsBrokenOffIsAConnection(t *testing.T) {
	tests := map[string]struct {
		options []receiver.ServerOption
		act     func(t *testing.T, s *receiver.Server)
		ended   string
		says    string
	}{
		"the client does not trust the certificate": {
			act: func(t *testing.T, s *receiver.Server) {
				if err := tls.Client(dial(t, s), &tls.Config{ServerName: "127.0.0.1"}).Handshake(); err == nil {
					t.Error("the certificate was trusted")
				}
			}, ended: receiver.EndedClientGone, says: "bad certificate",
		},
		"the client does not trust the certificate, and says so in the clear": {
			act: func(t *testing.T, s *receiver.Server) {
				if err := tls.Client(inTheClear{dial(t, s)}, &tls.Config{ServerName: "127.0.0.1"}).Handshake(); err == nil {
					t.Error("the certificate was trusted")
				}
			}, ended: receiver.EndedClientGone, says: "remote error: tls: unknown certificate authority",
		},
		"the client goes away": {
			act:   func(t *testing.T, s *receiver.Server) { dial(t, s).Close() },
			ended: receiver.EndedClientGone, says: "EOF",
		},
		"the client speaks HTTP": {
			act:   func(t *testing.T, s *receiver.Server) { speak(t, s, "GET / HTTP/1.1\r\nHost: a\r\n\r\n") },
			ended: receiver.EndedClosed, says: "does not look like a TLS handshake",
		},
		"the client has no certificate": {
			options: []receiver.ServerOption{receiver.WithClientCertificate(nil)},
			act: func(t *testing.T, s *receiver.Server) {
				tls.Client(dial(t, s), &tls.Config{InsecureSkipVerify: true, MaxVersion: tls.VersionTLS12}).Handshake()
			}, ended: receiver.EndedClosed, says: "client didn't provide a certificate",
		},
		"the client says nothing": {
			options: []receiver.ServerOption{receiver.WithHeaderTimeout(50 * time.Millisecond)},
			act: func(t *testing.T, s *receiver.Server) {
				io.Copy(io.Discard, dial(t, s))
			}, ended: receiver.EndedClosed, says: "timeout",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := plain()
			s := start(t, r, append(tt.options, receiver.WithMadeTLS())...)
			tt.act(t, s)
			eventually(t, "the connection", func() bool {
				list := r.Journal().Connections()
				return len(list) == 1 && !list[0].Completed.IsZero()
			})
			e := r.Journal().Connections()[0]
			if !e.NoRequest || e.Done.Ended != tt.ended || !strings.Contains(e.Done.Error, "TLS handshake: ") || !strings.Contains(e.Done.Error, tt.says) ||
				e.Request.Connection != 1 || !e.Request.Peer.IsValid() || e.Arrived.IsZero() {
				t.Errorf("entry %+v, want it to end %s and say %q", e, tt.ended, tt.says)
			}
			if n := r.Journal().Total(); n != 0 {
				t.Errorf("%d requests", n)
			}
		})
	}
	t.Run("all went well", func(t *testing.T) {
		r := plain()
		s := start(t, r, receiver.WithMadeTLS())
		conn := tls.Client(dial(t, s), &tls.Config{InsecureSkipVerify: true})
		io.WriteString(conn, "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
		io.Copy(io.Discard, conn)
		s.Close()
		if list := r.Journal().Connections(); len(list) != 0 {
			t.Errorf("connections without a request: %+v", list)
		}
	})
}
