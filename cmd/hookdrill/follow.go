package main

import (
	"sync"

	"github.com/hookdrill/hookdrill/receiver"
)

// maxQueue bounds the entries that wait to be shown; those that come while it is
// full are counted, not shown. They are in the journal all the same.
const maxQueue = 4096

// follower hands the entries of journals to a func once each is complete, in
// that order. No journal ever waits for the func, which may write to a terminal
// that somebody stopped.
type follower struct {
	show func(receiver.Entry)

	mu     sync.Mutex
	queue  []receiver.Entry
	missed int
	ended  bool
	more   chan struct{} // holds a token while there is something in queue
	done   chan struct{}
}

// newFollower begins to show; end stops it.
func newFollower(show func(receiver.Entry)) *follower {
	f := &follower{show: show, more: make(chan struct{}, 1), done: make(chan struct{})}
	go f.run()
	return f
}

// watch follows one more journal, whose entries have no reactions: each is
// complete once, and the connections on which none came. It is not unsubscribed, so
// that a journal that goes away takes everything with it.
func (f *follower) watch(j *receiver.Journal) {
	j.Subscribe(f.take)
	j.SubscribeConnections(f.take)
}

func (f *follower) take(e receiver.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended || e.Completed.IsZero() {
		return
	}
	if len(f.queue) == maxQueue {
		f.missed++
		return
	}
	f.queue = append(f.queue, e)
	select {
	case f.more <- struct{}{}:
	default:
	}
}

func (f *follower) run() {
	defer close(f.done)
	for range f.more {
		f.mu.Lock()
		queue := f.queue
		f.queue = nil
		f.mu.Unlock()
		for _, e := range queue {
			f.show(e)
		}
	}
}

// end returns once everything that was queued has been shown, with the number
// of entries that were not.
func (f *follower) end() (missed int) {
	f.mu.Lock()
	f.ended = true
	close(f.more)
	f.mu.Unlock()
	<-f.done
	return f.missed
}
