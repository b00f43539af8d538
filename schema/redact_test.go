package schema_test

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
)

func TestRedactURL(t *testing.T) {
	tests := map[string]struct{ in, want string }{
		"nothing secret stays as it is":          {"https://ops.example:8443/a//b?host=db-1&x", "https://ops.example:8443/a//b?host=db-1&x"},
		"user information goes":                  {"https://bob:pa%40ss@ops.example/a", "https://[redacted]@ops.example/a"},
		"a user without a password goes":         {"https://t0ken@ops.example", "https://[redacted]@ops.example"},
		"token-like parameters go":               {"/hook?access_token=abc&a=1&KEY=v#f", "/hook?access_token=[redacted]&a=1&KEY=[redacted]#[redacted]"},
		"an escaped parameter name is read":      {"/hook?%74oken=abc", "/hook?%74oken=[redacted]"},
		"an at sign in the path is not a user":   {"https://ops.example/u@v", "https://ops.example/u@v"},
		"an at sign in the query is not a user":  {"https://ops.example/?m=u@v", "https://ops.example/?m=u@v"},
		"what cannot be read is not shown":       {"https://bob:pw@[::1/a", "[redacted]"},
		"user and parameter on an IPv6 address":  {"http://u:p@[::1]:80/?sig=1", "http://[redacted]@[::1]:80/?sig=[redacted]"},
		"a parameter without a value is a name":  {"/?token", "/?token"},
		"an empty user information is one still": {"http://@h/", "http://[redacted]@h/"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := schema.RedactURL(tt.in); got != tt.want {
				t.Errorf("RedactURL(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

func TestRedactHeader(t *testing.T) {
	in := http.Header{
		"Authorization":         {"Bearer a"},
		"Cookie":                {"a=1", "b=2"},
		"X-Pagerduty-Signature": {"v1=00"},
		"X-Api-Key":             {"k"},
		"X-Mine":                {"m"},
		"Content-Type":          {"application/json"},
	}
	want := http.Header{
		"Authorization":         {schema.Redacted},
		"Cookie":                {schema.Redacted, schema.Redacted},
		"X-Pagerduty-Signature": {schema.Redacted},
		"X-Api-Key":             {schema.Redacted},
		"X-Mine":                {schema.Redacted},
		"Content-Type":          {"application/json"},
	}
	got := schema.RedactHeader(in, "x-mine")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("RedactHeader() mismatch (-want +got):\n%s", diff)
	}
	if in.Get("Authorization") != "Bearer a" {
		t.Error("RedactHeader() changed its argument")
	}
	if schema.RedactHeader(nil) != nil {
		t.Error("RedactHeader(nil) is not nil")
	}
}

func TestSecretsOfAURLAreFoundInTexts(t *testing.T) {
	tests := map[string]struct {
		url, text, want string
	}{
		"a token of the query, as it stands and unescaped": {
			"https://h.example/x?a=1&token=s%2Bcret", "sent to ?token=s%2Bcret with s+cret", "sent to ?token=[redacted] with [redacted]",
		},
		"the password of the user information": {"https://ops:geheim@h.example/", "ops:geheim", "ops:[redacted]"},
		"a short value stays":                  {"/x?token=abc", "abc", "abc"},
		"what promises no secret stays":        {"/x?page=12345", "12345", "12345"},
		"a URL that cannot be read has none":   {"http://%zz", "%zz", "%zz"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := schema.RedactText(test.text, schema.SecretsIn(test.url)); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
