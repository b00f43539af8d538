package receiver

import (
	"fmt"
	"net"
	"net/netip"
	"runtime/debug"
	"sync/atomic"
	"time"
)

// connection is what a Server knows of one connection.
type connection struct {
	number      uint64
	opened      time.Time
	peer, local netip.AddrPort
	unix        bool
	requests    atomic.Int64
	hello       *lateHello  // nil: its hello was not delayed
	begun       bool        // something came; under the Server's lock
	served      atomic.Bool // the endpoint had a request
}

type connectionKey struct{}

func addrPort(a net.Addr) (ap netip.AddrPort, unix bool) {
	switch a := a.(type) {
	case *net.TCPAddr:
		ap = a.AddrPort()
		return netip.AddrPortFrom(ap.Addr().Unmap(), ap.Port()), false
	case *net.UnixAddr:
		return ap, true
	}
	return ap, false
}

// below is an endpoint that may have a connection before HTTP has it.
type below interface {
	// takeConn takes the turn of the connection at hand, which speaks TLS or not.
	takeConn(secure bool) taken
	// missed takes note of a connection that ended before it could have a request.
	missed(c *connection, done Done)
}

// taken is what is done with a connection; the zero one is nothing but HTTP.
type taken struct {
	serve func(net.Conn, *connection) // HTTP never has it
	hello Answer                      // with a HandshakeDelay: it is HTTP's after that, and this its first turn
	of    *Receiver                   // whose turn hello is
}

// takeConn takes a turn of the behavior when it begins below HTTP.
func (r *Receiver) takeConn(secure bool) taken {
	b := r.Behavior()
	if turns, ok := b.(*Turns); ok {
		b = turns.takeConn(secure)
	}
	switch b := b.(type) {
	case ConnFault:
		return taken{serve: func(conn net.Conn, c *connection) { r.serveConn(b, conn, c) }}
	case Answer:
		if secure && b.HandshakeDelay > 0 {
			return taken{hello: b, of: r}
		}
	}
	return taken{}
}

// begins reports whether b begins with the connection, before a request is read.
func begins(b Behavior, secure bool) bool {
	if a, ok := b.(Answer); ok {
		return secure && a.HandshakeDelay > 0
	}
	_, ok := b.(ConnFault)
	return ok
}

// takeConn asks the root: a connection without a request names no namespace.
func (n *Namespaces) takeConn(secure bool) taken { return n.root.takeConn(secure) }

// missed asks the root, as takeConn does.
func (n *Namespaces) missed(c *connection, done Done) { n.root.missed(c, done) }

// serveConn keeps the connection in the journal and lets the fault have it.
func (r *Receiver) serveConn(fault ConnFault, conn net.Conn, c *connection) {
	record := r.admitConnection(c, Done{Asked: fault.String()})
	done, panicked := r.carryOut(fault, conn)
	r.completeConnection(record, c, done, panicked)
}

func (r *Receiver) missed(c *connection, done Done) {
	r.completeConnection(r.admitConnection(c, done), c, done, "")
}

func (r *Receiver) admitConnection(c *connection, done Done) *record {
	e := Entry{Arrived: c.opened, Done: done}
	e.Request.Connection, e.Request.Peer, e.Request.Local, e.Request.unix = c.number, c.peer, c.local, c.unix
	return r.journal.admitConnection(e)
}

func (r *Receiver) completeConnection(record *record, c *connection, done Done, panicked string) {
	r.journal.complete(record, func(e *Entry) { e.Done, e.Panic = done, panicked })
	r.logger.Info().Uint64("connection", c.number).Str("peer", c.peer.String()).Str("asked", done.Asked).
		Str("ended", done.Ended).Str("error", done.Error).Dur("took", time.Since(c.opened)).Msg("connection")
}

func (r *Receiver) carryOut(fault ConnFault, conn net.Conn) (done Done, panicked string) {
	defer func() {
		if p := recover(); p != nil {
			done, panicked = Done{Asked: "panic", Ended: EndedClosed}, shown(fmt.Sprint(p))
			r.logger.Error().Str("panic", panicked).Str("stack", string(debug.Stack())).Msg("panic")
		}
	}()
	return fault.Serve(r.base, conn), ""
}
