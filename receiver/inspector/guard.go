package inspector

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// guard lets through what a person or a test on this machine asks, and nothing
// that a web page in the browser could: the Host is ours (else a name that was
// rebound to this address would do), and what changes something comes from no
// other origin. There is no CORS.
func (i *Inspector) guard(next http.Handler) http.Handler {
	origin := http.NewCrossOriginProtection()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'")
		switch {
		case !i.ours(r):
			fail(w, http.StatusMisdirectedRequest, "the Host header is not one of this API: localhost, a loopback address or a listed name, with the port it listens on")
		case !i.known(r):
			h.Set("WWW-Authenticate", "Bearer")
			fail(w, http.StatusUnauthorized, "the token is missing or another: Authorization: Bearer TOKEN")
		case origin.Check(r) != nil:
			fail(w, http.StatusForbidden, "another origin asks for a change")
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// known compares hashes, so that the comparison tells nothing, not even the
// token's length.
func (i *Inspector) known(r *http.Request) bool {
	if i.token == "" {
		return true
	}
	kind, given, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	a, b := sha256.Sum256([]byte(given)), sha256.Sum256([]byte(i.token))
	return strings.EqualFold(kind, "Bearer") && subtle.ConstantTimeCompare(a[:], b[:]) == 1
}

// ours reports whether the request was sent to a name of this API.
func (i *Inspector) ours(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return false
	}
	tcp, ok := local.(*net.TCPAddr)
	if !ok {
		return true // a unix socket: no browser gets there
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = strings.Trim(r.Host, "[]"), "80"
	}
	if port != strconv.Itoa(tcp.Port) {
		return false
	}
	if a, err := netip.ParseAddr(host); err == nil {
		return a.Unmap().IsLoopback() || a.Unmap() == tcp.AddrPort().Addr().Unmap() // an address cannot be rebound
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	for _, name := range i.hosts {
		if strings.EqualFold(host, name) {
			return true
		}
	}
	return false
}
