package drilltest

import (
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
		time.Sleep(time.Until(VirtualStart))
		f(t, NewNetwork(t))
	})
}
