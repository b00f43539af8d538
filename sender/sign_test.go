package sender_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// Invented; openssl dgst -sha256 -hmac SECRET made the two values.
const (
	signedBody   = `{"messages":[{"id":"6f1c1c3e-0d3a-11ec-9f53-02a4f1c1d2e3","event":"incident.custom","note":"größer als früher / 42"}]}`
	firstSecret  = "kestrel-7Hq/drill+secret="
	secondSecret = "osprey-second-secret"
	firstValue   = "ffd041aaa4c8c7b2a8d93ecf9beff276c1062e549fba65110559a4476759e42c"
	secondValue  = "2b4e69080a63c32483ec11e22458bb16fbc68c5da869d09ade714c829d7bd780"
)

// platforms are profiles of nobody, which differ from ours in what the tests ask.
var platforms = fstest.MapFS{
	"plain/2026-01-01/profile.json": {Data: []byte(`{"extends": "flashduty@2026-05-27", "facts": {
		"custom_body": {"value": false, "source": "https://docs.example.com/plain", "read": "2026-01-01", "status": "documented"}}}`)},
	"half/2026-01-01/profile.json": {Data: []byte(`{"extends": "flashduty@2026-05-27", "facts": {
		"value_mapping": {"value": false, "source": "https://docs.example.com/half", "read": "2026-01-01", "status": "documented"}}}`)},
	"older/2026-01-01/profile.json": {Data: []byte(`{"extends": "flashduty@2026-05-27", "facts": {
		"tls_versions": {"value": ["1.1", "1.2"], "source": "https://docs.example.com/older", "read": "2026-01-01", "status": "documented"}}}`)},
	"short/2026-01-01/profile.json": {Data: []byte(`{"extends": "pagerduty@2026-08-19", "facts": {
		"queue_limit": {"value": 2, "source": "https://docs.example.com/short", "read": "2026-01-01", "status": "documented"}}}`)},
	"signing/2026-01-01/profile.json": {Data: []byte(`{"extends": "flashduty@2026-05-27", "facts": {
		"signature": {"value": {"header": "X-Seal", "algorithm": "hmac-sha256", "encoding": "hex", "prefix": "sha256=", "separator": "; "},
			"source": "https://docs.example.com/signing", "read": "2026-01-01", "status": "documented"}}}`)},
}

// platform opens one of ours or one of platforms.
func platform(t testing.TB, ref string) *schema.Profile {
	t.Helper()
	p, err := schema.OpenFS(platforms, ref)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestPushesAreSigned(t *testing.T) {
	for name, tt := range map[string]struct {
		ref     string
		secrets []string
		want    string // the signature header's line; "" for none
		says    string // part of an override; "" for none
	}{
		"no secret, no signature": {"pagerduty@2026-08-19", nil, "", ""},
		"one secret, one value": {"pagerduty@2026-08-19", []string{firstSecret},
			"X-Pagerduty-Signature: v1=" + firstValue, "signed in X-PagerDuty-Signature with 1 secret: documented for V3 webhooks, not for custom actions (pagerduty@2026-08-19, https://"},
		"two secrets, two values and a bare comma": {"pagerduty@2026-08-19", []string{secondSecret, firstSecret},
			"X-Pagerduty-Signature: v1=" + secondValue + ",v1=" + firstValue, "with 2 secrets"},
		"a platform that signs custom actions": {"signing@2026-01-01", []string{firstSecret, secondSecret},
			"X-Seal: sha256=" + firstValue + "; sha256=" + secondValue, ""},
	} {
		t.Run(name, func(t *testing.T) {
			e := record(t, ok)
			r := sender.NewRegistry(platform(t, tt.ref))
			mustAdd(t, r, sender.Action{Name: "restart", URL: e.url(), SigningSecrets: tt.secrets})
			d, err := sender.New(r).Press(t.Context(), sender.Press{Action: "restart", Body: []byte(signedBody)})
			if err != nil {
				t.Fatal(err)
			}
			head, _ := e.next(t)
			var signed []string
			for _, line := range head {
				if strings.Contains(line, "Signature:") || strings.Contains(line, "Seal:") {
					signed = append(signed, line)
				}
			}
			if got := strings.Join(signed, "\n"); got != tt.want {
				t.Errorf("signed %q, want %q", got, tt.want)
			}
			said := strings.Join(d.Overrides, "\n")
			if !strings.Contains(said, tt.says) || tt.says == "" && strings.Contains(said, "signed") {
				t.Errorf("overrides %q, want %q", said, tt.says)
			}
			if strings.Contains(said, firstSecret) || strings.Contains(said, firstValue) {
				t.Errorf("overrides %q show a secret or a signature", said)
			}
		})
	}
}

// TestTheSignatureIsOfWhatIsSent signs what a template made, and repeats it.
func TestTheSignatureIsOfWhatIsSent(t *testing.T) {
	e := record(t, ok)
	r := sender.NewRegistry(platform(t, "signing@2026-01-01"))
	template := strings.Replace(signedBody, "6f1c1c3e-0d3a-11ec-9f53-02a4f1c1d2e3", "{{event_id}}", 1)
	mustAdd(t, r, sender.Action{Name: "restart", URL: e.url(), Template: []byte(template), SigningSecrets: []string{firstSecret}})
	s := sender.New(r)
	d, err := s.Press(t.Context(), sender.Press{Action: "restart", EventID: "6f1c1c3e-0d3a-11ec-9f53-02a4f1c1d2e3"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err = s.Redeliver(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		head, body := e.next(t)
		if want := "X-Seal: sha256=" + firstValue; body != signedBody || !strings.Contains(strings.Join(head, "\n"), want) {
			t.Errorf("sent %s with %q, want %s", body, head, want)
		}
	}
}

// TestAPressMayForgeItsSignature lets the header of one press replace what the
// secrets make, to see what an endpoint says to it.
func TestAPressMayForgeItsSignature(t *testing.T) {
	r := sender.NewRegistry(platform(t, "pagerduty@2026-08-19"))
	mustAdd(t, r, sender.Action{Name: "restart", URL: somewhere, SigningSecrets: []string{firstSecret}})
	push, _, err := sender.New(r).Preview(sender.Press{Action: "restart", Header: []sender.Header{{Name: "X-PagerDuty-Signature", Value: "v1=00"}}})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"v1=00"}, push.Header.Values("X-PagerDuty-Signature")); diff != "" {
		t.Errorf("signature mismatch (-want +got):\n%s", diff)
	}
}
