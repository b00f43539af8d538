package receiver_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
)

// Invented; openssl dgst -sha256 -hmac SECRET made the values.
const (
	signedBody   = `{"messages":[{"id":"6f1c1c3e-0d3a-11ec-9f53-02a4f1c1d2e3","event":"incident.custom","note":"größer als früher / 42"}]}`
	firstSecret  = "kestrel-7Hq/drill+secret="
	secondSecret = "osprey-second-secret"
	firstValue   = "ffd041aaa4c8c7b2a8d93ecf9beff276c1062e549fba65110559a4476759e42c"
	secondValue  = "2b4e69080a63c32483ec11e22458bb16fbc68c5da869d09ade714c829d7bd780"
	noValue      = "00000000a4c8c7b2a8d93ecf9beff276c1062e549fba65110559a4476759e42c"
)

func TestSignatureCheck(t *testing.T) {
	for name, tt := range map[string]struct {
		secrets []string
		header  []string
		body    string // "" is signedBody
		rule    string // "" where it passes
		found   string // part of what is found
	}{
		"the value of the secret":                  {[]string{firstSecret}, []string{"v1=" + firstValue}, "", "", ""},
		"upper-case digits":                        {[]string{firstSecret}, []string{"v1=" + strings.ToUpper(firstValue)}, "", "", ""},
		"the sender rotates: first of two":         {[]string{firstSecret}, []string{"v1=" + firstValue + ",v1=" + secondValue}, "", "", ""},
		"the sender rotates: second of two":        {[]string{secondSecret}, []string{"v1=" + firstValue + ",v1=" + secondValue}, "", "", ""},
		"the receiver rotates: the old secret":     {[]string{firstSecret, secondSecret}, []string{"v1=" + firstValue}, "", "", ""},
		"the receiver rotates: the new secret":     {[]string{firstSecret, secondSecret}, []string{"v1=" + secondValue}, "", "", ""},
		"another version beside the right value":   {[]string{firstSecret}, []string{"v2=abc,v1=" + firstValue}, "", "", ""},
		"another secret":                           {[]string{secondSecret}, []string{"v1=" + firstValue}, "", "signature_wrong", "made with the configured secret over these 121 bytes: 1 of the documented form"},
		"another body":                             {[]string{firstSecret}, []string{"v1=" + firstValue}, signedBody + "\n", "signature_wrong", "over these 122 bytes"},
		"no body":                                  {[]string{firstSecret}, []string{"v1=" + firstValue}, "none", "signature_wrong", "over these 0 bytes"},
		"nearly the value":                         {[]string{firstSecret}, []string{"v1=" + noValue}, "", "signature_wrong", ""},
		"a space behind the comma":                 {[]string{secondSecret}, []string{"v1=" + firstValue + ", v1=" + secondValue}, "", "signature_wrong", `value 2 has a space around it, but values are joined by a bare ","`},
		"a space behind the comma, the first fits": {[]string{firstSecret}, []string{"v1=" + firstValue + ", v1=" + secondValue}, "", "", ""},
		"no header":                                {[]string{firstSecret}, nil, "", "signature_missing", "X-PagerDuty-Signature is missing"},
		"an empty header":                          {[]string{firstSecret}, []string{""}, "", "signature_malformed", "value 1 is empty"},
		"the header twice":                         {[]string{firstSecret}, []string{"v1=" + firstValue, "v1=" + firstValue}, "", "signature_malformed", "stands 2 times"},
		"no prefix":                                {[]string{firstSecret}, []string{firstValue}, "", "signature_malformed", "value 1 does not begin with v1="},
		"a prefix in upper case":                   {[]string{firstSecret}, []string{"V1=" + firstValue}, "", "signature_malformed", "value 1 does not begin with v1="},
		"no hex":                                   {[]string{firstSecret}, []string{"v1=" + strings.Repeat("x", 64)}, "", "signature_malformed", "value 1 has no 64 hex digits behind v1="},
		"half a value":                             {[]string{firstSecret}, []string{"v1=" + firstValue[:32]}, "", "signature_malformed", "value 1 has no 64 hex digits behind v1="},
		"many of no form":                          {[]string{firstSecret}, []string{strings.Repeat("a,", 500)}, "", "signature_malformed", "value 3 does not begin with v1=, 498 more"},
		"no secret":                                {nil, []string{"v1=" + firstValue}, "", "signature_wrong", "no secret is configured"},
		"an empty secret is none":                  {[]string{""}, []string{"v1=" + emptyKey(signedBody)}, "", "signature_wrong", "no secret is configured"},
	} {
		t.Run(name, func(t *testing.T) {
			r := receiver.New(open(t, "pagerduty@2026-08-19"), receiver.WithChecks(receiver.CheckSignature(tt.secrets, 401)))
			body := tt.body
			switch body {
			case "":
				body = signedBody
			case "none":
				body = ""
			}
			w := serve(r, signed(body, tt.header))
			e := newest(t, r)
			if tt.rule == "" {
				if w.Code != 200 || len(e.Findings) > 0 {
					t.Errorf("answered %d, found %+v", w.Code, e.Findings)
				}
				return
			}
			if w.Code != 401 || len(e.Findings) != 1 || e.Findings[0].Check != "signature" || len(e.Findings[0].Violations) != 1 {
				t.Fatalf("answered %d, found %+v; want one finding of signature", w.Code, e.Findings)
			}
			v := e.Findings[0].Violations[0]
			if v.Rule != tt.rule || !strings.Contains(v.Found, tt.found) {
				t.Errorf("found %s: %q, want %s: %q", v.Rule, v.Found, tt.rule, tt.found)
			}
			for _, secret := range []string{firstSecret, secondSecret, firstValue, secondValue, firstValue[8:]} {
				if strings.Contains(w.Body.String(), secret) || strings.Contains(v.String(), secret) {
					t.Errorf("a secret or a signature is shown: %s", w.Body)
				}
			}
		})
	}
}

// signed is a push with these signature headers that never was on a wire.
func signed(body string, values []string) *http.Request {
	r := httptest.NewRequest("POST", "/restart", strings.NewReader(body))
	for _, v := range values {
		r.Header.Add("X-PagerDuty-Signature", v)
	}
	return r
}

// emptyKey is what anybody can make who knows that the key is empty.
func emptyKey(body string) string {
	mac := hmac.New(sha256.New, nil)
	mac.Write([]byte(body))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestSignatureCheckSaysWhichStatusIsAdvised(t *testing.T) {
	r := receiver.New(open(t, "pagerduty@2026-08-19"), receiver.WithChecks(receiver.CheckSignature([]string{firstSecret}, receiver.DefaultSignatureStatus)))
	for name, tt := range map[string]struct {
		header []string
		want   string
	}{
		"missing":   {nil, "the status advised for this is 400"},
		"malformed": {[]string{"v1=00"}, "the status advised for this is 400"},
		"wrong":     {[]string{"v1=" + noValue}, "the status advised for this is 403"},
	} {
		t.Run(name, func(t *testing.T) {
			w := serve(r, signed(signedBody, tt.header))
			v := newest(t, r).Findings[0].Violations[0]
			if w.Code != 403 || !strings.Contains(v.Documented, tt.want) || !strings.Contains(v.Documented, "one header X-PagerDuty-Signature: v1=HEX, hmac-sha256 of the raw body") || v.Source == "" {
				t.Errorf("answered %d: %s (%s)", w.Code, v, v.Source)
			}
		})
	}
}

// TestSignatureCheckFollowsTheProfile reads header, prefix and separator of a
// platform of nobody.
func TestSignatureCheckFollowsTheProfile(t *testing.T) {
	p, err := schema.OpenFS(fstest.MapFS{"signing/2026-01-01/profile.json": {Data: []byte(`{"extends": "flashduty@2026-05-27", "facts": {
		"signature": {"value": {"header": "X-Seal", "algorithm": "hmac-sha256", "encoding": "hex", "prefix": "sha256=", "separator": "; "},
			"source": "https://docs.example.com/signing", "read": "2026-01-01", "status": "documented"}}}`)}}, "signing")
	if err != nil {
		t.Fatal(err)
	}
	r := receiver.New(p, receiver.WithChecks(receiver.CheckSignature([]string{secondSecret}, 403)))
	for value, want := range map[string]int{
		"sha256=" + firstValue + "; sha256=" + secondValue: 200,
		"sha256=" + secondValue:                            200,
		"sha256=" + firstValue + ";sha256=" + secondValue:  403,
		"v1=" + secondValue:                                403,
	} {
		req := httptest.NewRequest("POST", "/restart", strings.NewReader(signedBody))
		req.Header.Set("X-Seal", value)
		if w := serve(r, req); w.Code != want {
			t.Errorf("X-Seal %q is answered %d, want %d: %s", value, w.Code, want, w.Body)
		}
	}
	if got := r.SecretHeaders(); len(got) != 1 || got[0] != "X-Seal" {
		t.Errorf("SecretHeaders() = %v, want the signature's", got)
	}
	e := newest(t, r)
	if v := e.Findings; len(v) > 0 && strings.Contains(v[0].Violations[0].Documented, "advised") {
		t.Errorf("a status is advised that no profile names: %v", v)
	}
}

func TestSignatureCheckWithoutADocumentedSignature(t *testing.T) {
	for name, tt := range map[string]struct {
		profile *schema.Profile
		found   string
	}{
		"a platform that signs nothing": {open(t, "flashduty@2026-05-27"), "flashduty@2026-05-27 documents no signature"},
		"an endpoint of no platform":    {nil, "no platform pushes to this endpoint"},
	} {
		t.Run(name, func(t *testing.T) {
			r := receiver.New(tt.profile, receiver.WithChecks(receiver.CheckSignature([]string{firstSecret}, 403)))
			w := serve(r, signed(signedBody, []string{"v1=" + firstValue}))
			if v := newest(t, r).Findings[0].Violations[0]; w.Code != 403 || v.Rule != "signature_missing" || v.Found != tt.found {
				t.Errorf("answered %d, found %s", w.Code, v)
			}
		})
	}
}

func FuzzSignatureHeader(f *testing.F) {
	f.Add("v1="+firstValue, signedBody)
	f.Add("v1="+firstValue+", v1="+secondValue, signedBody)
	f.Add(",,v1=", "")
	p := open(f, "pagerduty@2026-08-19")
	check := receiver.CheckSignature([]string{firstSecret}, 403)
	f.Fuzz(func(t *testing.T, header, body string) {
		r := &receiver.Request{Header: http.Header{"X-Pagerduty-Signature": {header}}, Body: []byte(body)}
		mac := hmac.New(sha256.New, []byte(firstSecret))
		mac.Write([]byte(body))
		valid := false
		for _, value := range strings.Split(strings.ToLower(header), ",") {
			valid = valid || value == "v1="+hex.EncodeToString(mac.Sum(nil))
		}
		vs := check.Func(p, r)
		if len(vs) == 0 && !valid {
			t.Errorf("%q passes for %q", header, body)
		}
		if len(vs) > 0 && len(vs[0].Found) > 400 {
			t.Errorf("%q is told at length: %s", header, vs[0].Found)
		}
	})
}
