package sender

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// The limits of what an attempt takes from an endpoint. They are ours: no
// platform documents any.
const (
	// KeptBody is how many bytes of an answer's body are kept; the rest is
	// counted and thrown away.
	KeptBody = 64 << 10
	// maxHeadBytes bounds the head of an answer, informational answers before it
	// included.
	maxHeadBytes = 1 << 20
)

// longAgo is a time that no deadline can be before.
var longAgo = time.Unix(1, 0)

// plan is how attempts are made, the same for every attempt of one delivery.
type plan struct {
	network   Network // nil: the system's
	source    netip.Addr
	connectTo map[string]string
	proxy     *url.URL
	roots     *x509.CertPool // nil: the system's
	insecure  bool
	tls       schema.TLSVersions // that are offered; zero: those of crypto/tls
	inOrder   bool               // certificates must be in their order
	deadline  time.Duration
	linger    time.Duration // how long it is read on after the deadline; 0: it is not

	certificate *tls.Certificate // shown when asked for; nil: none
	dialTimeout time.Duration    // 0: the deadline alone
	dialDelay   time.Duration    // for which the dialer waits first
	fault       *dialFault       // what the dialer does in place of connecting; nil: it connects
	kept        *kept            // where connections are kept for the next attempt; nil: they are not
}

// wire is one attempt on one connection, watched from before its first DNS
// question to the last byte of its answer. net/http's Transport could carry it,
// but tells less than happened: it loses an answer that comes while the request
// cannot be written to its end, and does not say how much of it was written. So
// the bytes are written and read here, with net/http's own writing and parsing.
type wire struct {
	plan    plan
	request wireRequest
	attempt Attempt
	began   time.Time    // with its monotonic part
	conn    *watchedConn // the socket; nil until it is open
	stream  net.Conn     // what HTTP goes over: conn, or TLS on it
	asked   bool         // for a client certificate
	head    *headReader  // what the answer is read through; nil before
	release func() bool  // stops watching the context

	reusable bool // a whole answer came, and nothing forbids another request
	spared   bool // the connection is to be kept

	caller, deadline context.Context // the press's own, and the one that ends with the attempt's time too
	lingers          *lingering      // nil while the deadline has not passed, or where nobody lingers

	phase    Phase         // up to the write, the one that the attempt is in
	entered  time.Duration // when it began
	headed   bool          // whether a head came
	headDone time.Duration // when

	writing chan struct{} // closed when the writing has ended; nil before it begins
	wrote   time.Duration // when it did
	written int           // bytes of the request, before TLS
}

// carry makes one attempt. The error says that this machine could not look;
// whatever the endpoint or the net did is in the Attempt.
func carry(ctx context.Context, p plan, r wireRequest) (Attempt, error) {
	w := &wire{plan: p, request: r, began: time.Now(), phase: PhaseConnect, caller: ctx}
	ctx, cancel := context.WithDeadlineCause(ctx, w.began.Add(p.deadline), deadlineError{p.deadline})
	defer cancel()
	w.deadline = ctx
	w.attempt = Attempt{Started: w.began, URL: r.shown, Deadline: p.deadline, Written: WrittenNone}
	defer w.close()

	if w.resume() {
		w.hold(ctx)
	} else if ended, err := w.connected(ctx); ended || err != nil {
		return w.attempt, err
	}
	w.write()
	a := w.end(ctx, w.read(), w.answerKind)
	if a.Outcome.Kind == Answered && w.spared {
		w.keep()
	}
	return a, nil
}

// connected makes a connection, TLS included. ended says that the attempt has
// ended instead; an error that this machine could not look.
func (w *wire) connected(ctx context.Context) (ended bool, err error) {
	if err := w.dial(ctx); err != nil {
		if mine := w.ours(err); mine != nil {
			w.attempt = Attempt{}
			return true, mine
		}
		w.end(ctx, err, dialKind)
		return true, nil
	}
	if w.request.secure {
		w.enter(PhaseTLS)
		if err := w.secureConn(); err != nil {
			w.end(ctx, err, w.handshakeKind)
			return true, nil
		}
	}
	w.enter(PhaseWrite)
	return false, nil
}

// open takes over a new connection.
func (w *wire) open(ctx context.Context, conn net.Conn) {
	w.conn = &watchedConn{Conn: conn}
	w.stream = w.conn
	w.attempt.Place = 1
	w.attempt.Local, w.attempt.Remote = w.conn.addresses()
	w.hold(ctx)
}

// hold lets the attempt's deadline interrupt, from now on, whatever reads or
// writes on the connection.
func (w *wire) hold(ctx context.Context) {
	conn := w.conn.Conn
	w.release = context.AfterFunc(ctx, func() { conn.SetDeadline(longAgo) })
}

// atOnce is how many bytes a socket takes at once on which nothing waits, whether
// anybody reads or not: half of the least that a system gives it, Linux's 16 KiB.
const atOnce = 8 << 10

// write sends the request, while the answer is being read if it takes its time: an
// endpoint may answer before it has taken all of it.
func (w *wire) write() {
	w.writing = make(chan struct{})
	put := func() {
		defer close(w.writing)
		w.written, _ = w.stream.Write(w.request.bytes()) // the connection keeps the error
		w.wrote = w.since()
	}
	if _, socket := w.conn.Conn.(*net.TCPConn); socket && len(w.request.bytes()) <= atOnce {
		put()
	} else {
		go put()
	}
}

// readers are those through which answers are parsed, for the next attempt.
var readers = sync.Pool{New: func() any { return bufio.NewReaderSize(nil, 4<<10) }}

// read takes the answer: informational ones are passed over, the first other one
// counts and is read to the end of its body.
func (w *wire) read() error {
	w.head = &headReader{r: w.stream, left: maxHeadBytes, again: w.readOn, first: func() { w.attempt.FirstByte = max(1, w.since()) }}
	answers := readers.Get().(*bufio.Reader)
	answers.Reset(w.head)
	defer readers.Put(answers)
	asking := &http.Request{Method: w.request.method}
	informational := 0
	answer, err := http.ReadResponse(answers, asking)
	for err == nil && isInformational(answer.StatusCode) {
		informational++
		answer, err = http.ReadResponse(answers, asking)
	}
	if informational > 0 {
		w.note(strconv.Itoa(informational) + " informational answers (1xx) came first")
	}
	if err != nil && w.head.left <= 0 {
		return errHeadTooLarge // whatever the parser makes of a line that was cut off
	}
	if err != nil {
		if w.head.looksLikeTLS() {
			w.note("the endpoint speaks TLS: its URL should begin with https://")
		}
		return err
	}
	w.head.left = math.MaxInt
	w.headed, w.headDone = true, w.since()
	w.attempt.Status, w.attempt.Header = answer.StatusCode, answer.Header
	if location := answer.Header.Get("Location"); location != "" && answer.StatusCode/100 == 3 {
		w.note("the redirect to " + strconv.QuoteToASCII(schema.RedactURL(location)) + " was not followed")
	}
	err = w.readBody(answer)
	w.reusable = err == nil && !answer.Close && answer.StatusCode != http.StatusSwitchingProtocols && answers.Buffered() == 0
	return err
}

// isInformational reports whether another answer follows; 101 is the last one.
func isInformational(status int) bool {
	return status/100 == 1 && status != http.StatusSwitchingProtocols
}

// readBody keeps the first KeptBody bytes and counts the rest.
func (w *wire) readBody(answer *http.Response) error {
	if answer.StatusCode == http.StatusSwitchingProtocols {
		return nil // what follows would be another protocol
	}
	kept, err := io.ReadAll(io.LimitReader(answer.Body, KeptBody))
	w.attempt.Body, w.attempt.BodyBytes = kept, int64(len(kept))
	if err != nil || len(kept) < KeptBody {
		return err
	}
	more, err := io.Copy(io.Discard, answer.Body)
	w.attempt.BodyBytes += more
	return err
}

// end closes the connection and writes down how the attempt ended: err is nil
// when a whole answer was read, and kind tells any other error by its type.
func (w *wire) end(ctx context.Context, err error, kind func(error) Kind) Attempt {
	now := w.since()
	if w.spared = err == nil && now <= w.plan.deadline && w.spare(); !w.spared {
		w.close()
	}
	now, err = w.takeApart(now, err, kind)
	a := &w.attempt
	a.Took = now
	phase := w.phasesUntil(now)
	w.countWritten()

	why, stop := stopped(ctx)
	cut := stop && (w.conn == nil || w.lingers != nil || w.conn.cut())
	if err == nil {
		a.LastByte = max(1, now) // in virtual time all may happen at once
	}
	// Our timer may be later than what it should have cut off, and a dialer's
	// own, set to the same instant, earlier.
	late := now > w.plan.deadline || err != nil && now == w.plan.deadline
	switch {
	case err == nil && !late:
		a.Outcome = Outcome{Answered, phase}
		if a.Written != WrittenAll {
			w.note("the answer came before the request was wholly written")
		}
		return *a
	case cut && why == Canceled:
		err, a.Outcome = errStopped, Outcome{Canceled, phase}
	case cut, late:
		if w.headDone > w.plan.deadline {
			phase = PhaseHeaders
		}
		if err == nil { // our timer was later still
			a.Late = Late{Kind: Answered, Until: now}
			if phase == PhaseHeaders {
				a.Late.Status, a.Late.Headers = a.Status, w.headDone
			}
		}
		err, a.Outcome = errStopped, Outcome{Timeout, phase}
	default:
		a.Outcome = Outcome{kind(err), phase}
		if a.Outcome.Kind == Reset && a.FirstByte == 0 && isEnd(err) {
			err = w.conn.reset() // the writing was told
		}
	}
	if (a.Outcome.Kind == CertRequired || a.Outcome.Kind == TLSOther) && a.FirstByte == 0 && a.Place == 1 {
		// In TLS 1.3 the other side refuses us after our half of the handshake.
		a.Outcome.Phase = PhaseTLS
	}
	if a.Outcome.Kind == Timeout {
		a.CutOff = max(0, now-w.plan.deadline)
	}
	w.sayKept()
	a.GoText = w.goText(a.Outcome, err)
	a.Error = printable(w.said(ctx, err))
	return *a
}

// said is what an error says to a person: of our own deadline, what it was.
func (w *wire) said(ctx context.Context, err error) string {
	switch {
	case !errors.Is(err, errStopped):
		return err.Error()
	case w.attempt.Outcome.Kind == Timeout:
		return deadlineError{w.plan.deadline}.Error()
	}
	return fmt.Sprintf("%v: %v", errStopped, context.Cause(ctx))
}

// phasesUntil writes down how long each phase took and returns the one in which
// the attempt is. Writing and waiting overlap when an answer comes early: the
// write then ends with the head of the answer.
func (w *wire) phasesUntil(now time.Duration) Phase {
	if w.phase != PhaseWrite {
		w.took(w.phase, now-w.entered)
		return w.phase
	}
	all := w.written == len(w.request.bytes())
	if !all && !w.headed {
		w.took(PhaseWrite, now-w.entered)
		return PhaseWrite
	}
	head, wrote := now, now
	if w.headed {
		head, wrote = w.headDone, w.headDone
	}
	if all {
		wrote = min(w.wrote, head)
	}
	w.took(PhaseWrite, wrote-w.entered)
	w.took(PhaseHeaders, head-wrote)
	if !w.headed {
		return PhaseHeaders
	}
	w.took(PhaseBody, now-head)
	return PhaseBody
}

// countWritten says how much of the request was written, before TLS.
func (w *wire) countWritten() {
	switch {
	case w.written == len(w.request.bytes()):
		w.attempt.Written = WrittenAll
	case w.written > 0:
		w.attempt.Written = WrittenPart
	}
	if w.conn != nil {
		w.attempt.BytesIn, w.attempt.BytesOut = w.conn.in.Load(), w.conn.out.Load()
	}
}

// enter ends the phase that the attempt is in and begins the next.
func (w *wire) enter(next Phase) {
	now := w.since()
	w.took(w.phase, now-w.entered)
	w.phase, w.entered = next, now
}

func (w *wire) took(p Phase, d time.Duration) {
	w.attempt.Phases = append(w.attempt.Phases, PhaseTime{p, d})
}

func (w *wire) since() time.Duration { return time.Since(w.began) }

func (w *wire) note(text string) { w.attempt.Notes = append(w.attempt.Notes, text) }

// close ends the connection and waits for the writing goroutine. It closes the
// socket itself: closing TLS politely may block on an endpoint that takes
// nothing. It may be called again.
func (w *wire) close() {
	if w.conn != nil {
		w.release()
		w.conn.Close()
	}
	if w.writing != nil {
		<-w.writing
	}
}
