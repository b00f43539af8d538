package receiver

import (
	"context"
	"errors"
	"sync"
	"time"
)

// The bounds of a journal without WithJournalLimits.
const (
	DefaultJournalEntries = 10_000
	DefaultJournalBytes   = 6 << 20 // as Entry counts: bodies, headers, neutral names; keeps a busy receiver under 40 MB resident
)

// Match says which entries are meant; the zero Match is all. Func is called
// with the journal's lock held: it must not block and not call the journal.
type Match struct {
	Func func(Entry) bool // nil: all
}

func (m Match) holds(e Entry) bool { return m.Func == nil || m.Func(e) }

// ErrJournalClosed is returned by a Wait or Idle that the receiver's Close
// ended.
var ErrJournalClosed = errors.New("journal closed")

// Journal keeps the newest entries, bounded by number and bytes. It is safe for
// concurrent use.
type Journal struct {
	maxEntries, maxBytes int

	mu       sync.Mutex
	held     []*record // oldest first
	bytes    int
	total    uint64
	dropped  uint64
	ids      memory[sighting]
	once     memory[struct{}]
	open     int           // entries without an answer yet
	reacting int           // requests whose reactions go on
	idle     chan struct{} // closed when both fall to 0; nil while nobody waits
	waiters  map[*waiter]struct{}
	watchers map[*func(Entry)]struct{}
	closed   chan struct{}
}

// record is an entry as the journal holds it.
type record struct {
	entry Entry
	size  int
}

// sighting is what the journal knows of one event id.
type sighting struct {
	first    uint64 // the first entry that had it
	accepted uint64 // the first that was not refused; 0 none
	count    int
}

func newJournal(entries, bytes int) *Journal {
	return &Journal{
		maxEntries: entries, maxBytes: bytes,
		waiters: map[*waiter]struct{}{}, watchers: map[*func(Entry)]struct{}{},
		closed: make(chan struct{}),
	}
}

// Entries returns a copy of what the journal holds, oldest first.
func (j *Journal) Entries() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.matching(Match{})
}

func (j *Journal) matching(m Match) []Entry {
	var out []Entry
	for _, r := range j.held {
		if m.holds(r.entry) {
			out = append(out, r.entry)
		}
	}
	return out
}

// Dropped returns how many entries were pushed out by newer ones.
func (j *Journal) Dropped() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.dropped
}

// Total returns how many entries there ever were.
func (j *Journal) Total() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.total
}

// Clear forgets all entries and every event id, and what reactions were done
// once per event or incident. Numbers go on from where they are.
func (j *Journal) Clear() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.held, j.bytes = nil, 0
	j.ids, j.once = memory[sighting]{}, memory[struct{}]{}
	for w := range j.waiters {
		clear(w.matched)
	}
}

// admit appends e. The journal alone can say which attempt of its event id e
// is, so judge adds what the checks find in that, under the lock; accepted is
// the first entry with the same event id that was not refused, 0 for none.
func (j *Journal) admit(e Entry, eventID string, judge func(e *Entry, accepted uint64) (refused bool)) *record {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.total++
	e.Seq = j.total
	var known *sighting
	if eventID != "" {
		known = j.ids.recall(eventID)
		if known.count++; known.count == 1 {
			known.first = e.Seq
		} else {
			e.DuplicateOf = known.first
		}
		e.Attempt = known.count
	}
	before := uint64(0)
	if known != nil {
		before = known.accepted
	}
	if refused := judge(&e, before); !refused && known != nil && known.accepted == 0 {
		known.accepted = e.Seq
	}
	r := &record{entry: e, size: e.size()}
	j.held = append(j.held, r)
	j.bytes += r.size
	j.open++
	j.evict()
	j.tell(r)
	return r
}

// evict pushes the oldest out until the bounds hold; the newest stays.
func (j *Journal) evict() {
	for len(j.held) > 1 && (len(j.held) > j.maxEntries || j.bytes > j.maxBytes) {
		j.bytes -= j.held[0].size
		j.held[0] = nil
		j.held = j.held[1:]
		j.dropped++
	}
}

// react counts the reactions of r as in flight until reacted is called.
func (j *Journal) react() {
	j.mu.Lock()
	j.reacting++
	j.mu.Unlock()
}

func (j *Journal) reacted() {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.reacting--
	j.rest()
}

// complete closes r's entry as change leaves it.
func (j *Journal) complete(r *record, change func(*Entry)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(&r.entry)
	r.entry.Completed = time.Now()
	j.open--
	j.tell(r)
	j.rest()
}

// note adds one reaction to r's entry.
func (j *Journal) note(r *record, done Reacted) {
	j.mu.Lock()
	defer j.mu.Unlock()
	// a new list each time: copies of the entry share the old one
	r.entry.Reactions = append(r.entry.Reactions[:len(r.entry.Reactions):len(r.entry.Reactions)], done)
	j.tell(r)
}

// claim reports whether key is new, and remembers it.
func (j *Journal) claim(key string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.once.knows(key) {
		return false
	}
	j.once.recall(key)
	return true
}

// tell wakes who waits for r and calls who watches; the lock is held.
func (j *Journal) tell(r *record) {
	for w := range j.waiters {
		w.look(r)
	}
	for f := range j.watchers {
		(*f)(r.entry)
	}
}

func (j *Journal) rest() {
	if j.open == 0 && j.reacting == 0 && j.idle != nil {
		close(j.idle)
		j.idle = nil
	}
}

// waiter is one Wait in progress.
type waiter struct {
	match   Match
	want    int
	matched map[uint64]struct{} // numbers of the entries that match now
	met     chan struct{}
	done    bool
}

func (w *waiter) look(r *record) {
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

// Idle returns when no entry is open and no reaction is in flight, or with the
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

// Subscribe calls f for every change of an entry (appended, completed, reacted)
// in order, until stop is called. f is called with the journal's lock held: it
// must not block and not call the journal.
func (j *Journal) Subscribe(f func(Entry)) (stop func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	key := &f
	j.watchers[key] = struct{}{}
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.watchers, key)
	}
}

// close ends every Wait and Idle; entries can still be read.
func (j *Journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	select {
	case <-j.closed:
	default:
		close(j.closed)
	}
}
