package sender_test

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// TestClientCertificates presses endpoints that ask for a certificate.
func TestClientCertificates(t *testing.T) {
	server, client := issue(t, -time.Hour, time.Hour, "127.0.0.1"), issue(t, -time.Hour, time.Hour, "client")
	strangers := x509.NewCertPool()
	strangers.AppendCertsFromPEM(server.pem) // trusts the server's own alone, not the client's
	asking := func(how tls.ClientAuthType, versions ...uint16) *tls.Config {
		config := &tls.Config{Certificates: []tls.Certificate{server.tls}, ClientAuth: how, ClientCAs: strangers}
		if len(versions) > 0 {
			config.MaxVersion = versions[0]
		}
		return config
	}
	of := func(c certificate) []sender.Option { return []sender.Option{sender.WithClientCertificate(c.tls)} }
	tests := map[string]struct {
		ref     string
		config  *tls.Config
		options []sender.Option
		action  *tls.Certificate
		outcome string
		says    string // in overrides or notes
	}{
		"it is shown":                     {ref: "pagerduty@2026-08-19", config: asking(tls.RequireAnyClientCert), options: of(client), outcome: "answered", says: `a client certificate for "drill" in place of the platform's "webhooks.pagerduty.com" (pagerduty@2026-08-19, https://`},
		"the action's is shown":           {ref: "pagerduty@2026-08-19", config: asking(tls.RequireAndVerifyClientCert), options: of(client), action: &server.tls, outcome: "tls_other in tls", says: "refused the one that it was shown"},
		"the platform documents none":     {ref: "flashduty@2026-05-27", config: asking(tls.RequireAnyClientCert), options: of(client), outcome: "answered", says: `a client certificate for "drill", and flashduty@2026-05-27 documents none`},
		"nobody asks":                     {ref: "pagerduty@2026-08-19", config: asking(tls.NoClientCert), options: of(client), outcome: "answered"},
		"wanted and not there":            {ref: "pagerduty@2026-08-19", config: asking(tls.RequireAnyClientCert), outcome: "cert_required in tls"},
		"wanted and not there in TLS 1.2": {ref: "pagerduty@2026-08-19", config: asking(tls.RequireAnyClientCert, tls.VersionTLS12), outcome: "cert_required in tls"},
		"of a stranger":                   {ref: "pagerduty@2026-08-19", config: asking(tls.RequireAndVerifyClientCert), options: of(client), outcome: "tls_other in tls", says: "the endpoint asked for a client certificate, and refused the one that it was shown"},
		"of a stranger in TLS 1.2":        {ref: "pagerduty@2026-08-19", config: asking(tls.RequireAndVerifyClientCert, tls.VersionTLS12), options: of(client), outcome: "tls_other in tls", says: "refused the one that it was shown"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := serve(t, overTLS(tt.config, answering(ok, stall)))
			action := sender.Action{Name: "restart", URL: e.https(), ClientCertificate: tt.action}
			s := senderOn(t, tt.ref, action, append(tt.options, sender.WithRootCAs(server.pem))...)
			d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
			if err != nil {
				t.Fatal(err)
			}
			if got := d.Last().Outcome.String(); got != tt.outcome {
				t.Errorf("%s (%s), want %s", got, d.Last().Error, tt.outcome)
			}
			if said := strings.Join(append(d.Overrides, d.Last().Notes...), "\n"); !strings.Contains(said, tt.says) {
				t.Errorf("said %q, want it to say %q", said, tt.says)
			}
		})
	}
}

// TestARefusedHandshakeIsNoWork asks that nobody is said to be working on a request
// that was written before the refusal came, as in TLS 1.3.
func TestARefusedHandshakeIsNoWork(t *testing.T) {
	server := issue(t, -time.Hour, time.Hour, "127.0.0.1")
	e := serve(t, func(_ *endpoint, conn net.Conn) {
		config := &tls.Config{Certificates: []tls.Certificate{server.tls}, ClientAuth: tls.RequireAnyClientCert, MinVersion: tls.VersionTLS13}
		_ = tls.Server(conn, config).Handshake()
		_, _ = io.Copy(io.Discard, conn) // unread bytes would make a reset of the close, which overtakes the refusal
	})
	s := senderOn(t, "flashduty@2026-05-27", sender.Action{Name: "restart", URL: e.https()}, sender.WithRootCAs(server.pem))
	d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	if got := d.Last().Outcome.String(); got != "cert_required in tls" {
		t.Fatalf("%s (%s), want cert_required in tls", got, d.Last().Error)
	}
	if strings.Contains(d.Consequence.Text, "still be working") {
		t.Errorf("consequence %q of a handshake that was refused", d.Consequence.Text)
	}
}
