package sender

import (
	"net/http"
	"net/url"
	"strings"
)

// forbiddenHeaders would change what the request is, or where one ends and the
// next begins. They are refused wherever headers are configured.
var forbiddenHeaders = map[string]string{
	"Connection":          "it belongs to the connection, not to the push",
	"Content-Length":      "it is computed from the body",
	"Expect":              "it changes how the request is sent",
	"Host":                "it is the endpoint URL's host",
	"Http2-Settings":      "it belongs to the connection, not to the push",
	"Keep-Alive":          "it belongs to the connection, not to the push",
	"Proxy-Authenticate":  "it belongs to the connection, not to the push",
	"Proxy-Authorization": "it belongs to the connection, not to the push",
	"Proxy-Connection":    "it belongs to the connection, not to the push",
	"Te":                  "it belongs to the connection, not to the push",
	"Trailer":             "it says how the body is framed",
	"Transfer-Encoding":   "it says how the body is framed",
	"Upgrade":             "it belongs to the connection, not to the push",
}

// checkHeaders refuses what could break or smuggle a request, and what the
// platform sets itself: no document says that an action's header would replace
// the platform's, so an endpoint must not be built on it.
func (r *Registry) checkHeaders(headers []Header, target *url.URL) error {
	for _, h := range headers {
		if err := CheckHeader(h); err != nil {
			return err
		}
		name := http.CanonicalHeaderKey(h.Name)
		if r.own[name] {
			return breaks(ErrBadHeader, "header %q: %s sets it itself, and no document says that an action may replace it %s", h.Name, r.profile.Title(), r.cite("headers"))
		}
		if name == "Authorization" && target.User != nil {
			return breaks(ErrBadHeader, "header %q: the endpoint URL's user information sets it already; keep one of the two", h.Name)
		}
	}
	return nil
}

// CheckHeader refuses a header that could break or smuggle a request, whoever
// configures it. Its error, an ErrBadHeader, names the header and never shows the
// value, which may be a secret.
func CheckHeader(h Header) error {
	if !validHeaderName(h.Name) {
		return breaks(ErrBadHeader, "header %q: the name is not a token; letters, digits and hyphens would do", h.Name)
	}
	if why, forbidden := forbiddenHeaders[http.CanonicalHeaderKey(h.Name)]; forbidden {
		return breaks(ErrBadHeader, "header %q cannot be set: %s", h.Name, why)
	}
	for i := range len(h.Value) {
		if c := h.Value[i]; c < ' ' && c != '\t' || c == 0x7f {
			return breaks(ErrBadHeader, "header %q: its value holds %s at byte %d; a value is one line of text", h.Name, controlName(c), i)
		}
	}
	return nil
}

// validHeaderName reports whether name is a token of RFC 9110.
func validHeaderName(name string) bool {
	if name == "" {
		return false
	}
	for i := range len(name) {
		c := name[i]
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		if !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", rune(c)) {
			return false
		}
	}
	return true
}

func controlName(c byte) string {
	switch c {
	case '\r':
		return "a carriage return"
	case '\n':
		return "a line feed"
	case 0:
		return "a NUL"
	}
	return "a control character"
}
