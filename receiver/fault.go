package receiver

import (
	"io"
	"net"
	"net/http"
	"time"
)

// take takes the connection over from net/http. After that neither the
// request's context nor net/http tells that the client has gone away: only a
// read of our own does.
func (t *turn) take(end string) net.Conn {
	t.done.Ended = end
	if t.conn != nil {
		return t.conn
	}
	conn, _, err := http.NewResponseController(t.w).Hijack()
	if err == nil {
		t.conn = conn
		return conn
	}
	t.done.Error = "the connection cannot be taken over: " + err.Error()
	if t.done.Status == 0 { // a writer without a connection, such as a recorder in a test
		t.done.Status = http.StatusInternalServerError
		http.Error(t.w, t.done.Error, t.done.Status)
	}
	return nil
}

// hang writes nothing more and waits until the client goes away or the receiver
// is closed.
func (t *turn) hang() {
	conn := t.take(EndedHung)
	if conn == nil {
		return
	}
	defer conn.Close()
	defer t.x.pause(0)()
	if !drain(conn, t.x.stop, time.Time{}) {
		t.done.Ended = EndedStopped
	}
}

// close sends a FIN. A close while unread bytes wait in the kernel would become
// a reset, so what still comes is read, for half a second at most.
func (t *turn) close(end string) {
	conn := t.take(end)
	if conn == nil {
		return
	}
	defer conn.Close()
	finish(conn, t.x.stop)
}

// finish sends a FIN and reads what still comes.
func finish(conn net.Conn, stop <-chan struct{}) {
	if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
		closeWrite(conn) // close_notify first: the end of TLS, then that of TCP
		conn = tls.NetConn()
	}
	closeWrite(conn)
	drain(conn, stop, time.Now().Add(drainTime))
}

// closeNext waits for the first byte of the next request, and closes as it comes.
// Its own request is over by then: who waits for its answer must not wait for that.
func (t *turn) closeNext() {
	t.done.BodyAt = t.x.since()
	conn := t.take(EndedAnswered)
	if conn == nil {
		return
	}
	defer conn.Close()
	t.x.answered(t.done)
	_ = conn.SetReadDeadline(time.Time{})
	defer interrupted(t.x.stop, conn)()
	if _, err := conn.Read(make([]byte, 1)); err == nil {
		done := Done{Asked: t.done.Asked, Ended: EndedClosed, Error: "its next request was not read"}
		t.x.unheard(done, func() { finish(conn, t.x.stop) })
	}
}

const drainTime = 500 * time.Millisecond

func closeWrite(conn net.Conn) {
	if half, ok := conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite() // the peer may be gone already
	}
}

// reset sends an RST: what was sent and not yet received is lost, as it is when
// a host dies.
func (t *turn) reset() {
	conn := t.take(EndedReset)
	if conn == nil {
		return
	}
	defer conn.Close()
	if tls, ok := conn.(interface{ NetConn() net.Conn }); ok {
		conn = tls.NetConn() // closing TLS would say good-bye
	}
	setLinger(conn)
	_ = conn.Close()
}

// setLinger makes the close an RST.
func setLinger(conn net.Conn) {
	if linger, ok := conn.(interface{ SetLinger(int) error }); ok {
		_ = linger.SetLinger(0)
	}
}

// abandon gives the connection up without another byte.
func (t *turn) abandon(why string) {
	if conn := t.take(why); conn != nil {
		_ = conn.Close()
	}
}

// drain reads until the client ends the connection or the deadline (zero: none)
// is over; false when stop came first.
func drain(conn net.Conn, stop <-chan struct{}, deadline time.Time) bool {
	_ = conn.SetReadDeadline(deadline)
	over := interrupted(stop, conn)
	_, _ = io.Copy(io.Discard, conn)
	over()
	return !stopped(stop)
}

// interrupted ends what reads or writes on conn once stop comes, until over is
// called.
func interrupted(stop <-chan struct{}, conn net.Conn) (over func()) {
	ended, watched := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(watched)
		select {
		case <-stop:
			_ = conn.SetDeadline(time.Unix(1, 0))
		case <-ended:
		}
	}()
	return func() {
		close(ended)
		<-watched
	}
}

func stopped(stop <-chan struct{}) bool {
	select {
	case <-stop:
		return true
	default:
		return false
	}
}
