package sender

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"sync/atomic"
)

// watchedConn counts what goes over a connection and keeps the first error that
// reading and writing met. The layers above translate errors (a reset in mid
// headers becomes io.ErrUnexpectedEOF); what the socket said stays here. One
// goroutine may read while another writes; the errors are looked at once both
// have ended.
type watchedConn struct {
	net.Conn
	in, out           atomic.Int64
	closed            atomic.Bool // by us
	readErr, writeErr error
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.in.Add(int64(n))
	if err != nil && c.readErr == nil && !c.byUs(err) {
		c.readErr = err
	}
	return n, err
}

func (c *watchedConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.out.Add(int64(n))
	if err != nil && c.writeErr == nil && !c.byUs(err) {
		c.writeErr = err
	}
	return n, err
}

func (c *watchedConn) Close() error {
	c.closed.Store(true)
	return c.Conn.Close()
}

// byUs reports whether err is only the echo of our own Close.
func (c *watchedConn) byUs(err error) bool {
	return c.closed.Load() && (errors.Is(err, net.ErrClosed) || errors.Is(err, io.ErrClosedPipe))
}

// wasReset reports whether an RST came.
func (c *watchedConn) wasReset() bool { return c.reset() != nil }

// reset returns what said that an RST came, nil when nothing did. Whoever of reader
// and writer comes first is told so; the other may see no more than the end.
func (c *watchedConn) reset() error {
	for _, err := range []error{c.readErr, c.writeErr} {
		if err != nil && socketKind(err) == Reset {
			return err
		}
	}
	return nil
}

// forget makes the next errors the first ones. Nobody reads or writes meanwhile.
func (c *watchedConn) forget() { c.readErr, c.writeErr = nil, nil }

// renew begins to count and to keep errors anew, for the next attempt.
func (c *watchedConn) renew() {
	c.in.Store(0)
	c.out.Store(0)
	c.forget()
}

// cut reports whether reading or writing met the attempt's own deadline.
func (c *watchedConn) cut() bool {
	return errors.Is(c.readErr, os.ErrDeadlineExceeded) || errors.Is(c.writeErr, os.ErrDeadlineExceeded)
}

// addresses returns both ends, IPv4 in its plain form; they are zero where the
// network has none, as in memory.
func (c *watchedConn) addresses() (local, remote netip.AddrPort) {
	return addrPort(c.LocalAddr()), addrPort(c.RemoteAddr())
}

func addrPort(a net.Addr) netip.AddrPort {
	tcp, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	ap := tcp.AddrPort()
	return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port())
}
