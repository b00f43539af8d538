//go:build !unix

package sender_test

import (
	"testing"
	"time"
)

var benchmarkBegan = time.Now()

// cpuTime is the time that has passed, where the system's own count is not at
// hand; on an idle machine the ratio is the same.
func cpuTime(*testing.B) time.Duration { return time.Since(benchmarkBegan) }
