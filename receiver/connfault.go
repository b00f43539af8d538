package receiver

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"time"
)

// ConnFault is what happens to a connection below HTTP. Serve has a new
// connection before a byte of it is read, under TLS a *tls.Conn whose handshake
// has not begun, until it returns; then the connection is closed. It returns
// soon after the context has ended. It is safe for concurrent use. String gives
// the text that ParseBehavior reads.
//
// A Behavior that is a ConnFault too, as Fault is, takes connections where it
// answers: see Turns.
type ConnFault interface {
	Serve(context.Context, net.Conn) Done
	String() string
}

// The ends of a Fault beside Hang, Close and Reset.
const (
	CloseUnread End = "close unread" // closed once the request is there, unread: the kernel makes an RST of it
	StallTLS    End = "stall tls"    // the ClientHello is read and never answered
)

// Fault is a turn below HTTP, on a connection of which no request is read. It is
// a ConnFault, and a Behavior for the request that meets it on a connection that
// was open before. Its texts, and what is on the wire after TCP's handshake:
//
//	accept + hang            nothing is read and nothing written; what the client sends fills the kernel's buffers, then its window closes
//	accept + close           FIN; what the client sends is drained, for half a second at most
//	accept + reset           RST
//	close unread             the first byte of the request is awaited, under TLS after the handshake; then the close with the rest unread: RST
//	delay 20ms + close unread
//	                         the same with the delay while the request waits unread, time for the client to write all of it
//	stall tls                what the client sends, its ClientHello for one, is read and never answered
//	accept + delay 1s + reset
//	read + hang              what the client sends is read and never answered, under TLS from its ClientHello on
//	read + close             the first bytes of the client's are read, then FIN
//	read + reset             the same, then RST
//
// An RST right after the accept can reach the client while its connect() has not
// returned, and is then a reset there; a delay puts it behind.
//
// Hang and StallTLS end with the client, or with the receiver. That a client has
// left without being read is seen on Linux only, and not of one whose last bytes
// found no room: "accept + hang" then ends with the receiver.
type Fault struct {
	Read  bool          // the first bytes are read before it, TLS's where it is spoken; never of CloseUnread and StallTLS
	Delay time.Duration // before it; of CloseUnread between the first byte and the close
	End   End           // Hang, Close, Reset, CloseUnread or StallTLS; Answered is Hang
}

// String gives the text that ParseBehavior reads.
func (f Fault) String() string {
	delay := ""
	if f.Delay > 0 {
		delay = "delay " + f.Delay.String() + " + "
	}
	first := "accept + "
	if f.Read {
		first = "read + "
	}
	switch f.End {
	case CloseUnread, StallTLS:
		return delay + string(f.End)
	case Answered:
		return first + delay + string(Hang)
	}
	return first + delay + string(f.End)
}

// Serve carries the fault out and tells what really happened.
func (f Fault) Serve(ctx context.Context, conn net.Conn) Done {
	v := &void{ctx: ctx, conn: conn, bare: bare(conn)}
	v.done.Asked = f.String()
	if f.End == CloseUnread {
		if v.meet() && v.pause(f.Delay) {
			v.done.Ended = EndedUnread
			_ = v.bare.Close()
		}
		return v.done
	}
	if f.Read && !v.first(make([]byte, 64<<10)) || !v.pause(f.Delay) {
		return v.done
	}
	switch f.End {
	case Close:
		v.close()
	case Reset:
		v.reset()
	case StallTLS:
		if _, ok := v.conn.(*tls.Conn); !ok {
			v.done.Error = "the endpoint does not speak TLS: what came was read and never answered"
		}
		v.stall()
	default:
		v.hang(f.Read)
	}
	return v.done
}

// Respond does to a connection whose request was read already what is left to
// do: it hangs, closes or resets. Done.Error says so.
func (f Fault) Respond(w http.ResponseWriter, r *http.Request) Done {
	end := f.End
	if end == Answered {
		end = Hang
	}
	done := Answer{Delay: f.Delay, End: end}.Respond(w, r)
	done.Asked = f.String()
	if done.Error == "" {
		done.Error = "the connection was open before: its request was read"
	}
	return done
}

// void is one Fault being carried out.
type void struct {
	ctx  context.Context
	conn net.Conn // as the server has it
	bare net.Conn // below TLS
	done Done
}

// pause waits for d without reading, never less, and notes by how much it was
// more. False when the connection ended first.
func (v *void) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	begun := time.Now()
	if v.done.Ended = v.await(d); v.done.Ended != "" {
		return false
	}
	v.done.Difference = time.Since(begun) - d
	return true
}

// await waits without reading, for ever when d is 0. It returns "" when d is
// over, else how the connection ended.
func (v *void) await(d time.Duration) (ended string) {
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	watch, watched := make(chan bool, 1), make(chan struct{})
	go func() {
		defer close(watched)
		watch <- gone(v.bare)
	}()
	unwatch := func() {
		_ = v.bare.SetReadDeadline(time.Unix(1, 0))
		<-watched
		_ = v.bare.SetReadDeadline(time.Time{})
	}
	defer unwatch()
	for looked := false; ; {
		select {
		case <-over:
			return ""
		case left := <-watch:
			if left {
				return EndedClientGone
			}
			watch, looked = nil, true // the system does not tell
		case <-v.ctx.Done():
			if unwatch(); !looked && <-watch {
				return EndedClientGone // in the same moment
			}
			return EndedStopped
		}
	}
}

func (v *void) hang(read bool) {
	if read {
		v.stall()
		return
	}
	if v.done.Ended = v.await(0); v.done.Ended == EndedClientGone {
		v.done.Ended = EndedHung
	}
}

func (v *void) stall() {
	if v.done.Ended = EndedHung; !drain(v.bare, v.ctx.Done(), time.Time{}) {
		v.done.Ended = EndedStopped
	}
}

func (v *void) close() {
	v.done.Ended = EndedClosed
	closeWrite(v.bare)
	drain(v.bare, v.ctx.Done(), time.Now().Add(drainTime))
}

func (v *void) reset() {
	v.done.Ended = EndedReset
	setLinger(v.bare)
	_ = v.bare.Close()
}

// meet waits for the request, and leaves all of it but its first byte in the
// kernel.
func (v *void) meet() bool {
	if t, ok := v.conn.(*tls.Conn); ok {
		if err := t.HandshakeContext(v.ctx); err != nil {
			v.missed(fmt.Errorf("TLS handshake: %w", err))
			return false
		}
	}
	return v.first(make([]byte, 1))
}

// first reads the first bytes that come, as many as there is room for.
func (v *void) first(room []byte) bool {
	defer context.AfterFunc(v.ctx, func() { _ = v.bare.SetReadDeadline(time.Unix(1, 0)) })()
	if _, err := v.bare.Read(room); err != nil {
		v.missed(err)
		return false
	}
	return true
}

func (v *void) missed(err error) {
	if v.done.Ended = EndedClientGone; v.ctx.Err() != nil {
		v.done.Ended = EndedStopped
		return
	}
	v.done.Error = shown(err.Error())
}

// bare returns the connection below TLS.
func bare(conn net.Conn) net.Conn {
	if t, ok := conn.(*tls.Conn); ok {
		conn = t.NetConn()
	}
	if r, ok := conn.(*records); ok {
		conn = r.Conn
	}
	return conn
}

// records reads one TLS record at a time, so that nothing that follows the
// handshake is taken from the kernel with it.
type records struct {
	net.Conn
	header []byte
	left   int // of the record's body
}

// Read never reads past the record at hand.
func (c *records) Read(p []byte) (int, error) {
	const header = 5 // type, version, and the length in two bytes
	if c.left > 0 {
		n, err := c.Conn.Read(p[:min(len(p), c.left)])
		c.left -= n
		return n, err
	}
	n, err := c.Conn.Read(p[:min(len(p), header-len(c.header))])
	if c.header = append(c.header, p[:n]...); len(c.header) == header {
		c.left = int(c.header[3])<<8 | int(c.header[4])
		c.header = c.header[:0]
	}
	return n, err
}
