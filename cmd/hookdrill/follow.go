package main

import (
	"sync"

	"github.com/hookdrill/hookdrill/receiver"
)

// maxQueue bounds the entries that wait to be shown; those that come while it is
// full are counted, not shown. They are in the journal all the same.
const maxQueue = 4096

// follower hands the entries of a journal to a func once each is complete, in
// that order. The journal never waits for the func, which may write to a
// terminal that somebody stopped.
type follower struct {
	stop func()
	show func(receiver.Entry)

	mu     sync.Mutex
	queue  []receiver.Entry
	missed int
	more   chan struct{} // holds a token while there is something in queue
	done   chan struct{}
}

// follow begins to follow j, whose entries have no reactions: each is complete
// once. end stops it.
func follow(j *receiver.Journal, show func(receiver.Entry)) *follower {
	f := &follower{show: show, more: make(chan struct{}, 1), done: make(chan struct{})}
	f.stop = j.Subscribe(f.take)
	go f.run()
	return f
}

func (f *follower) take(e receiver.Entry) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if e.Completed.IsZero() {
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
	f.stop()
	close(f.more)
	<-f.done
	return f.missed
}
