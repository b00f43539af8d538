package receiver

import "context"

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
	j.mu.Lock()
	if j.open == 0 && j.reacting == 0 {
		j.mu.Unlock()
		return nil
	}
	if j.idle == nil {
		j.idle = make(chan struct{})
	}
	idle := j.idle
	j.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-j.closed:
		return ErrJournalClosed
	}
}
