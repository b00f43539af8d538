package sender

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"time"
)

// WithKeptConnections leaves a connection open when the answer on it was whole,
// in time, and asked for no other, and sends the next attempt to the same place
// over it; CloseIdleConnections ends those that nobody uses. Without it each
// attempt has a connection of its own. No document says which of the two a
// platform does, so Delivery.Overrides names it. A Redeliver, and an attempt whose
// dialer is told to fail or to wait, have a new connection in any case.
func WithKeptConnections() Option { return func(s *settings) { s.keeps = true } }

// CloseIdleConnections closes the connections that WithKeptConnections has kept
// and no attempt uses. The sender may be used on.
func (s *Sender) CloseIdleConnections() {
	if s.kept != nil {
		s.kept.closeAll()
	}
}

// writeGrace is how long the request may still be being written when its whole
// answer is there, if the connection is to be kept. Go's own client waits 50 ms; a
// busy machine must not decide it.
const writeGrace = time.Second

// way is what two attempts must have in common to share a connection, beside what
// all attempts of a Sender have.
type way struct {
	address          string
	source           netip.Addr
	secure, insecure bool
	certificate      *tls.Certificate
}

// kept are the open connections that no attempt uses. It is safe for concurrent
// use.
type kept struct {
	mu   sync.Mutex
	idle map[way][]*idle // the one that was used last is the last
}

// idle is one of them. It is read on, so that it is known when the endpoint closes
// it or speaks unasked.
type idle struct {
	conn   *watchedConn
	stream net.Conn      // conn, or TLS on it
	place  int           // how many requests went over it
	ended  chan struct{} // closed when it is read no more
	over   bool          // there is no use in it; known once ended is closed
}

// put keeps a connection on which nothing is under way.
func (k *kept) put(w way, one *idle) {
	one.ended = make(chan struct{})
	k.mu.Lock()
	k.idle[w] = append(k.idle[w], one)
	k.mu.Unlock()
	go func() {
		defer close(one.ended)
		n, err := one.stream.Read(make([]byte, 1))
		if one.over = n > 0 || !errors.Is(err, os.ErrDeadlineExceeded); one.over {
			one.conn.Close()
			k.drop(w, one)
		}
	}()
}

// take returns the open connection that was used last, nil where there is none.
// What the endpoint closes from now on, the attempt meets.
func (k *kept) take(w way) *idle {
	for {
		one := k.pop(w)
		if one == nil {
			return nil
		}
		one.interrupt()
		if !one.over && one.conn.SetDeadline(time.Time{}) == nil {
			one.conn.renew()
			return one
		}
		one.conn.Close()
	}
}

func (k *kept) pop(w way) *idle {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := k.idle[w]
	if len(list) == 0 {
		return nil
	}
	one := list[len(list)-1]
	if k.idle[w] = list[:len(list)-1]; len(list) == 1 {
		delete(k.idle, w)
	}
	return one
}

func (k *kept) drop(w way, one *idle) {
	k.mu.Lock()
	defer k.mu.Unlock()
	list := k.idle[w]
	for i := range list {
		if list[i] == one {
			k.idle[w] = append(list[:i:i], list[i+1:]...)
			break
		}
	}
	if len(k.idle[w]) == 0 {
		delete(k.idle, w)
	}
}

func (k *kept) closeAll() {
	k.mu.Lock()
	all := k.idle
	k.idle = map[way][]*idle{}
	k.mu.Unlock()
	for _, list := range all {
		for _, one := range list {
			one.interrupt()
			one.conn.Close()
		}
	}
}

// interrupt ends the reading and waits for its end.
func (i *idle) interrupt() {
	_ = i.conn.SetReadDeadline(longAgo) // it is closed if it cannot be set
	<-i.ended
}

// way is where the attempt's connection leads.
func (w *wire) way() way {
	return way{w.request.address, w.plan.source, w.request.secure, w.plan.insecure, w.plan.certificate}
}

// resume goes on over a kept connection and reports whether there was one.
func (w *wire) resume() bool {
	if w.plan.kept == nil || w.plan.fault != nil || w.plan.dialDelay > 0 {
		return false
	}
	one := w.plan.kept.take(w.way())
	if one == nil {
		return false
	}
	w.conn, w.stream = one.conn, one.stream
	w.attempt.Place = one.place + 1
	w.leadsTo() // as noted of the attempt that made the connection
	w.attempt.Local, w.attempt.Remote = w.conn.addresses()
	w.phase = PhaseWrite
	return true
}

// spare reports whether the connection, on which a whole answer has come, is to be
// kept. If so, the deadline cannot interrupt it any more, and all that was to be
// written is.
func (w *wire) spare() bool {
	if w.plan.kept == nil || !w.reusable || w.lingers != nil {
		return false
	}
	patience := time.NewTimer(writeGrace)
	defer patience.Stop()
	select {
	case <-w.writing:
	case <-patience.C:
		select {
		case <-w.writing: // in the same moment
		default:
			return false
		}
	}
	return w.written == len(w.request.bytes()) && w.release()
}

// keep leaves the connection to the next attempt.
func (w *wire) keep() {
	one := &idle{conn: w.conn, stream: w.stream, place: w.attempt.Place}
	w.conn = nil
	w.plan.kept.put(w.way(), one)
}

// sayKept tells where an attempt failed that went over a kept connection.
func (w *wire) sayKept() {
	a := &w.attempt
	if a.Place > 1 && a.Outcome.Kind != Answered {
		w.note(fmt.Sprintf("request %d on a connection that was kept open", a.Place))
	}
}
