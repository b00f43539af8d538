package receiver

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Behavior answers a request. It is safe for concurrent use. String gives the
// text that ParseBehavior reads.
type Behavior interface {
	Respond(http.ResponseWriter, *http.Request) Done
	String() string
}

// End is how a turn ends other than by an answer.
type End string

// The ends. Answered is the zero End: the answer is written to its end.
const (
	Answered End = ""
	Hang     End = "hang"  // nothing more is written; until the client goes away
	Close    End = "close" // FIN after draining
	Reset    End = "reset" // RST
	// CloseNext answers to the end, waits for the next request on the connection
	// and closes as its first byte comes, as an idle timeout that has just run out.
	CloseNext End = "close next"
)

// Answer is one turn in the order of time: HandshakeDelay, Delay, status line and headers,
// BodyDelay, body, EndDelay, and the end. The zero Answer is "status 200". It is
// a Behavior; its text is
//
//	delay 900ms + status 200 + header Retry-After 30 + delay 1s + body done
//	redirect 307 /elsewhere
//	status 200 + body half + reset
//	status 200 + body half + delay 1s + body rest
//	status 200 + length 1000 + body half + close
//	status 200 + header Retry-After 30 + cut headers + hang
//	drip 1 every 100ms + status 200
//	tls delay 900ms + status 200
type Answer struct {
	// HandshakeDelay is before the client's hello is answered, on a TLS connection
	// that is new when the turn is at hand; it counts from the hello's first bytes.
	HandshakeDelay time.Duration

	Delay       time.Duration // before the headers
	Latency     Latency       // the same, drawn anew for each request; the zero one is Delay
	Drip        Drip          // how slowly it is written; the zero one is at once
	Status      int           // 0: 200, or none before an End, or 302 with a Redirect
	Redirect    string        // the Location; Itself and Plaintext are made of the request's own URL
	Header      http.Header
	Flaw        Flaw          // what else is wrong with it
	Cut         bool          // status line and headers go out without the empty line that ends them, and then no body
	HeadDelay   time.Duration // before the empty line that ends the headers, in place of BodyDelay; with Cut before the end
	Length      int64         // the Content-Length, more or less than there is of the body; 0: the true one
	OtherLength int64         // a second Content-Length beside Length; 0: none
	BodyDelay   time.Duration // between the headers and the body
	Body        []byte
	BodyFile    string        // where ParseBehavior read Body from, for String
	MidDelay    time.Duration // between Body and Rest
	Rest        []byte        // of the body
	EndDelay    time.Duration // between the body and the end
	End         End           // Answered is Close where the answer is left unfinished
}

// The targets of a Redirect that depend on the request.
const (
	Itself    = "itself"    // where it came to
	Plaintext = "plaintext" // the same with http in place of https
)

// Drip writes Bytes bytes, then waits for Every, and so on.
type Drip struct {
	Bytes   int
	Every   time.Duration
	Headers bool // status line and headers too, not the body alone
}

// end returns the end that is carried out. The request was read: what is meant
// for one that was not is done as far as it can.
func (a Answer) end() End {
	switch {
	case a.End == Answered && (a.Cut || a.Flaw.unfinished() || a.Length > a.whole()), a.End == CloseUnread:
		return Close
	case a.End == StallTLS:
		return Hang
	}
	return a.End
}

// whole returns how many bytes the body has.
func (a Answer) whole() int64 { return int64(len(a.Body) + len(a.Rest)) }

// status returns the status that is written, 0 for none.
func (a Answer) status() int {
	switch {
	case a.Flaw.headless():
		return 0
	case a.Status != 0:
		return a.Status
	case a.Redirect != "":
		return http.StatusFound
	case a.End == Answered || len(a.Header) > 0 || len(a.Body) > 0 || a.BodyDelay > 0 || a.Cut || a.HeadDelay > 0 || a.Length > 0 ||
		a.Flaw != Flaw{} || a.Drip != Drip{} || a.End == CloseNext:
		return http.StatusOK
	}
	return 0
}

// Respond carries the turn out and tells what really happened.
func (a Answer) Respond(w http.ResponseWriter, r *http.Request) Done {
	if varies(a) {
		a = settled(a, 1, source(0, 1)).(Answer)
	}
	t := turn{w: w, r: r, x: exchangeOf(r)}
	t.done.Asked = a.redacted(t.x.secrets).String()
	if a.HandshakeDelay > 0 {
		t.done.shaken(r)
	}
	t.play(a)
	return t.done
}

// turn is one Answer being carried out.
type turn struct {
	w    http.ResponseWriter
	r    *http.Request
	x    *exchange
	conn net.Conn // taken over from net/http, nil before
	done Done
}

func (t *turn) play(a Answer) {
	if !t.pauseSince(t.x.ready, a.Delay) {
		return
	}
	switch status := a.status(); {
	case a.rough():
		if !t.rough(a, status) {
			return
		}
	case status != 0:
		if !t.smooth(a, status) {
			return
		}
	}
	if !t.pause(a.EndDelay) {
		return
	}
	switch a.end() {
	case Hang:
		t.hang()
	case Close:
		t.close(EndedClosed)
	case Reset:
		t.reset()
	case CloseNext:
		t.closeNext()
	default:
		t.done.BodyAt = t.x.since()
		if t.done.Ended = EndedAnswered; t.conn != nil {
			t.close(EndedAnswered)
		}
	}
}

// smooth has net/http write the answer.
func (t *turn) smooth(a Answer, status int) bool {
	body := a.Flaw.encode(a.Body)
	t.head(a, body, status)
	if a.BodyDelay > 0 && (!t.flush() || !t.pause(a.BodyDelay)) {
		return false
	}
	return t.body(body, status) && (len(a.Rest) == 0 || t.pause(a.MidDelay) && t.body(a.Rest, status))
}

// head writes status line and headers as far as net/http's buffer.
func (t *turn) head(a Answer, body []byte, status int) {
	h := t.w.Header()
	a.fill(h, t.r)
	// a length only where the answer really ends with its body: otherwise the
	// client would be done before the late or missing end
	end := a.end()
	whole := end == CloseNext || end == Answered && a.EndDelay == 0 && (a.BodyDelay == 0 || len(body) > 0)
	switch {
	case a.Length > 0:
		h["Content-Length"] = []string{strconv.FormatInt(a.Length, 10)}
	case whole && bodyAllowed(status):
		h["Content-Length"] = []string{strconv.Itoa(len(body) + len(a.Rest))}
	}
	t.w.WriteHeader(status)
	t.done.Status = status
}

// fill writes the headers that were asked for, and those that go with the body.
func (a Answer) fill(h http.Header, r *http.Request) {
	for name, values := range a.Header {
		h[name] = values[:len(values):len(values)] // who appends to it gets a copy
	}
	if a.Redirect != "" {
		h["Location"] = []string{target(a.Redirect, r)}
	}
	a.Flaw.fill(h)
	if len(a.Body) > 0 && h["Content-Type"] == nil {
		h["Content-Type"] = []string{contentType(a.Body)}
	}
}

// target is where a redirect leads.
func target(to string, r *http.Request) string {
	scheme := "http"
	switch {
	case to != Itself && to != Plaintext:
		return to
	case to == Itself && r.TLS != nil:
		scheme = "https"
	}
	return scheme + "://" + r.Host + r.URL.RequestURI()
}

// body writes the body and sends all that is buffered.
func (t *turn) body(body []byte, status int) bool {
	if len(body) > 0 && bodyAllowed(status) {
		if len(body) > 4<<10 { // small ones fit the kernel's buffer
			_ = http.NewResponseController(t.w).SetWriteDeadline(time.Now().Add(writeTimeout))
		}
		n, err := t.w.Write(body)
		t.done.BodyBytes += int64(n)
		if err != nil {
			return t.gone(err)
		}
	}
	if !t.flush() {
		return false
	}
	t.done.BodyAt = t.x.since()
	return true
}

// writeTimeout ends the answer to a client that does not read.
const writeTimeout = 10 * time.Second

// flush sends what is buffered, so that "the headers are out" is true.
func (t *turn) flush() bool {
	if err := http.NewResponseController(t.w).Flush(); err != nil {
		return t.gone(err)
	}
	if t.done.HeadersAt == 0 {
		t.done.HeadersAt = t.x.since()
	}
	return true
}

func (t *turn) gone(err error) bool {
	t.done.Ended, t.done.Error = EndedClientGone, shown(err.Error())
	return false
}

// pause waits for d, never less, and notes by how much it was more. When the
// client goes away or the receiver is closed, the connection is given up: a
// client that has only closed its writing half must not get an answer that was
// not asked for.
func (t *turn) pause(d time.Duration) bool { return t.pauseSince(time.Time{}, d) }

// pauseSince is pause for a wait that began before now: what the receiver did
// meanwhile is part of it, and makes no answer later.
func (t *turn) pauseSince(begun time.Time, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	defer t.x.pause(d)()
	if t.conn != nil {
		return t.rest(d)
	}
	if begun.IsZero() {
		begun = time.Now()
	}
	timer := time.NewTimer(d - time.Since(begun))
	defer timer.Stop()
	select {
	case <-timer.C:
		t.done.Difference += time.Since(begun) - d
		return true
	case <-t.r.Context().Done():
		if errors.Is(context.Cause(t.r.Context()), errStopped) {
			t.abandon(EndedStopped)
			break
		}
		t.abandon(EndedClientGone)
	}
	return false
}

func bodyAllowed(status int) bool {
	return status >= 200 && status != http.StatusNoContent && status != http.StatusNotModified
}

func contentType(body []byte) string {
	if b := bytes.TrimLeft(body, " \t\r\n"); len(b) > 0 && (b[0] == '{' || b[0] == '[') {
		return "application/json"
	}
	return "text/plain; charset=utf-8"
}
