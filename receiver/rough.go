package receiver

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"time"
)

// An endless answer is written in blocks of about blockSize bytes, one each
// blockEvery: fast enough for any limit, and room for others on the machine.
const (
	blockSize  = 64 << 10
	blockEvery = time.Millisecond
)

// rough reports whether net/http would not write the answer as it is asked for.
func (a Answer) rough() bool {
	return a.Cut || a.HeadDelay > 0 || a.Drip.Every > 0 || a.OtherLength > 0 || a.Flaw.unfinished() || a.Flaw.endless() ||
		a.Length > 0 && (a.Length < a.whole() || !bodyAllowed(a.status()))
}

// rough takes the connection over and writes the answer by hand; false when
// nothing is left to do.
func (t *turn) rough(a Answer, status int) bool {
	conn := t.take(EndedClientGone)
	if conn == nil {
		return false
	}
	_ = conn.SetDeadline(time.Time{})
	switch {
	case a.Flaw.Kind == Garbage:
		return t.send([]byte(garbage), Drip{})
	case a.Flaw.headless():
		return t.flood(a.Flaw)
	}
	if !t.roughHead(a, status) {
		return false
	}
	return a.Cut || t.roughBody(a)
}

func (t *turn) roughHead(a Answer, status int) bool {
	drip := a.Drip
	if !drip.Headers {
		drip = Drip{}
	}
	if !t.send(a.rawHead(t.r, status), drip) {
		return false
	}
	t.done.Status = status
	if a.Flaw.Kind == EndlessHeaders {
		return t.flood(a.Flaw)
	}
	if !t.pause(a.HeadDelay) {
		return false
	}
	if a.Cut {
		return true
	}
	if !t.send([]byte("\r\n"), drip) {
		return false
	}
	t.done.HeadersAt = t.x.since()
	return true
}

// rawHead is the status line and the headers, without the empty line that ends
// them.
func (a Answer) rawHead(r *http.Request, status int) []byte {
	h := http.Header{"Date": {time.Now().UTC().Format(http.TimeFormat)}}
	a.fill(h, r)
	switch {
	case a.Cut:
	case a.Flaw.chunked():
		h["Transfer-Encoding"] = []string{"chunked"}
	case a.OtherLength > 0:
		h["Content-Length"] = []string{strconv.FormatInt(a.Length, 10), strconv.FormatInt(a.OtherLength, 10)}
	case a.Length > 0:
		h["Content-Length"] = []string{strconv.FormatInt(a.Length, 10)}
	case bodyAllowed(status) && !a.Flaw.endless():
		h["Content-Length"] = []string{strconv.Itoa(len(a.Flaw.encode(a.Body)) + len(a.Rest))}
	}
	if !a.Cut {
		h["Connection"] = []string{"close"}
	}
	var head bytes.Buffer
	fmt.Fprintf(&head, "HTTP/1.1 %03d %s\r\n", status, http.StatusText(status))
	_ = h.Write(&head) // a buffer takes everything
	return head.Bytes()
}

func (t *turn) roughBody(a Answer) bool {
	if a.HeadDelay == 0 && !t.pause(a.BodyDelay) {
		return false
	}
	if a.Flaw.Kind == EndlessBody {
		return t.flood(a.Flaw)
	}
	if !t.piece(a, a.Flaw.encode(a.Body)) || len(a.Rest) > 0 && (!t.pause(a.MidDelay) || !t.piece(a, a.Rest)) {
		return false
	}
	if a.Flaw.Kind == ChunksBadSize && !t.send([]byte(badChunk), Drip{}) {
		return false
	}
	t.done.BodyAt = t.x.since()
	return true
}

// piece writes some of the body.
func (t *turn) piece(a Answer, body []byte) bool {
	if len(body) == 0 {
		return true
	}
	out := body
	if a.Flaw.chunked() {
		out = fmt.Appendf(nil, "%x\r\n%s\r\n", len(body), body)
	}
	if !t.send(out, a.Drip) {
		return false
	}
	t.done.BodyBytes += int64(len(body))
	return true
}

// send writes all bytes, in drips where it is asked for.
func (t *turn) send(out []byte, drip Drip) bool {
	for size := len(out); len(out) > 0; out = out[size:] {
		if drip.Every > 0 {
			size = min(drip.Bytes, len(out))
		}
		if !t.write(out[:size]) || drip.Every > 0 && !t.pause(drip.Every) {
			return false
		}
	}
	return true
}

// flood writes for as long as the client takes it.
func (t *turn) flood(f Flaw) bool {
	defer t.x.pause(0)()
	block := f.block()
	tick := time.NewTicker(blockEvery)
	defer tick.Stop()
	for t.write(block) {
		if f.Kind == EndlessBody {
			t.done.BodyBytes += int64(len(block))
		}
		select {
		case <-tick.C:
		case <-t.x.stop:
			return t.over(EndedStopped)
		}
	}
	return false
}

// write writes to the connection that was taken over. A client that takes
// nothing for writeTimeout is given up.
func (t *turn) write(out []byte) bool {
	over := interrupted(t.x.stop, t.conn)
	_ = t.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := t.conn.Write(out)
	over()
	switch {
	case err == nil:
		return true
	case stopped(t.x.stop):
		return t.over(EndedStopped)
	}
	t.gone(err)
	return t.over(EndedClientGone)
}

// rest waits for d on the connection that was taken over, never less, and notes
// by how much it was more. What comes is read: only so is it seen that the client
// has gone.
func (t *turn) rest(d time.Duration) bool {
	begun := time.Now()
	_ = t.conn.SetReadDeadline(begun.Add(d))
	over := interrupted(t.x.stop, t.conn)
	err := error(nil)
	for some := make([]byte, 4<<10); err == nil; {
		_, err = t.conn.Read(some)
	}
	over()
	took := time.Since(begun)
	switch {
	case stopped(t.x.stop):
		return t.over(EndedStopped)
	case !errors.Is(err, os.ErrDeadlineExceeded) || took < d:
		return t.over(EndedClientGone)
	}
	t.done.Difference += took - d
	return true
}

// over gives the connection up.
func (t *turn) over(ended string) bool {
	t.done.Ended = ended
	_ = t.conn.Close()
	return false
}
