package receiver

import (
	"context"
	"time"
)

// waiter is one Wait in progress.
type waiter struct {
	match   Match
	want    int
	matched map[uint64]struct{} // numbers of the entries that match now
	met     chan struct{}
	done    bool
}

func (w *waiter) look(r *record) {
	if r.entry.NoRequest != w.match.NoRequest {
		return // its number counts something else
	}
	if !w.match.holds(r.entry) {
		delete(w.matched, r.entry.Seq)
		return
	}
	w.matched[r.entry.Seq] = struct{}{}
	if len(w.matched) >= w.want && !w.done {
		w.done = true
		close(w.met)
	}
}

// Wait returns once n entries match, with all that match; when ctx ends first,
// with those that match so far and the context's error. Entries that are pushed
// out while it waits still count, but are not returned.
func (j *Journal) Wait(ctx context.Context, m Match, n int) ([]Entry, error) {
	w := &waiter{match: m, want: n, matched: map[uint64]struct{}{}, met: make(chan struct{})}
	j.mu.Lock()
	for _, r := range j.held {
		w.look(r)
	}
	if w.done || n <= 0 {
		defer j.mu.Unlock()
		return j.matching(m), nil
	}
	j.waiters[w] = struct{}{}
	j.mu.Unlock()

	var err error
	select {
	case <-w.met:
	case <-ctx.Done():
		err = ctx.Err()
	case <-j.closed:
		err = ErrJournalClosed
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.waiters, w)
	if w.done {
		err = nil // met in the same moment
	}
	return j.matching(m), err
}

// Idle returns when no request is open and no reaction is in flight, or with the
// context's error.
func (j *Journal) Idle(ctx context.Context) error {
	return j.settle(ctx, func() bool { return j.open == 0 && j.reacting == 0 })
}

// Quiet returns when nothing is in flight of which something can come until
// then, or with the context's error: no reaction, and no request but those whose
// behavior was told to wait for longer. What should have been over at that time
// and is late is waited for.
func (j *Journal) Quiet(ctx context.Context, then time.Time) error {
	return j.settle(ctx, func() bool { return j.busy(then) == 0 })
}

// settle returns when settled, which is called with the lock held, holds.
func (j *Journal) settle(ctx context.Context, settled func() bool) error {
	for {
		j.mu.Lock()
		if settled() {
			j.mu.Unlock()
			return nil
		}
		if j.calmer == nil {
			j.calmer = make(chan struct{})
		}
		calmer := j.calmer
		j.mu.Unlock()
		select {
		case <-calmer:
		case <-ctx.Done():
			return ctx.Err()
		case <-j.closed:
			return ErrJournalClosed
		}
	}
}
