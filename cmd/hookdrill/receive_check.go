package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

// warnOfEverybody says it when whoever connects may name the client.
func (a *app) warnOfEverybody(trust []string) {
	for _, text := range trust {
		if p, err := netip.ParsePrefix(text); err == nil && p.Bits() == 0 {
			fmt.Fprintf(a.stderr, "warning: --trust-proxy %s trusts everybody: whoever connects names the address that counts\n", text)
		}
	}
}

// errRemote is why something that breaks is not served.
var errRemote = errors.New("what floods or breaks is for this machine alone: listen on 127.0.0.1, or give --allow-remote")

// mayBreak reports whether the endpoint may flood or break: it does so to nobody
// but this machine, or somebody has said so.
func (r *receiving) mayBreak() bool {
	host, _, err := net.SplitHostPort(r.listen)
	if err != nil {
		return true // a unix socket
	}
	addr, err := netip.ParseAddr(host)
	return r.allowRemote || err == nil && addr.Unmap().IsLoopback() || strings.EqualFold(host, "localhost")
}

// mayBe refuses a behavior that floods or breaks where that may not be.
func (r *receiving) mayBe(b receiver.Behavior) error {
	if receiver.Breaks(b) && !r.mayBreak() {
		return errRemote
	}
	return nil
}

// isAddress reports whether text names what can be listened on or dialed. Whether
// it is free, or there, only trying shows.
func isAddress(text string) bool {
	if strings.HasPrefix(text, "unix:") {
		return true
	}
	_, port, err := net.SplitHostPort(text)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

// required are the headers of --require-header. A name that no request can have
// would refuse them all, and a value that is empty, an unset variable's perhaps,
// would let in whoever sends none.
func (a *app) required(r *receiving) ([]sender.Header, error) {
	for _, one := range r.require {
		if !strings.HasPrefix(one, "@") && strings.Index(one, ":") < 1 {
			return nil, usageError("--require-header: want 'NAME: VALUE' or @FILE")
		}
	}
	required, err := a.readHeaders(r.require)
	if err != nil {
		return nil, err
	}
	for _, h := range required.list {
		switch {
		case !isToken(h.Name):
			return nil, usageError("--require-header %q: not a header's name; letters, digits and hyphens would do", h.Name)
		case h.Value == "":
			return nil, usageError("--require-header %s: its value is empty, and would ask for nothing", h.Name)
		}
	}
	return required.list, nil
}

// isToken reports whether name can be a header's name (RFC 9110, 5.6.2).
func isToken(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(c rune) bool {
		letter := 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
		return !letter && !strings.ContainsRune("!#$%&'*+-.^_`|~", c)
	})
}
