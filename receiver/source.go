package receiver

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// DefaultProxyHeader is the forwarding header that is read from a trusted proxy
// when none is named.
const DefaultProxyHeader = "X-Forwarded-For"

// UnixPeer stands in a list for peers on a unix socket, which have no address.
// ParsePrefixes gives it for the word "unix".
var UnixPeer netip.Prefix

// Client is whose address counts for a request, and why. Only the TCP peer
// counts; a forwarding header is read when the peer is a trusted proxy, and then
// exactly one.
type Client struct {
	Peer   string     `json:"peer"`   // who holds the connection: an address, or "unix"
	Addr   netip.Addr `json:"addr"`   // zero: undetermined, or a unix socket
	Header string     `json:"header"` // the forwarding header that was read, "" for none
	Chain  []string   `json:"chain"`  // its entries in order, as sent
	Reason string     `json:"reason"` // one of the Reason constants
	Match  string     `json:"match"`  // the allow-list entry that matched
}

// Why an address counts: Client.Reason.
const (
	ReasonPeer         = "peer"
	ReasonUntrusted    = "forwarded header ignored: peer not trusted"
	ReasonForwarded    = "first untrusted entry from the right"
	ReasonAllTrusted   = "leftmost entry: all are trusted"
	ReasonUndetermined = "client_ip_undetermined"
)

// ParsePrefixes reads addresses, CIDR prefixes and the word "unix" for a list.
// What is wrong is an error that names the value: a name, an empty string, a
// zone, host bits below the prefix, and a list without entries, because nothing
// listed must never come to mean everything allowed.
func ParsePrefixes(list []string) ([]netip.Prefix, error) {
	if len(list) == 0 {
		return nil, fmt.Errorf("the list of addresses is empty: name at least one address or prefix, such as 192.0.2.0/24")
	}
	out := make([]netip.Prefix, 0, len(list))
	for _, text := range list {
		p, err := parsePrefix(text)
		if err != nil {
			return nil, fmt.Errorf("address list entry %q: %w", text, err)
		}
		out = append(out, p)
	}
	return out, nil
}

func parsePrefix(text string) (netip.Prefix, error) {
	if text == "unix" {
		return UnixPeer, nil
	}
	if strings.Contains(text, "%") {
		return netip.Prefix{}, fmt.Errorf("a zone has no meaning in a list; leave out what follows the %%")
	}
	if !strings.Contains(text, "/") {
		a, err := netip.ParseAddr(text)
		if err != nil {
			return netip.Prefix{}, fmt.Errorf("not an address or prefix; 192.0.2.1, 192.0.2.0/24, 2001:db8::/32 or unix would do")
		}
		a = a.Unmap()
		return netip.PrefixFrom(a, a.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("not an address or prefix; 192.0.2.1, 192.0.2.0/24, 2001:db8::/32 or unix would do")
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return netip.Prefix{}, fmt.Errorf("a prefix of mapped IPv4 addresses is /96 or longer; ::ffff:0:0/96 would do")
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if p != p.Masked() {
		return netip.Prefix{}, fmt.Errorf("bits are set below the prefix; %s is the network that it lies in", p.Masked())
	}
	return p, nil
}

// CheckSource refuses a client that is not on the list, one whose address is
// undetermined, and, with an empty list, everybody.
func CheckSource(list []netip.Prefix, status int) Check {
	return Check{Name: "source", Status: status, Func: func(_ *schema.Profile, r *Request) []schema.Violation {
		if on, ok := listed(list, r.Client.Addr, r.unix && r.Client.Header == ""); ok {
			r.Client.Match = on
			return nil
		}
		return []schema.Violation{{
			Rule: "source", Severity: schema.SeverityError,
			Found: r.Client.String(), Documented: "a client on the list: " + join(list),
		}}
	}}
}

// String tells whose address counts in words. It holds no byte of any header.
func (c Client) String() string {
	who := "client " + c.Addr.String()
	if !c.Addr.IsValid() {
		who = "no client address (" + c.Reason + ")"
		if c.Header == "" {
			who = "a client on a unix socket"
		}
	}
	switch c.Reason {
	case ReasonPeer, "":
		return who
	case ReasonUntrusted:
		return who + ", the peer; " + c.Reason
	default:
		return fmt.Sprintf("%s, from %s of peer %s", who, c.Header, c.Peer)
	}
}

// listed returns the entry of list that holds a, or a unix peer.
func listed(list []netip.Prefix, a netip.Addr, unix bool) (entry string, ok bool) {
	for _, p := range list {
		if p == UnixPeer {
			if unix {
				return "unix", true
			}
			continue
		}
		if p.Contains(a) {
			return p.String(), true
		}
	}
	return "", false
}

func join(list []netip.Prefix) string {
	words := make([]string, len(list))
	for i, p := range list {
		if words[i] = p.String(); p == UnixPeer {
			words[i] = "unix"
		}
	}
	if len(words) == 0 {
		return "(empty)"
	}
	return strings.Join(words, ", ")
}

// proxies is what a receiver believes of forwarding headers.
type proxies struct {
	trusted []netip.Prefix
	header  string // canonical
}

// client determines whose address counts for r.
func (p proxies) client(r *Request) Client {
	peer := r.Peer.Addr().Unmap().WithZone("")
	c := Client{Peer: peer.String(), Addr: peer, Reason: ReasonPeer}
	if r.unix {
		c.Peer = "unix"
	}
	if len(p.trusted) == 0 || len(r.Header[p.header]) == 0 {
		return c
	}
	if _, ok := listed(p.trusted, peer, r.unix); !ok {
		c.Reason = ReasonUntrusted
		return c
	}
	hops := p.hops(r.Header[p.header])
	if len(hops) == 0 {
		return c
	}
	c.Header = p.header
	for _, h := range hops {
		c.Chain = append(c.Chain, h.text)
	}
	c.Addr, c.Reason = p.walk(hops)
	return c
}

func (p proxies) hops(lines []string) []hop {
	if p.header == "Forwarded" {
		return forwardedHops(lines)
	}
	return listHops(lines)
}

// walk goes from the right over what trusted proxies added. nginx keeps the last
// good entry and Envoy counts; here an unreadable entry on the way ends it.
func (p proxies) walk(hops []hop) (netip.Addr, string) {
	for i := len(hops) - 1; i >= 0; i-- {
		if !hops[i].addr.IsValid() {
			return netip.Addr{}, ReasonUndetermined
		}
		if _, trusted := listed(p.trusted, hops[i].addr, false); !trusted {
			return hops[i].addr, ReasonForwarded
		}
	}
	return hops[0].addr, ReasonAllTrusted
}

func newProxies(trusted []netip.Prefix, header string) proxies {
	if header == "" {
		header = DefaultProxyHeader
	}
	return proxies{trusted: trusted, header: http.CanonicalHeaderKey(header)}
}
