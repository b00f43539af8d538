package main

import (
	"context"
	"fmt"
	"time"

	"github.com/hookdrill/hookdrill/scenarios/report"
	"github.com/hookdrill/hookdrill/sender"
)

// aloudClock is time that really passes, and says what it waits for: the platform
// waits after an attempt that it repeats, and after no other.
type aloudClock struct {
	sender.WallClock
	tell func(sender.Delivery, time.Duration)

	known   chan struct{} // closed once there is pending
	pending *sender.Pending
}

func newAloudClock(tell func(d sender.Delivery, wait time.Duration)) *aloudClock {
	return &aloudClock{tell: tell, known: make(chan struct{})}
}

// of says whose waiting it is. It is called once.
func (c *aloudClock) of(p *sender.Pending) {
	c.pending = p
	close(c.known)
}

// Sleep tells the delivery's newest attempt, and then really waits.
func (c *aloudClock) Sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-c.known:
		c.tell(c.pending.Delivery(), d)
	case <-ctx.Done():
		return ctx.Err()
	}
	return c.WallClock.Sleep(ctx, d)
}

// tellWait says how an attempt ended, as soon as it did.
func (a *app) tellWait(d sender.Delivery, wait time.Duration) {
	last := d.Last()
	fmt.Fprintf(a.stderr, "attempt %d: %s; the next in %s\n", last.Number, report.Clean(report.Sentence(last)), report.Duration(wait))
}
