package drilltest

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// VirtualStart is when virtual time begins, whatever the day: the same test
// presses the same bytes. A bubble's own beginning, in 2000, is before the first
// Unix time of ten digits, of which platforms' timestamps are.
var VirtualStart = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// Virtual runs f in a bubble of testing/synctest with a network of its own. Time
// passes there when all that runs in the bubble waits for it, and then at once, so
// that a deadline of 16 s costs nothing and is exact to the nanosecond.
func Virtual(t *testing.T, f func(t *testing.T, n *Network)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		bubbles.Store(t, nil)
		defer bubbles.Delete(t)
		time.Sleep(time.Until(VirtualStart))
		f(t, NewNetwork(t))
	})
}

// bubbles are the tests that Virtual runs.
var bubbles sync.Map

// onSockets ends a test that would wait on a real socket in virtual time, for ever:
// time does not pass there while anything else is waited for.
func onSockets(t testing.TB, instead string) {
	t.Helper()
	if _, virtual := bubbles.Load(t); virtual {
		t.Fatal("this would hang: virtual time does not pass while a socket of this machine is waited for; " + instead + " is in memory")
	}
}
