package receiver

import (
	"errors"
	"sync"
	"time"
)

// The bounds of a journal without WithJournalLimits.
const (
	DefaultJournalEntries = 10_000
	DefaultJournalBytes   = 6 << 20 // as Entry counts: bodies, headers, neutral names; keeps a busy receiver under 40 MB resident
)

// Match says which entries are meant; the zero Match is all requests. Func is
// called with the journal's lock held: it must not block and not call the
// journal.
type Match struct {
	NoRequest bool             // the connections without a request, in place of the requests
	After     uint64           // only those with a higher number
	Completed bool             // only those that were answered, or are over
	Func      func(Entry) bool // nil: all
}

func (m Match) holds(e Entry) bool {
	return e.NoRequest == m.NoRequest && e.Seq > m.After && (!m.Completed || !e.Completed.IsZero()) && (m.Func == nil || m.Func(e))
}

// ErrJournalClosed is returned by a Wait or Idle that the receiver's Close
// ended.
var ErrJournalClosed = errors.New("journal closed")

// Journal keeps the newest entries, bounded by number and bytes. Connections
// without a request are told by Connections alone, and by a Wait that asks for
// them: whoever counts requests counts no connection. It is safe for concurrent
// use.
type Journal struct {
	maxEntries, maxBytes int

	mu       sync.Mutex
	held     []*record // oldest first
	bytes    int
	total    uint64              // requests
	dropped  uint64              // requests
	unheard  uint64              // connections without a request
	cleared  uint64              // the requests up to this number were cleared
	out      uint64              // those up to this number that were not cleared were pushed out
	late     map[uint64]struct{} // numbers of requests that were pushed out before they were answered
	ids      memory[sighting]
	once     memory[struct{}]
	open     int                 // requests without an answer yet
	reacting int                 // requests whose reactions go on
	pauses   map[*pause]struct{} // of open requests that wait because they were told to
	calmer   chan struct{}       // closed when less is in flight; nil while nobody waits
	waiters  map[*waiter]struct{}
	watchers map[*func(Entry)]bool // true: of connections without a request
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
		waiters: map[*waiter]struct{}{}, watchers: map[*func(Entry)]bool{}, pauses: map[*pause]struct{}{},
		closed: make(chan struct{}), late: map[uint64]struct{}{},
	}
}

// Entries returns a copy of the requests that the journal holds, oldest first.
func (j *Journal) Entries() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.matching(Match{})
}

// Connections returns a copy of the connections without a request that the
// journal holds, oldest first.
func (j *Journal) Connections() []Entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.matching(Match{NoRequest: true})
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

// Dropped returns how many requests were pushed out by newer entries.
func (j *Journal) Dropped() uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.dropped
}

// Total returns how many requests there ever were.
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
	j.held, j.bytes, j.cleared = nil, 0, j.total
	j.ids, j.once = memory[sighting]{}, memory[struct{}]{}
	for w := range j.waiters {
		clear(w.matched)
		w.out = 0
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
	j.open++
	return j.hold(e)
}

// admitConnection appends e, a connection without a request. Idle does not wait
// for it: the client may be there for ever.
func (j *Journal) admitConnection(e Entry) *record {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.unheard++
	e.Seq, e.NoRequest = j.unheard, true
	return j.hold(e)
}

func (j *Journal) hold(e Entry) *record {
	r := &record{entry: e, size: e.size()}
	j.held = append(j.held, r)
	j.bytes += r.size
	j.evict()
	j.tell(r)
	return r
}

// evict pushes the oldest out until the bounds hold; the newest stays.
func (j *Journal) evict() {
	for len(j.held) > 1 && (len(j.held) > j.maxEntries || j.bytes > j.maxBytes) {
		oldest := j.held[0]
		j.bytes -= oldest.size
		j.held[0] = nil
		j.held = j.held[1:]
		if !oldest.entry.NoRequest {
			j.dropped++
			j.out = oldest.entry.Seq
			if oldest.entry.Completed.IsZero() {
				j.late[j.out] = struct{}{}
			}
		}
	}
}

// pushedOut returns how many requests that match were pushed out. What Func would
// have said of them is not known any more: with one, none of them count.
func (j *Journal) pushedOut(m Match) int {
	from := max(m.After, j.cleared)
	if m.NoRequest || m.Func != nil || j.out <= from {
		return 0
	}
	n := int(j.out - from)
	if m.Completed {
		for seq := range j.late {
			if seq > from {
				n--
			}
		}
	}
	return n
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
	j.calm()
}

// complete closes r's entry as change leaves it.
func (j *Journal) complete(r *record, change func(*Entry)) {
	j.mu.Lock()
	defer j.mu.Unlock()
	change(&r.entry)
	r.entry.Completed = time.Now()
	if !r.entry.NoRequest {
		j.open--
		delete(j.late, r.entry.Seq)
	}
	j.tell(r)
	j.calm()
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
	if r.entry.NoRequest || r.entry.Seq > j.cleared { // what was cleared counts no more
		for w := range j.waiters {
			w.look(r)
		}
	}
	for f, noRequest := range j.watchers {
		if noRequest == r.entry.NoRequest {
			(*f)(r.entry)
		}
	}
}

// calm wakes whoever waits for less to be in flight; the lock is held.
func (j *Journal) calm() {
	if j.calmer != nil {
		close(j.calmer)
		j.calmer = nil
	}
}

// pause is the waiting of one open request that its behavior was told to do.
type pause struct{ until time.Time } // zero: until the client goes away

// pause notes that an open request waits for d, 0 for as long as its client
// does, until resume is called.
func (j *Journal) pause(d time.Duration) (resume func()) {
	p := &pause{}
	if d > 0 {
		p.until = time.Now().Add(d)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.pauses[p] = struct{}{}
	j.calm()
	return func() {
		j.mu.Lock()
		defer j.mu.Unlock()
		delete(j.pauses, p)
	}
}

// busy returns how much is in flight that something can come of until then:
// reactions, and requests but those that are told to wait for longer.
func (j *Journal) busy(then time.Time) int {
	n := j.open + j.reacting
	for p := range j.pauses {
		if p.until.IsZero() || p.until.After(then) {
			n--
		}
	}
	return n
}

// Subscribe calls f for every change of a request's entry (appended, completed,
// reacted) in order, until stop is called. f is called with the journal's lock
// held: it must not block and not call the journal.
func (j *Journal) Subscribe(f func(Entry)) (stop func()) { return j.subscribe(f, false) }

// SubscribeConnections is Subscribe for the connections without a request.
func (j *Journal) SubscribeConnections(f func(Entry)) (stop func()) { return j.subscribe(f, true) }

func (j *Journal) subscribe(f func(Entry), noRequest bool) (stop func()) {
	j.mu.Lock()
	defer j.mu.Unlock()
	key := &f
	j.watchers[key] = noRequest
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
