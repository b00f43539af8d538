package drilltest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// Network is a TCP network in memory, for virtual time: in a bubble of
// testing/synctest nothing waits on it that the bubble does not see. Its
// connections do what those of Linux on the loopback do: what is written goes into
// a buffer of the other side, a close sends a FIN behind it, a close with unread
// bytes or after SetLinger(0) sends an RST, and nothing takes any time. It is safe
// for concurrent use.
type Network struct {
	t    testing.TB
	life context.Context // ends with t
	end  context.CancelFunc

	mu        sync.Mutex
	hosts     map[string]netip.Addr // names that were listened on
	listeners map[netip.AddrPort]*listener
	conns     map[netip.AddrPort]*conn // the ends that dialed and are not closed, by their own address
	port      uint16                   // that was given last
}

// NewNetwork returns a network on which nobody listens. All that is open on it
// when t ends is closed.
func NewNetwork(t testing.TB) *Network {
	n := &Network{
		t: t, port: firstPort,
		hosts:     map[string]netip.Addr{"localhost": netip.AddrFrom4([4]byte{127, 0, 0, 1})},
		listeners: map[netip.AddrPort]*listener{}, conns: map[netip.AddrPort]*conn{},
	}
	n.life, n.end = context.WithCancel(context.Background())
	t.Cleanup(n.close)
	return n
}

const (
	firstPort = 32768 // of those that are given
	backlog   = 4096  // connections that nobody has accepted
	window    = 256 << 10
)

// Listen listens on addr, HOST:PORT, where HOST is an address, or any name, which
// from then on resolves; without one it is 127.0.0.1. Port 0 is a free one.
func (n *Network) Listen(addr string) (net.Listener, error) {
	failed := func(err error) (net.Listener, error) {
		return nil, &net.OpError{Op: "listen", Net: "tcp", Addr: named(addr), Err: err}
	}
	host, port, err := split(addr)
	if err != nil {
		return failed(err)
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	at := netip.AddrPortFrom(n.name(host), port)
	if port == 0 {
		at = n.freePort(at.Addr())
	}
	if n.listeners[at] != nil {
		return failed(os.NewSyscallError("bind", syscall.EADDRINUSE))
	}
	l := &listener{network: n, at: at}
	l.changed.L = &l.mu
	n.listeners[at] = l
	return l, nil
}

// DialContext connects to addr, HOST:PORT. A name on which nobody ever listened
// is a *net.DNSError, an address on which nobody listens is refused.
func (n *Network) DialContext(ctx context.Context, network, addr string) (net.Conn, error) {
	return n.DialFrom(ctx, netip.Addr{}, network, addr)
}

// DialFrom is DialContext from any address, as those of a platform, which no
// machine of yours has.
func (n *Network) DialFrom(ctx context.Context, source netip.Addr, network, addr string) (net.Conn, error) {
	failed := func(to net.Addr, err error) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: network, Addr: to, Err: err}
	}
	if !slices.Contains([]string{"tcp", "tcp4", "tcp6"}, network) {
		return failed(nil, net.UnknownNetworkError(network))
	}
	host, port, err := split(addr)
	if err != nil {
		return failed(nil, err)
	}
	ip, err := n.resolve(ctx, host)
	if err != nil {
		return failed(nil, err)
	}
	at := netip.AddrPortFrom(ip, port)
	n.mu.Lock()
	l := n.listeners[at]
	n.mu.Unlock()
	if l != nil {
		c, err := l.connect(ctx, source)
		if err == nil {
			return c, nil
		}
		if !errors.Is(err, net.ErrClosed) {
			return failed(net.TCPAddrFromAddrPort(at), err)
		}
	}
	return failed(net.TCPAddrFromAddrPort(at), os.NewSyscallError("connect", syscall.ECONNREFUSED))
}

// resolve returns the address of host, and tells whoever traces names.
func (n *Network) resolve(ctx context.Context, host string) (netip.Addr, error) {
	if ip, ok := literal(host); ok {
		return ip, nil
	}
	trace := httptrace.ContextClientTrace(ctx)
	if trace != nil && trace.DNSStart != nil {
		trace.DNSStart(httptrace.DNSStartInfo{Host: host})
	}
	n.mu.Lock()
	ip, found := n.hosts[strings.ToLower(host)]
	n.mu.Unlock()
	var done httptrace.DNSDoneInfo
	if found {
		done.Addrs = []net.IPAddr{{IP: ip.AsSlice()}}
	} else {
		done.Err = &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	if trace != nil && trace.DNSDone != nil {
		trace.DNSDone(done)
	}
	return ip, done.Err
}

// name returns the address of a host, which a name has from now on; the network
// is locked.
func (n *Network) name(host string) netip.Addr {
	if ip, ok := literal(host); ok {
		return ip
	}
	host = strings.ToLower(host)
	if _, known := n.hosts[host]; !known {
		i := len(n.hosts) // 198.18.0.0/15 is for what is never on the Internet
		n.hosts[host] = netip.AddrFrom4([4]byte{198, 18, byte(i >> 8), byte(i)})
	}
	return n.hosts[host]
}

// freePort returns the next port that nobody has at ip; the network is locked.
func (n *Network) freePort(ip netip.Addr) netip.AddrPort {
	for {
		if n.port++; n.port < firstPort {
			n.port = firstPort
		}
		if at := netip.AddrPortFrom(ip, n.port); n.listeners[at] == nil && n.conns[at] == nil {
			return at
		}
	}
}

// open makes both ends of a connection from ip to a listener; the network is
// locked.
func (n *Network) open(ip netip.Addr, to netip.AddrPort) (here, there *conn) {
	l := &link{}
	l.changed.L = &l.mu
	here = &conn{network: n, link: l, local: n.freePort(ip), remote: to}
	there = &conn{network: n, link: l, local: to, remote: here.local}
	here.peer, there.peer = there, here
	n.conns[here.local] = here
	return here, there
}

// forget gives the port of a closed connection free.
func (n *Network) forget(c *conn) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.conns[c.local] == c {
		delete(n.conns, c.local)
	}
}

// close closes whatever is open.
func (n *Network) close() {
	n.end()
	n.mu.Lock()
	var open []interface{ Close() error }
	for _, l := range n.listeners {
		open = append(open, l)
	}
	for _, c := range n.conns {
		open = append(open, c)
	}
	n.mu.Unlock()
	for _, one := range open {
		_ = one.Close() // somebody may have been faster
	}
}

// literal reads a host that is an address; all addresses of this machine are one.
func literal(host string) (netip.Addr, bool) {
	if host == "" {
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	}
	ip, err := netip.ParseAddr(host)
	switch {
	case err != nil:
		return netip.Addr{}, false
	case ip.IsUnspecified() && ip.Is4():
		return netip.AddrFrom4([4]byte{127, 0, 0, 1}), true
	case ip.IsUnspecified():
		return netip.IPv6Loopback(), true
	}
	return ip.Unmap(), true
}

// split reads HOST:PORT.
func split(addr string) (host string, port uint16, err error) {
	host, text, err := net.SplitHostPort(addr)
	if err != nil {
		return "", 0, err
	}
	number, err := net.LookupPort("tcp", text)
	if err != nil {
		return "", 0, fmt.Errorf("port %q: %w", text, err)
	}
	return host, uint16(number), nil
}

// named is an address as it was given.
type named string

func (named) Network() string  { return "tcp" }
func (a named) String() string { return string(a) }
