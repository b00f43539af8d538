package scenarios

import (
	"maps"
	"math"
	"net/netip"
	"slices"
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/sender"
)

// watch sees every change of every mock's journal while a story is told, keeps
// the entries in their newest state, and rings when one changes. It is safe for
// concurrent use.
type watch struct {
	mu      sync.Mutex
	entries map[string][]*receiver.Entry // by endpoint; Seq n is at n-1
	times   map[string][]time.Duration   // when each arrived, as clock tells
	clock   func() time.Duration
	orders  map[string]uint64 // of the newest entry of each endpoint
	told    []Told            // by the consoles, in the order in which it happened
	order   uint64            // of what was seen last
	from    uint64            // the order of the newest when time went on last
	endless func()            // called when too many have come since then; nil: nobody asks
	came    map[link]int      // how many requests have arrived on a connection; all, once there can be no more
	changed chan struct{}     // closed at the next change; nil while nobody waits
}

// link is one TCP connection: a port alone may be that of another one, too.
type link struct{ client, server netip.AddrPort }

// allCame is how many requests have arrived on a connection that takes no more.
const allCame = math.MaxInt

// visit is one request's place on a connection, from 1.
type visit struct {
	link
	place int
}

// visitOf returns where an entry came.
func visitOf(e receiver.Entry) visit {
	return visit{link{e.Request.Peer, e.Request.Local}, max(1, e.Request.Place)}
}

// visitBy returns where an attempt went.
func visitBy(a sender.Attempt) visit { return visit{link{a.Local, a.Remote}, max(1, a.Place)} }

func newWatch() *watch {
	return &watch{clock: func() time.Duration { return 0 }, times: map[string][]time.Duration{}, orders: map[string]uint64{}, entries: map[string][]*receiver.Entry{}, came: map[link]int{}}
}

// see takes one change of an entry of that endpoint. Entries come in order of
// their Seq, from 1.
func (w *watch) see(endpoint string, e receiver.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	list := w.entries[endpoint]
	if n := int(e.Seq); n <= len(list) {
		*list[n-1] = e
	} else {
		kept := e
		w.entries[endpoint] = append(list, &kept)
		w.times[endpoint] = append(w.times[endpoint], w.clock())
		w.number()
		w.orders[endpoint] = w.order
	}
	on := visitOf(e)
	if !e.Completed.IsZero() && e.Done.Ended != receiver.EndedAnswered {
		on.place = allCame // the connection has ended with it
	}
	w.came[on.link] = max(w.came[on.link], on.place)
	w.ring()
}

// hear takes one entry of a console's timeline.
func (w *watch) hear(t Told) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.number()
	t.order, t.Delivery = w.order, nil
	w.told = append(w.told, t)
	w.ring()
}

// mostAtOnce is how many entries may come while time waits for them to end. More
// are a circle: one reaction brings the other about.
const mostAtOnce = 10000

// number gives a new entry its order; w.mu is locked.
func (w *watch) number() {
	w.order++
	if w.endless != nil && w.order-w.from > mostAtOnce {
		w.endless()
		w.endless = nil
	}
}

// bound has endless called, once, when more than mostAtOnce entries come from now on
// without a call of wentOn; off ends that.
func (w *watch) bound(endless func()) (off func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.from, w.endless = w.order, endless
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.endless = nil
	}
}

// wentOn notes that time has gone on: what came before has ended.
func (w *watch) wentOn() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.from = w.order
}

// heard returns a copy of what the consoles have told since number from.
func (w *watch) heard(from int) []Told {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.told[from:])
}

// said returns how many entries the consoles have told.
func (w *watch) said() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.told)
}

// chosen returns how many entries m chooses of those that the story's own console
// has told.
func (w *watch) chosen(m TimelineMatch) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 0
	for _, t := range w.told {
		if !t.Elsewhere && m.chooses(t.Entry) {
			n++
		}
	}
	return n
}

// newest returns the order of the newest entry of each endpoint that has one.
func (w *watch) newest() map[string]uint64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.orders)
}

// take takes a connection of which no request is read.
func (w *watch) take(e receiver.Entry) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.came[visitOf(e).link] = allCame
	w.ring()
}

func (w *watch) ring() {
	if w.changed != nil {
		close(w.changed)
		w.changed = nil
	}
}

// next returns a channel that is closed at the next change.
func (w *watch) next() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.changed == nil {
		w.changed = make(chan struct{})
	}
	return w.changed
}

// count returns how many entries there are at an endpoint.
func (w *watch) count(endpoint string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.entries[endpoint])
}

// arrivals returns when each entry arrived at an endpoint.
func (w *watch) arrivals(endpoint string) []time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.times[endpoint])
}

// total returns how many entries there are at all endpoints and consoles.
func (w *watch) total() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := len(w.told)
	for _, list := range w.entries {
		n += len(list)
	}
	return n
}

// arrived reports whether that request has come, or its connection has ended.
func (w *watch) arrived(at visit) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.came[at.link] >= at.place
}

// counts returns how many entries there are, by endpoint.
func (w *watch) counts() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	out := make(map[string]int, len(w.entries))
	for name, list := range w.entries {
		out[name] = len(list)
	}
	return out
}

// between returns a copy of the entries at an endpoint from number from up to
// and without number to.
func (w *watch) between(endpoint string, from, to int) []receiver.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	var out []receiver.Entry
	for _, e := range w.entries[endpoint][from:to] {
		out = append(out, *e)
	}
	return out
}

// first returns the entry of that Seq at an endpoint.
func (w *watch) first(endpoint string, seq uint64) (receiver.Entry, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if list := w.entries[endpoint]; seq > 0 && seq <= uint64(len(list)) {
		return *list[seq-1], true
	}
	return receiver.Entry{}, false
}
