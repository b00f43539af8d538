package sender

import (
	"context"
	"sync"
)

// lender is a clock whose holds can be lent while their owner waits for something
// else than the clock.
type lender interface {
	lend(ctx context.Context) (back func())
}

// gate is what goroutines wait at until it opens. It is not open when it is zero.
type gate struct {
	mu     sync.Mutex
	open   bool
	opened chan struct{} // made by the first who waits
	lent   []func()      // what gives back the holds of those who wait, and what else comes before they go on
}

// pass returns once the gate is open, or with ctx's error when it ends before.
// Meanwhile the hold that ctx carries is lent to clock.
func (g *gate) pass(ctx context.Context, clock Clock) error {
	back, open := g.enter(ctx, clock)
	if open {
		return nil
	}
	select {
	case <-g.opened:
		return nil
	case <-ctx.Done():
		back()
		return ctx.Err()
	}
}

// enter lends the hold that ctx carries, unless nobody will wait.
func (g *gate) enter(ctx context.Context, clock Clock) (back func(), open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	back = func() {}
	if g.open || ctx.Err() != nil {
		return back, g.open
	}
	if g.opened == nil {
		g.opened = make(chan struct{})
	}
	if l, lends := clock.(lender); lends {
		back = l.lend(ctx)
	}
	g.lent = append(g.lent, back)
	return back, false
}

// unlock opens the gate. Those who wait have their holds again before it returns,
// so that a clock cannot go on between what it opens for and what they do next.
func (g *gate) unlock() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open {
		return
	}
	g.open = true
	for _, back := range g.lent {
		back()
	}
	if g.opened != nil {
		close(g.opened)
	}
}

// before calls f when the gate opens, before those who wait go on; now when it is
// open.
func (g *gate) before(f func()) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open {
		f()
		return
	}
	g.lent = append(g.lent, f)
}
