package report

import (
	"net/http"
	"net/url"
	"strings"
)

// redacted stands where a secret stood.
const redacted = "(redacted)"

// secretHeaders carry secrets whatever they are called in a story. Canonical.
var secretHeaders = map[string]bool{
	"Authorization":         true,
	"Cookie":                true,
	"Proxy-Authorization":   true,
	"Set-Cookie":            true,
	"X-Pagerduty-Signature": true,
}

func redactHeader(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		if secretHeaders[http.CanonicalHeaderKey(name)] {
			values = []string{redacted}
		}
		out[name] = values
	}
	return out
}

// redactURL hides the user information of a URL.
func redactURL(raw string) string {
	u, err := url.Parse(raw)
	if err != nil || u.User == nil {
		return raw
	}
	u.User = url.User("redacted")
	return u.String()
}

// redactCall is redactURL for "METHOD URL".
func redactCall(call string) string {
	method, raw, found := strings.Cut(call, " ")
	if !found {
		return call
	}
	return method + " " + redactURL(raw)
}
