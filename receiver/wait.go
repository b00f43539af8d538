package receiver

import (
	"context"
	"time"
)

// waiter is one Wait in progress.
type waiter struct {
	match   Match
	want    int
	out     int                 // entries that match and were pushed out before it began
	matched map[uint64]struct{} // numbers of the other entries that match now
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
	w.meet()
}

func (w *waiter) count() int { return w.out + len(w.matched) }

// meet ends the wait once there is enough.
func (w *waiter) meet() {
	if w.count() >= w.want && !w.done {
		w.done = true
		close(w.met)
	}
}

// Wait returns once n entries match, with all that match; when ctx ends first,
// with those that match so far and the context's error. Entries that were pushed
// out count as they do for Count, but are not returned.
func (j *Journal) Wait(ctx context.Context, m Match, n int) ([]Entry, error) {
	var got []Entry
	err := j.wait(ctx, m, n, func(*waiter) { got = j.matching(m) })
	return got, err
}

// Count is Wait, and returns how many entries match. Those that are pushed out
// while it waits still count; requests that were pushed out before do where m has
// no Func.
func (j *Journal) Count(ctx context.Context, m Match, n int) (count int, err error) {
	err = j.wait(ctx, m, n, func(w *waiter) { count = w.count() })
	return count, err
}

// wait calls end, with the lock held, at the moment that is the wait's last.
func (j *Journal) wait(ctx context.Context, m Match, n int, end func(*waiter)) error {
	w := &waiter{match: m, want: n, matched: map[uint64]struct{}{}, met: make(chan struct{})}
	j.mu.Lock()
	w.out = j.pushedOut(m)
	for _, r := range j.held {
		w.look(r)
	}
	w.meet()
	if w.done {
		defer j.mu.Unlock()
		end(w)
		return nil
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
	end(w)
	return err
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
