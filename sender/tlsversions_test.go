package sender_test

import (
	"crypto/tls"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// TestTheDocumentedVersionsOfTLSAreOffered asks an endpoint what it was offered,
// and what becomes of one that speaks another version only.
func TestTheDocumentedVersionsOfTLSAreOffered(t *testing.T) {
	tests := map[string]struct {
		ref     string
		speaks  uint16
		offered []uint16
		outcome string
		ended   sender.Ended
		note    string
	}{
		"PagerDuty offers 1.2 alone":                    {"pagerduty@2026-08-19", tls.VersionTLS12, []uint16{tls.VersionTLS12}, "answered", sender.EndedDelivered, ""},
		"PagerDuty drops what speaks 1.3 alone":         {"pagerduty@2026-08-19", tls.VersionTLS13, []uint16{tls.VersionTLS12}, "tls_other in tls", sender.EndedDropped, "offered TLS 1.2, as the platform does"},
		"PagerDuty drops what speaks 1.1 alone":         {"pagerduty@2026-08-19", tls.VersionTLS11, []uint16{tls.VersionTLS12}, "tls_other in tls", sender.EndedDropped, "offered TLS 1.2, as the platform does"},
		"Flashduty says nothing, and 1.3 is among them": {"flashduty@2026-05-27", tls.VersionTLS13, []uint16{tls.VersionTLS13, tls.VersionTLS12}, "answered", sender.EndedDelivered, ""},
		"some versions, of which the endpoint has one":  {"older@2026-01-01", tls.VersionTLS11, []uint16{tls.VersionTLS12, tls.VersionTLS11}, "answered", sender.EndedDelivered, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			certificate := issue(t, -time.Hour, time.Hour, "127.0.0.1")
			config, offered := certificate.config(), make(chan []uint16, 1)
			config.MinVersion, config.MaxVersion = tt.speaks, tt.speaks
			config.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
				offered <- hello.SupportedVersions
				return nil, nil
			}
			e := serve(t, overTLS(config, answering(ok, closeNow)))
			r := sender.NewRegistry(platform(t, tt.ref))
			mustAdd(t, r, sender.Action{Name: "restart", URL: e.https()})
			s := sender.New(r, sender.WithClock(platformTime()), sender.WithRootCAs(certificate.pem))
			d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
			if err != nil {
				t.Fatal(err)
			}
			if got := <-offered; !slices.Equal(got, tt.offered) {
				t.Errorf("offered %x, want %x", got, tt.offered)
			}
			a := d.Last()
			if a.Outcome.String() != tt.outcome || d.Ended != tt.ended || len(d.Attempts) != 1 {
				t.Errorf("%s (%s), ended %s after %d attempts; want %s, %s after 1", a.Outcome, a.Error, d.Ended, len(d.Attempts), tt.outcome, tt.ended)
			}
			if notes := strings.Join(a.Notes, "\n"); !strings.Contains(notes, tt.note) || tt.note == "" && strings.Contains(notes, "offered") {
				t.Errorf("notes %q, want %q", notes, tt.note)
			}
		})
	}
}
