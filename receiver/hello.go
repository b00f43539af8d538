package receiver

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"os"
	"time"
)

// lateHello is a connection on which the client's hello is answered late: the
// first thing that is written waits.
type lateHello struct {
	net.Conn
	delay  time.Duration
	of     *Receiver // whose turn was taken
	turn   Behavior  // that turn, which is for the first request and asked for the delay
	heard  time.Time // when the hello came; zero before
	early  []byte    // what the client sent while it waited
	waited bool
	late   time.Duration // by how much it was more than delay
	reads  time.Time     // the deadline of reading; zero: none
}

// maxEarly bounds what a client may send while it waits: all that is due is one
// hello.
const maxEarly = 64 << 10

var errEarly = errors.New("the client sends on while its hello waits for an answer")

// Read notes when the hello comes.
func (c *lateHello) Read(p []byte) (int, error) {
	if len(c.early) > 0 {
		n := copy(p, c.early)
		c.early = c.early[n:]
		return n, nil
	}
	n, err := c.Conn.Read(p)
	if n > 0 && c.heard.IsZero() {
		c.heard = time.Now()
	}
	return n, err
}

// Write waits for what is left of the delay, the first time.
func (c *lateHello) Write(p []byte) (int, error) {
	if !c.waited {
		c.waited = true
		if err := c.wait(); err != nil {
			return 0, err
		}
	}
	return c.Conn.Write(p)
}

// wait reads meanwhile: only so is it seen that the client has gone.
func (c *lateHello) wait() error {
	due := c.heard.Add(c.delay)
	for room := make([]byte, 4<<10); time.Now().Before(due); {
		_ = c.Conn.SetReadDeadline(due)
		n, err := c.Conn.Read(room)
		c.early = append(c.early, room[:n]...)
		switch {
		case err != nil && !errors.Is(err, os.ErrDeadlineExceeded):
			return err
		case len(c.early) > maxEarly:
			return errEarly
		}
	}
	c.late = time.Since(due)
	return c.Conn.SetReadDeadline(c.reads)
}

// SetReadDeadline gives the handshake the delay beside its own time.
func (c *lateHello) SetReadDeadline(t time.Time) error {
	c.reads = c.later(t)
	return c.Conn.SetReadDeadline(c.reads)
}

// SetWriteDeadline gives the handshake the delay beside its own time.
func (c *lateHello) SetWriteDeadline(t time.Time) error { return c.Conn.SetWriteDeadline(c.later(t)) }

// SetDeadline gives the handshake the delay beside its own time.
func (c *lateHello) SetDeadline(t time.Time) error {
	return errors.Join(c.SetReadDeadline(t), c.SetWriteDeadline(t))
}

func (c *lateHello) later(t time.Time) time.Time {
	if c.waited || t.IsZero() {
		return t
	}
	return t.Add(c.delay)
}

// CloseWrite sends a FIN.
func (c *lateHello) CloseWrite() error {
	closeWrite(c.Conn)
	return nil
}

// SetLinger is that of a TCP connection.
func (c *lateHello) SetLinger(int) error {
	setLinger(c.Conn)
	return nil
}

// helloOf returns the late hello that conn began with, nil for none.
func helloOf(conn net.Conn) *lateHello {
	if t, ok := conn.(*tls.Conn); ok {
		h, _ := t.NetConn().(*lateHello)
		return h
	}
	return nil
}

// shaken notes how late the handshake before r was made, or that none could be.
func (d *Done) shaken(r *http.Request) {
	c, _ := r.Context().Value(connectionKey{}).(*connection)
	switch {
	case r.TLS == nil:
		d.Error = "the endpoint does not speak TLS: there was no handshake to delay"
	case c == nil || c.hello == nil || c.requests.Load() > 1:
		d.Error = "the connection was open before: its handshake was over"
	default:
		d.Difference += c.hello.late
	}
}
