package drilltest

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"os"
	"sync"
)

// listener is a port of a Network that takes connections.
type listener struct {
	network *Network
	at      netip.AddrPort

	mu      sync.Mutex
	changed sync.Cond
	waiting []*conn // that nobody has accepted, oldest first
	closed  bool
}

// Accept returns the next connection.
func (l *listener) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) == 0 && !l.closed {
		l.changed.Wait()
	}
	if l.closed {
		return nil, l.failed("accept")
	}
	c := l.waiting[0]
	l.waiting = l.waiting[1:]
	l.changed.Broadcast()
	return c, nil
}

// connect opens a connection from source, or from the listener's own address; it
// is there before it is accepted. Where too many wait to be, it waits as whoever sends its SYN again and again.
func (l *listener) connect(ctx context.Context, source netip.Addr) (*conn, error) {
	defer context.AfterFunc(ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.changed.Broadcast()
	})()
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.waiting) >= backlog && !l.closed && ctx.Err() == nil {
		l.changed.Wait()
	}
	switch err := ctx.Err(); {
	case errors.Is(err, context.DeadlineExceeded):
		return nil, os.ErrDeadlineExceeded
	case err != nil:
		return nil, err
	case l.closed:
		return nil, net.ErrClosed
	}
	if !source.IsValid() {
		source = l.at.Addr()
	}
	l.network.mu.Lock()
	here, there := l.network.open(source.Unmap(), l.at)
	l.network.mu.Unlock()
	l.waiting = append(l.waiting, there)
	l.changed.Broadcast()
	return here, nil
}

// Close gives the port free, and resets the connections that nobody accepted.
func (l *listener) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return l.failed("close")
	}
	l.closed = true
	l.network.mu.Lock()
	delete(l.network.listeners, l.at)
	l.network.mu.Unlock()
	for _, c := range l.waiting {
		_ = c.SetLinger(0)
		_ = c.Close()
	}
	l.waiting = nil
	l.changed.Broadcast()
	return nil
}

// Addr returns a *net.TCPAddr.
func (l *listener) Addr() net.Addr { return net.TCPAddrFromAddrPort(l.at) }

func (l *listener) failed(op string) error {
	return &net.OpError{Op: op, Net: "tcp", Addr: l.Addr(), Err: net.ErrClosed}
}
