package sender_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/sender"
)

// TestTheClockJumps sleeps for days and asks in which order and at what time
// everybody wakes.
func TestTheClockJumps(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := platformTime()
		var order []string
		var all sync.WaitGroup
		ctx, release := clock.Hold(t.Context())
		for name, d := range map[string]time.Duration{"second": 40 * time.Hour, "first": time.Minute, "third": 41 * time.Hour} {
			held, letGo := clock.Hold(ctx)
			all.Go(func() {
				defer letGo()
				if err := clock.Sleep(held, d); err != nil {
					t.Error(err)
				}
				if got := clock.Now().Sub(epoch); got != d {
					t.Errorf("%s woke at %s, want %s", name, got, d)
				}
				order = append(order, name) // the clock is held: one after the other
			})
		}
		synctest.Wait()
		if len(order) > 0 {
			t.Errorf("%v woke while the clock was held", order)
		}
		release()
		all.Wait()
		if diff := cmp.Diff([]string{"first", "second", "third"}, order); diff != "" {
			t.Errorf("order mismatch (-want +got):\n%s", diff)
		}
	})
}

// TestAHeldClockRunsOn asks that real time passes for those who sleep while
// somebody holds the clock.
func TestAHeldClockRunsOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := platformTime()
		_, release := clock.Hold(t.Context())
		defer release()
		began := time.Now()
		if err := clock.Sleep(t.Context(), time.Hour); err != nil || time.Since(began) != time.Hour {
			t.Errorf("slept %s of real time, %v; want an hour", time.Since(began), err)
		}
	})
}

// TestTheClockAsksWhetherAllIsIdle plays an idle func that says no, waits, and
// says yes.
func TestTheClockAsksWhetherAllIsIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		answers := make(chan error)
		clock := sender.NewPlatformClock(epoch, func(ctx context.Context) error {
			select {
			case err := <-answers:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		})
		began, woken := time.Now(), false
		ctx, release := clock.Hold(t.Context())
		go func() {
			defer release()
			if err := clock.Sleep(ctx, time.Hour); err != nil {
				t.Error(err)
			}
			woken = true
		}()
		synctest.Wait()
		answers <- errors.New("something is in flight")
		synctest.Wait()
		if woken {
			t.Error("the clock jumped although something was in flight")
		}
		_, other := clock.Hold(t.Context()) // withdraws no question, and its end asks anew
		other()
		synctest.Wait()
		_, other = clock.Hold(t.Context()) // withdraws the question
		synctest.Wait()
		other()
		answers <- nil
		synctest.Wait()
		if !woken || time.Since(began) != 0 {
			t.Errorf("woken: %t, after %s of real time", woken, time.Since(began))
		}
	})
}

// TestASleepIsInterrupted asks that nothing is left of a sleep whose context
// ended: synctest finds every goroutine.
func TestASleepIsInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		clock := sender.NewPlatformClock(epoch, func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		})
		for name, clock := range map[string]sender.Clock{"platform": clock, "wall": sender.WallClock{}} {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			held, release := clock.Hold(ctx)
			if err := clock.Sleep(held, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: Sleep() = %v, want the context's error", name, err)
			}
			if err := clock.Sleep(held, time.Hour); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%s: Sleep() after the end = %v", name, err)
			}
			release()
			release()
			cancel()
		}
	})
}

// TestClocksUnderLoad has many goroutines hold, sleep and give up at once.
func TestClocksUnderLoad(t *testing.T) {
	clock := sender.NewPlatformClock(epoch, func(context.Context) error { return nil })
	var all sync.WaitGroup
	var mu sync.Mutex
	var woken []time.Duration
	for i := range 50 {
		ctx, release := clock.Hold(t.Context())
		all.Go(func() {
			defer release()
			for n := range 20 {
				ctx, cancel := context.WithCancel(ctx)
				if (i+n)%7 == 0 {
					cancel()
				}
				if err := clock.Sleep(ctx, time.Duration(1+(i*n)%13)*time.Hour); err == nil {
					mu.Lock()
					woken = append(woken, clock.Now().Sub(epoch))
					mu.Unlock()
				}
				cancel()
			}
		})
	}
	all.Wait()
	if len(woken) == 0 {
		t.Error("nobody ever slept to the end")
	}
	if at := slices.Max(woken); at < 100*time.Hour {
		t.Errorf("the clock went no further than %s", at)
	}
}
