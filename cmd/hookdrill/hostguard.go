package main

import (
	"net"
	"net/http"
	"net/netip"
	"strconv"
	"strings"
)

// ownHost reports whether a request was sent to this machine by a name that
// nobody could have rebound to it: a page in a browser that knows the default key
// could press buttons otherwise. The inspector asks the same of its own requests;
// it belongs to the receiver's half, and the console's must not know that.
func ownHost(r *http.Request) bool {
	local, ok := r.Context().Value(http.LocalAddrContextKey).(*net.TCPAddr)
	if !ok {
		return false
	}
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		host, port = strings.Trim(r.Host, "[]"), "80"
	}
	if port != strconv.Itoa(local.Port) {
		return false
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}
