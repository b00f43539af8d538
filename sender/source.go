package sender

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
)

// ErrSource is why a press was not sent: the local address that it should come
// from is not on this machine, or is of another family than the endpoint's.
var ErrSource = errors.New("cannot send from this address")

// ErrMetadata is why a press was not sent: its endpoint is the metadata service
// of a cloud, which hands out the machine's credentials.
var ErrMetadata = errors.New("refusing to press a cloud's metadata service")

// SourceNetwork is a Network whose connections can come from a given address. One
// in memory may know any, those of the platform too.
type SourceNetwork interface {
	Network
	DialFrom(ctx context.Context, source netip.Addr, network, addr string) (net.Conn, error)
}

// checkSource reports whether n, or this machine, can send from source to target.
func checkSource(ctx context.Context, n Network, source netip.Addr, target *url.URL) error {
	if n == nil {
		return checkLocalSource(ctx, source, target)
	}
	if _, ok := n.(SourceNetwork); !ok {
		return fmt.Errorf("%w: %s is bound on the system's network only, and another one is in use", ErrSource, source)
	}
	return nil
}

// checkLocalSource binds a socket: a list of interfaces does not know 127.0.0.2.
func checkLocalSource(ctx context.Context, source netip.Addr, target *url.URL) error {
	var bind net.ListenConfig
	conn, err := bind.ListenPacket(ctx, "udp", netip.AddrPortFrom(source, 0).String())
	if err != nil {
		return fmt.Errorf("%w: cannot assign %s on this machine (%v); give one of its own addresses, or run where %s is", ErrSource, source, err, source)
	}
	conn.Close()
	if to, err := netip.ParseAddr(target.Hostname()); err == nil && to.Unmap().Is4() != source.Unmap().Is4() {
		return fmt.Errorf("%w: %s is %s, the endpoint %s is %s", ErrSource, source, family(source), to, family(to))
	}
	return nil
}

func family(a netip.Addr) string {
	if a.Unmap().Is4() {
		return "IPv4"
	}
	return "IPv6"
}

// tcpSource is source as a dialer wants it.
func tcpSource(source netip.Addr) net.Addr {
	if !source.IsValid() {
		return nil
	}
	return net.TCPAddrFromAddrPort(netip.AddrPortFrom(source.Unmap(), 0))
}

// metadataServices are the addresses at which clouds hand credentials to
// whoever asks from inside the machine.
var metadataServices = map[netip.Addr]string{
	netip.MustParseAddr("169.254.169.254"): "AWS, Azure, Google Cloud and others",
	netip.MustParseAddr("fd00:ec2::254"):   "AWS",
	netip.MustParseAddr("169.254.170.2"):   "AWS ECS",
	netip.MustParseAddr("169.254.170.23"):  "AWS EKS",
	netip.MustParseAddr("fd00:ec2::23"):    "AWS EKS",
	netip.MustParseAddr("fd20:ce::254"):    "Google Cloud",
	netip.MustParseAddr("168.63.129.16"):   "Azure",
	netip.MustParseAddr("100.100.100.200"): "Alibaba Cloud",
	netip.MustParseAddr("169.254.0.23"):    "Tencent Cloud",
	netip.MustParseAddr("192.0.0.192"):     "Oracle Cloud",
}

// refuseMetadata returns an error for the address of a metadata service. It
// looks at resolved addresses, because a name can lead anywhere.
func refuseMetadata(a netip.Addr) error {
	cloud, found := metadataServices[a.Unmap().WithZone("")]
	if !found {
		return nil
	}
	return fmt.Errorf("%w: the endpoint resolves to %s (%s); a platform cannot reach yours either: check the URL and its DNS record", ErrMetadata, a, cloud)
}

// refuseMetadataAt is refuseMetadata for an address as sockets write it.
func refuseMetadataAt(address string) error {
	ap, err := netip.ParseAddrPort(address)
	if err != nil {
		return nil // a name: looked at again once it is resolved
	}
	return refuseMetadata(ap.Addr())
}
