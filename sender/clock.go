package sender

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Clock is platform time: what a platform's waiting between attempts is measured
// by. An attempt's own deadline is always real time.
//
// Whoever acts on platform time holds the clock, so that it does not go on
// meanwhile; a context carries the hold. Whoever waits (Sleep, Pending.First,
// Pending.Wait) with that context lends the hold for as long, and has it again
// before anybody else can make the clock go on.
type Clock interface {
	// Now returns the platform's time.
	Now() time.Time
	// Sleep returns once d has passed, or with ctx's error when it ends before.
	Sleep(ctx context.Context, d time.Duration) error
	// Hold keeps the clock from jumping until release, which may be called again.
	// held carries the hold and belongs to one goroutine.
	Hold(ctx context.Context) (held context.Context, release func())
}

// WallClock is platform time that really passes.
type WallClock struct{}

// Now returns the time.
func (WallClock) Now() time.Time { return time.Now() }

// Sleep really waits.
func (WallClock) Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Hold holds nothing: time does not wait.
func (WallClock) Hold(ctx context.Context) (context.Context, func()) { return ctx, func() {} }

// PlatformClock is platform time in which 48 hours take as long as what happens
// in them. While nobody holds it and nothing is in flight it jumps to the next
// time at which somebody who sleeps must wake. Between jumps it runs like any
// other clock: platform time is its start, its jumps, and the real time that
// passed. It is safe for concurrent use.
type PlatformClock struct {
	start time.Time
	began time.Time // of real time, with its monotonic part
	idle  func(context.Context) error

	mu       sync.Mutex
	jumped   time.Duration
	holds    int
	sleepers []*sleeper    // whoever wakes first stands first
	alarm    *time.Timer   // wakes them when real time comes to it before a jump does
	asking   *question     // of idle, for an answer that still counts
	fewer    chan struct{} // closed when somebody lets the clock go; nil while nobody waits for it
}

// sleeper is one Sleep.
type sleeper struct {
	at    time.Duration // since the clock began, in platform time
	hold  *hold         // lent by whoever sleeps; nil: none
	woken chan struct{}
}

// question is one call of idle.
type question struct{ cancel context.CancelFunc }

// hold keeps a clock from jumping, unless it is lent.
type hold struct {
	clock    *PlatformClock
	active   bool
	released bool
}

// holdKey is under what a context carries the hold of one clock.
type holdKey struct{ clock *PlatformClock }

// NewPlatformClock returns a clock that shows start now. idle is asked before
// each jump, and returns nil as soon as nothing is in flight that the clock does
// not know of; it gives up when its context ends, which is when somebody holds the
// clock again or nobody sleeps any more. After another error it is asked anew when
// the next hold ends or the next sleep begins. A nil idle is always idle.
func NewPlatformClock(start time.Time, idle func(ctx context.Context) error) *PlatformClock {
	return &PlatformClock{start: start.Round(0), began: time.Now(), idle: idle}
}

// Now returns the platform's time.
func (c *PlatformClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.start.Add(c.elapsed())
}

// elapsed is the platform time since the clock began.
func (c *PlatformClock) elapsed() time.Duration { return c.jumped + time.Since(c.began) }

// Hold keeps the clock from jumping until release.
func (c *PlatformClock) Hold(ctx context.Context) (context.Context, func()) {
	h := &hold{clock: c}
	c.mu.Lock()
	h.take()
	c.mu.Unlock()
	return context.WithValue(ctx, holdKey{c}, h), func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		h.released = true
		h.drop()
		c.advance()
	}
}

// Sleep waits until d of platform time has passed. Of two who wake at the same
// time the one that slept first is woken first.
func (c *PlatformClock) Sleep(ctx context.Context, d time.Duration) error {
	if err := ctx.Err(); err != nil || d <= 0 {
		return err
	}
	c.mu.Lock()
	s := &sleeper{at: c.elapsed() + d, hold: c.holdOf(ctx), woken: make(chan struct{})}
	place, _ := slices.BinarySearchFunc(c.sleepers, s, func(a, b *sleeper) int {
		if a.at <= b.at {
			return -1
		}
		return 1
	})
	c.sleepers = slices.Insert(c.sleepers, place, s)
	s.hold.drop()
	c.advance()
	c.mu.Unlock()

	select {
	case <-s.woken:
		return nil
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if i := slices.Index(c.sleepers, s); i >= 0 {
		c.sleepers = slices.Delete(c.sleepers, i, i+1)
		s.hold.take()
		c.advance()
	}
	return ctx.Err()
}

// lend gives up the hold that ctx carries, until the returned func is called,
// which may be called again.
func (c *PlatformClock) lend(ctx context.Context) (back func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h := c.holdOf(ctx)
	if h == nil {
		return func() {}
	}
	h.drop()
	c.advance()
	return sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		h.take()
		c.advance()
	})
}

// holdOf returns the hold that ctx carries if it holds the clock now.
func (c *PlatformClock) holdOf(ctx context.Context) *hold {
	if h, ok := ctx.Value(holdKey{c}).(*hold); ok && h.active {
		return h
	}
	return nil
}

func (h *hold) take() {
	if h != nil && !h.active && !h.released {
		h.active = true
		h.clock.holds++
	}
}

func (h *hold) drop() {
	if h != nil && h.active {
		h.active = false
		h.clock.holds--
		if h.clock.fewer != nil {
			close(h.clock.fewer)
			h.clock.fewer = nil
		}
	}
}

// Still returns once nobody but ctx holds the clock: every delivery has ended,
// or sleeps, or waits behind another. Its error is ctx's.
func (c *PlatformClock) Still(ctx context.Context) error {
	for {
		c.mu.Lock()
		others := c.holds
		if c.holdOf(ctx) != nil {
			others--
		}
		if others == 0 {
			c.mu.Unlock()
			return nil
		}
		if c.fewer == nil {
			c.fewer = make(chan struct{})
		}
		fewer := c.fewer
		c.mu.Unlock()
		select {
		case <-fewer:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// advance does what is due after a change: it wakes whoever must wake, and jumps
// or asks whether it may. The clock is locked.
func (c *PlatformClock) advance() {
	c.wake()
	for c.idle == nil && c.holds == 0 && len(c.sleepers) > 0 {
		c.jump()
	}
	if c.holds > 0 || len(c.sleepers) == 0 {
		c.stopAsking()
	} else if c.asking == nil {
		c.ask()
	}
	c.setAlarm()
}

// wake wakes all whose time has come; each has its hold again.
func (c *PlatformClock) wake() {
	for now := c.elapsed(); len(c.sleepers) > 0 && c.sleepers[0].at <= now; c.sleepers = c.sleepers[1:] {
		c.sleepers[0].hold.take()
		close(c.sleepers[0].woken)
	}
}

// jump goes on to the next wake-up.
func (c *PlatformClock) jump() {
	c.jumped += max(0, c.sleepers[0].at-c.elapsed())
	c.wake()
}

// ask asks in a goroutine whether all is idle, and jumps when it is. The answer
// to a question that was withdrawn does not count.
func (c *PlatformClock) ask() {
	ctx, cancel := context.WithCancel(context.Background())
	q := &question{cancel}
	c.asking = q
	go func() {
		err := c.idle(ctx)
		cancel()
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.asking != q {
			return
		}
		c.asking = nil
		if err == nil {
			c.jump()
			c.advance()
		}
	}()
}

func (c *PlatformClock) stopAsking() {
	if c.asking != nil {
		c.asking.cancel()
		c.asking = nil
	}
}

// setAlarm sets the alarm to the next wake-up in real time.
func (c *PlatformClock) setAlarm() {
	switch {
	case len(c.sleepers) == 0:
		if c.alarm != nil {
			c.alarm.Stop()
		}
	case c.alarm == nil:
		c.alarm = time.AfterFunc(c.sleepers[0].at-c.elapsed(), func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.advance()
		})
	default:
		c.alarm.Reset(c.sleepers[0].at - c.elapsed())
	}
}
