package drilltest

import (
	"io"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"
)

// link is what both ends of a connection share: one lock, and one condition for
// all that changes. Waiting for it is what a bubble sees.
type link struct {
	mu      sync.Mutex
	changed sync.Cond
}

// conn is one end of a connection. What it says of errors is what Linux says on
// the loopback.
type conn struct {
	network       *Network
	link          *link
	peer          *conn
	local, remote netip.AddrPort

	// the link's lock is held for what follows
	received []byte // and not read
	ended    bool   // a FIN came, behind received
	dead     bool   // an RST came
	failed   error  // what it was, until somebody is told
	shut     bool   // a FIN was sent
	closed   bool
	abort    bool // Close is an RST
	readBy   deadline
	writeBy  deadline
}

// Read reads what came, in the order in which a kernel looks: what was received,
// the FIN, the RST.
func (c *conn) Read(p []byte) (int, error) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for {
		switch {
		case c.closed:
			return 0, c.wrong("read", net.ErrClosed)
		case len(p) == 0:
			return 0, nil
		case c.readBy.over():
			return 0, c.wrong("read", os.ErrDeadlineExceeded)
		case len(c.received) > 0:
			n := copy(p, c.received)
			if c.received = c.received[n:]; len(c.received) == 0 {
				c.received = nil
			}
			c.link.changed.Broadcast() // there is room
			return n, nil
		case c.ended:
			return 0, io.EOF
		case c.failed != nil:
			return 0, c.wrong("read", os.NewSyscallError("read", c.told()))
		case c.dead:
			return 0, io.EOF
		}
		c.link.changed.Wait()
	}
}

// Write puts p into the other side's buffer, and waits while that is full.
func (c *conn) Write(p []byte) (n int, err error) {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for {
		switch {
		case c.closed:
			return n, c.wrong("write", net.ErrClosed)
		case c.writeBy.over():
			return n, c.wrong("write", os.ErrDeadlineExceeded)
		case len(p) == 0 && n > 0:
			return n, nil
		case c.failed != nil:
			return n, c.wrong("write", os.NewSyscallError("write", c.told()))
		case c.dead, c.shut:
			return n, c.wrong("write", os.NewSyscallError("write", syscall.EPIPE))
		case len(p) == 0:
			return n, nil
		case c.peer.closed:
			c.reset() // the other side's answer to what it has no socket for any more
			return n + len(p), nil
		}
		if room := min(window-len(c.peer.received), len(p)); room > 0 {
			c.peer.received = append(c.peer.received, p[:room]...)
			n, p = n+room, p[room:]
			c.link.changed.Broadcast()
			continue
		}
		c.link.changed.Wait()
	}
}

// reset takes an RST; the link is locked.
func (c *conn) reset() {
	if c.closed || c.dead {
		return
	}
	c.dead, c.failed = true, syscall.ECONNRESET
	if c.ended {
		c.failed = syscall.EPIPE
	}
	c.link.changed.Broadcast()
}

// told returns what an RST was; the next who asks learns only that it is over.
func (c *conn) told() error {
	err := c.failed
	c.failed = nil
	return err
}

// CloseWrite sends a FIN.
func (c *conn) CloseWrite() error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	switch {
	case c.closed:
		return c.wrong("close", net.ErrClosed)
	case c.dead, c.peer.closed && c.shut:
		return c.wrong("close", os.NewSyscallError("shutdown", syscall.ENOTCONN))
	}
	c.shut, c.peer.ended = true, true
	c.link.changed.Broadcast()
	return nil
}

// SetLinger makes Close an RST when seconds is 0.
func (c *conn) SetLinger(seconds int) error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if c.closed {
		return c.wrong("set", net.ErrClosed)
	}
	c.abort = seconds == 0
	return nil
}

// Close sends a FIN, or an RST where bytes are unread or SetLinger asked for it.
func (c *conn) Close() error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if c.closed {
		return c.wrong("close", net.ErrClosed)
	}
	c.closed = true
	c.readBy.set(time.Time{}, nil)
	c.writeBy.set(time.Time{}, nil)
	if !c.dead {
		if c.abort || len(c.received) > 0 {
			c.peer.reset()
		}
		c.peer.ended = c.peer.ended || !c.peer.dead
	}
	c.received = nil
	c.link.changed.Broadcast()
	c.network.forget(c)
	return nil
}

// AwaitPeer waits, without reading, until the other side has ended the
// connection. It returns false when the read deadline or a Close came first.
func (c *conn) AwaitPeer() bool {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	for !c.ended && !c.dead && !c.closed && !c.readBy.over() {
		c.link.changed.Wait()
	}
	return c.ended || c.dead
}

// LocalAddr returns a *net.TCPAddr.
func (c *conn) LocalAddr() net.Addr { return net.TCPAddrFromAddrPort(c.local) }

// RemoteAddr returns a *net.TCPAddr.
func (c *conn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.remote) }

// SetDeadline is SetReadDeadline and SetWriteDeadline.
func (c *conn) SetDeadline(t time.Time) error { return c.limit(t, &c.readBy, &c.writeBy) }

// SetReadDeadline ends reading at t, now and later; zero is no deadline.
func (c *conn) SetReadDeadline(t time.Time) error { return c.limit(t, &c.readBy) }

// SetWriteDeadline ends writing at t, now and later; zero is no deadline.
func (c *conn) SetWriteDeadline(t time.Time) error { return c.limit(t, &c.writeBy) }

func (c *conn) limit(t time.Time, deadlines ...*deadline) error {
	c.link.mu.Lock()
	defer c.link.mu.Unlock()
	if c.closed {
		return c.wrong("set", net.ErrClosed)
	}
	for _, d := range deadlines {
		d.set(t, c.link)
	}
	return nil
}

func (c *conn) wrong(op string, err error) error {
	return &net.OpError{Op: op, Net: "tcp", Source: c.LocalAddr(), Addr: c.RemoteAddr(), Err: err}
}

// deadline is a time on the clock of whoever set it.
type deadline struct {
	at    time.Time
	alarm *time.Timer // rings the link
}

// set changes the deadline of a locked link.
func (d *deadline) set(t time.Time, l *link) {
	if d.alarm != nil {
		d.alarm.Stop()
		d.alarm = nil
	}
	d.at = t
	switch {
	case t.IsZero():
	case d.over():
		l.changed.Broadcast()
	default:
		d.alarm = time.AfterFunc(time.Until(t), func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			l.changed.Broadcast()
		})
	}
}

func (d *deadline) over() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }
