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
)

// Answer is one turn in the order of time: Delay, status line and headers,
// BodyDelay, body, EndDelay, and the end. The zero Answer is "status 200". It is
// a Behavior; its text is
//
//	delay 900ms + status 200 + header Retry-After 30 + delay 1s + body done
//	redirect 307 /elsewhere
//	status 200 + body half + reset
//	status 200 + length 1000 + body half + close
//	status 200 + header Retry-After 30 + cut headers + hang
type Answer struct {
	Delay     time.Duration // before the headers
	Status    int           // 0: 200, or none before an End, or 302 with a Redirect
	Redirect  string        // the Location
	Header    http.Header
	Cut       bool          // status line and headers go out without the empty line that ends them, and then no body
	Length    int64         // the Content-Length, more than there is of the body; 0: the true one
	BodyDelay time.Duration // between the headers and the body
	Body      []byte
	BodyFile  string        // where ParseBehavior read Body from, for String
	EndDelay  time.Duration // between the body and the end
	End       End           // Answered is Close where Cut or Length leave the answer unfinished
}

// end returns the end that is carried out. The request was read: what is meant
// for one that was not is done as far as it can.
func (a Answer) end() End {
	switch {
	case a.End == Answered && (a.Cut || a.Length > int64(len(a.Body))), a.End == CloseUnread:
		return Close
	case a.End == StallTLS:
		return Hang
	}
	return a.End
}

// status returns the status that is written, 0 for none.
func (a Answer) status() int {
	switch {
	case a.Status != 0:
		return a.Status
	case a.Redirect != "":
		return http.StatusFound
	case a.End == Answered || len(a.Header) > 0 || len(a.Body) > 0 || a.BodyDelay > 0 || a.Cut || a.Length > 0:
		return http.StatusOK
	}
	return 0
}

// Respond carries the turn out and tells what really happened.
func (a Answer) Respond(w http.ResponseWriter, r *http.Request) Done {
	t := turn{w: w, r: r, x: exchangeOf(r)}
	t.done.Asked = a.redacted(t.x.secrets).String()
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
	if !t.pause(a.Delay) {
		return
	}
	if status := a.status(); status != 0 && a.Cut {
		if !t.cut(a, status) {
			return
		}
	} else if status != 0 {
		t.head(a, status)
		if a.BodyDelay > 0 && (!t.flush() || !t.pause(a.BodyDelay)) {
			return
		}
		if !t.body(a.Body, status) {
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
		t.close()
	case Reset:
		t.reset()
	default:
		t.done.Ended = EndedAnswered
		t.done.BodyAt = t.x.since()
	}
}

// head writes status line and headers as far as net/http's buffer.
func (t *turn) head(a Answer, status int) {
	h := t.w.Header()
	a.fill(h)
	if len(a.Body) > 0 && h["Content-Type"] == nil {
		h["Content-Type"] = []string{contentType(a.Body)}
	}
	// a length only where the answer really ends with its body: otherwise the
	// client would be done before the late or missing end
	whole := a.end() == Answered && a.EndDelay == 0 && (a.BodyDelay == 0 || len(a.Body) > 0)
	switch {
	case a.Length > 0:
		h["Content-Length"] = []string{strconv.FormatInt(a.Length, 10)}
	case whole && bodyAllowed(status):
		h["Content-Length"] = []string{strconv.Itoa(len(a.Body))}
	}
	t.w.WriteHeader(status)
	t.done.Status = status
}

// fill writes the headers that were asked for.
func (a Answer) fill(h http.Header) {
	for name, values := range a.Header {
		h[name] = values[:len(values):len(values)] // who appends to it gets a copy
	}
	if a.Redirect != "" {
		h["Location"] = []string{a.Redirect}
	}
}

// body writes the body and sends all that is buffered.
func (t *turn) body(body []byte, status int) bool {
	if len(body) > 0 && bodyAllowed(status) {
		if len(body) > 4<<10 { // small ones fit the kernel's buffer
			_ = http.NewResponseController(t.w).SetWriteDeadline(time.Now().Add(writeTimeout))
		}
		n, err := t.w.Write(body)
		t.done.BodyBytes = int64(n)
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
func (t *turn) pause(d time.Duration) bool {
	if d <= 0 {
		return true
	}
	defer t.x.pause(d)()
	begun := time.Now()
	timer := time.NewTimer(d)
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
