package sender

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// WithLinger reads on for d after the deadline has cut an attempt off, to learn
// how late the answer was: Attempt.Late. Outcome, Took and what the platform does
// stay as they are without it, but what follows an attempt waits until then. An
// attempt that was cut off before its whole request was written is not read on; 0
// is none.
func WithLinger(d time.Duration) Option {
	return func(s *settings) {
		if d < 0 {
			s.fail(fmt.Errorf("linger %s: below zero; give a time like 5s", d))
		}
		s.linger = d
	}
}

// Late is what came of an answer after the deadline had passed.
type Late struct {
	Kind    Kind          // how it ended then: answered, timeout (nothing whole by Until), closed, ...; "" where nobody looked
	Status  int           // of a head that was late, 0 when there is none
	Headers time.Duration // from the start of the attempt to that head; 0: there is none
	Until   time.Duration // from the start of the attempt until when we looked
}

// lingering is an attempt that was cut off and is read on.
type lingering struct {
	at     time.Duration // when it was cut off
	headed bool          // whether a head had come by then
	ended  func() bool   // stops watching the caller
}

// readOn is asked when reading met err. It reports whether that was the deadline,
// and the attempt is to be read on.
func (w *wire) readOn(err error) bool {
	if w.plan.linger == 0 || w.lingers != nil || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	if why, _ := stopped(w.deadline); why != Timeout {
		return false
	}
	at := w.since()
	<-w.writing // the deadline has ended it, too
	if w.written < len(w.request.bytes()) {
		return false
	}
	if w.conn.SetDeadline(w.began.Add(w.plan.deadline+w.plan.linger)) != nil {
		return false
	}
	w.conn.forget() // what comes now is told apart
	w.lingers = &lingering{at: at, headed: w.headed}
	w.lingers.ended = context.AfterFunc(w.caller, func() { w.conn.SetDeadline(longAgo) })
	return true
}

// takeApart parts what came in time from what came late. It returns when and how
// the attempt ended for the platform, whose deadline had passed.
func (w *wire) takeApart(now time.Duration, err error, kind func(error) Kind) (time.Duration, error) {
	l := w.lingers
	if l == nil {
		return now, err
	}
	l.ended()
	a := &w.attempt
	a.Late = Late{Kind: Answered, Until: now}
	switch {
	case err == nil:
		a.LastByte = now
	case w.caller.Err() != nil:
		a.Late.Kind = Canceled
	case errors.Is(w.head.err, os.ErrDeadlineExceeded):
		a.Late.Kind = Timeout
	default:
		a.Late.Kind = kind(err)
	}
	if w.headed && !l.headed {
		a.Late.Status, a.Late.Headers = a.Status, w.headDone
		a.Status, a.Header, a.Body, a.BodyBytes, w.headed = 0, nil, nil, 0, false
	}
	if a.FirstByte > l.at {
		a.FirstByte = 0
	}
	return l.at, errStopped
}

// settles reports whether no answer can have come by deadline that was not seen:
// somebody looked for so long, or the connection had ended.
func (l Late) settles(deadline time.Duration) bool {
	return l.Kind != "" && l.Kind != Canceled && (l.Kind != Timeout || l.Until >= deadline)
}
