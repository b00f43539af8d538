package main

import (
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

// maxQueue bounds the entries that wait to be shown; those that come while it is
// full are counted, not shown. They are in the journal, or on the timeline, all the
// same.
const maxQueue = 4096

// readerPatience is how long one write may take at the end, before nobody is taken to
// read what is shown.
const readerPatience = 2 * time.Second

// follower hands what it is given to a func, in that order. Whoever gives never
// waits for the func, which may write to a terminal that somebody stopped.
type follower[T any] struct {
	show func(T)

	mu      sync.Mutex
	queue   []T
	missed  int
	waiting int // those in queue, and those that were taken out of it and are not shown yet
	ended   bool
	more    chan struct{} // holds a token while there is something in queue
	done    chan struct{}
}

// newFollower begins to show; end stops it.
func newFollower[T any](show func(T)) *follower[T] {
	f := &follower[T]{show: show, more: make(chan struct{}, 1), done: make(chan struct{})}
	go f.run()
	return f
}

// followJournal follows one more journal, whose entries have no reactions: each is
// complete once, and the connections on which none came. It is not unsubscribed, so
// that a journal that goes away takes everything with it.
func followJournal(f *follower[receiver.Entry], j *receiver.Journal) {
	take := func(e receiver.Entry) {
		if !e.Completed.IsZero() {
			f.take(e)
		}
	}
	j.Subscribe(take)
	j.SubscribeConnections(take)
}

func (f *follower[T]) take(one T) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended {
		return
	}
	if len(f.queue) == maxQueue {
		f.missed++
		return
	}
	f.queue = append(f.queue, one)
	f.waiting++
	select {
	case f.more <- struct{}{}:
	default:
	}
}

func (f *follower[T]) run() {
	defer close(f.done)
	for range f.more {
		f.mu.Lock()
		queue := f.queue
		f.queue = nil
		f.mu.Unlock()
		for _, one := range queue {
			f.show(one)
			f.mu.Lock()
			f.waiting--
			f.mu.Unlock()
		}
	}
}

// end returns once everything that was queued has been shown, with the number
// of those that were not. A reader that takes nothing for as long as readerPatience is
// not waited for: whoever stopped the program may be the one who would read.
func (f *follower[T]) end() (missed int) {
	f.mu.Lock()
	f.ended = true
	close(f.more)
	f.mu.Unlock()
	for left := f.left(); ; {
		select {
		case <-f.done:
			return f.missed
		case <-time.After(readerPatience):
		}
		now := f.left()
		if now == left {
			return f.missed + left
		}
		left = now
	}
}

func (f *follower[T]) left() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.waiting
}
