package receiver

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
)

// open listens on HOST:PORT or "unix:/path"; an error names it and what would do.
func open(addr string) (net.Listener, error) {
	network := "tcp"
	name := addr
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, name = "unix", path
	}
	l, err := net.Listen(network, name)
	switch {
	case err == nil:
		return l, nil
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("listen on %s: the address is in use; port 0 takes a free one: %w", addr, err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("listen on %s: not permitted; a port above 1023 needs no privilege: %w", addr, err)
	}
	return nil, fmt.Errorf("listen on %s: %w", addr, err)
}

// limited is a listener with a bound on the connections open at the same time.
type limited struct {
	net.Listener
	free   chan struct{}
	closed chan struct{}
	once   sync.Once
}

func (l *limited) Accept() (net.Conn, error) {
	select {
	case l.free <- struct{}{}:
	case <-l.closed:
		return nil, net.ErrClosed
	}
	conn, err := l.Listener.Accept()
	if err != nil {
		<-l.free
		return nil, err
	}
	return &counted{Conn: conn, release: sync.OnceFunc(func() { <-l.free })}, nil
}

// Close may be called twice, by us first and by net/http then.
func (l *limited) Close() (err error) {
	l.once.Do(func() {
		close(l.closed)
		err = l.Listener.Close()
	})
	return err
}

// sieve keeps back the connections that take wants: of those it returns nil.
type sieve struct {
	net.Listener
	take func(net.Conn) net.Conn
}

func (l sieve) Accept() (net.Conn, error) {
	for {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if conn = l.take(conn); conn != nil {
			return conn, nil
		}
	}
}

// counted is a connection that gives its place back when it is closed.
type counted struct {
	net.Conn
	release func()
	tail    atomic.Uint64 // the last 8 bytes that came
	left    atomic.Bool   // the client closed or reset it while we read
	cut     atomic.Bool   // we closed it while we read
}

// Read keeps the last of what comes, and whether it is the client who ends.
func (c *counted) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	tail := c.tail.Load()
	for _, b := range p[max(0, n-8):n] {
		tail = tail<<8 | uint64(b)
	}
	c.tail.Store(tail)
	switch {
	case err == nil || errors.Is(err, os.ErrDeadlineExceeded):
	case errors.Is(err, net.ErrClosed):
		c.cut.Store(true)
	default:
		c.left.Store(true)
	}
	return n, err
}

func (c *counted) Close() error {
	defer c.release()
	return c.Conn.Close()
}

// countedOf is the connection that the listener gave, below TLS; nil when there
// is something else.
func countedOf(conn net.Conn) *counted {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if late, ok := conn.(*lateHello); ok {
		conn = late.Conn
	}
	c, _ := conn.(*counted)
	return c
}

// CloseWrite sends a FIN.
func (c *counted) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return errors.ErrUnsupported
}

// SetLinger is that of a TCP connection.
func (c *counted) SetLinger(seconds int) error {
	if l, ok := c.Conn.(interface{ SetLinger(int) error }); ok {
		return l.SetLinger(seconds)
	}
	return errors.ErrUnsupported
}
