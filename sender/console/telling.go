package console

import (
	"slices"
	"sync"
)

// telling hands entries to those who subscribed: in order, never two at a time,
// and without the console's lock.
type telling struct {
	mu       sync.Mutex
	told     uint64 // the number of the newest entry that all have seen
	pending  []Entry
	busy     bool
	waiting  []chan struct{} // closed when told has grown
	watchers []*func(Entry)
}

// Subscribe calls f with each entry from now on, in order and never at the same
// time, before the call that made it is answered and before a Start or Add that
// made it returns. f may read c, press with Start and add; what it makes comes
// after the entry that it was called with. f must not wait for a call of c's API,
// which waits for f.
func (c *Console) Subscribe(f func(Entry)) (stop func()) {
	t := &c.timeline.telling
	watcher := &f
	c.mu.Lock() // what is on the timeline already is not for f
	t.mu.Lock()
	t.watchers = append(slices.Clip(t.watchers), watcher)
	t.mu.Unlock()
	c.mu.Unlock()
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.watchers = slices.DeleteFunc(slices.Clone(t.watchers), func(one *func(Entry)) bool { return one == watcher })
	}
}

// queue keeps e until it is told. The console is locked, so entries stand in
// order.
func (t *telling) queue(e Entry) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.watchers) == 0 && len(t.pending) == 0 && !t.busy {
		t.told = e.Number
		return
	}
	r := newRecord(e)
	t.pending = append(t.pending, r.entry(e.Number))
}

// seen says that nobody needs to be told of entries up to that number.
func (t *telling) seen(number uint64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.pending, t.told = nil, number
}

// tell tells what is queued, unless somebody is at it, who will tell these too.
func (c *Console) tell() {
	t := &c.timeline.telling
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.busy {
		return
	}
	t.busy = true
	defer func() { t.busy = false }() // also when a subscriber panics
	for len(t.pending) > 0 {
		e, watchers := t.pending[0], t.watchers
		t.pending = t.pending[1:]
		t.call(watchers, e)
		t.told = e.Number
		for _, one := range t.waiting {
			close(one)
		}
		t.waiting = nil
	}
}

// call calls the subscribers with e, without the lock.
func (t *telling) call(watchers []*func(Entry), e Entry) {
	t.mu.Unlock()
	defer t.mu.Lock()
	for _, f := range watchers {
		(*f)(e)
	}
}

// toldAll tells what is queued, and returns once all that is on the timeline now
// has been told, by whomever.
func (c *Console) toldAll() {
	c.mu.Lock()
	newest := c.timeline.number
	c.mu.Unlock()
	t := &c.timeline.telling
	for {
		c.tell()
		t.mu.Lock()
		if t.told >= newest || !t.busy {
			t.mu.Unlock()
			return
		}
		grown := make(chan struct{})
		t.waiting = append(t.waiting, grown)
		t.mu.Unlock()
		<-grown
	}
}
