package sender_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// BenchmarkCutOff compares how late an attempt is cut off with a goroutine that
// sleeps for as long, also with 500 of them at once: the ratio of the medians, at
// most 1.25, and that of the bare client beside it. Nothing may be cut off early.
func BenchmarkCutOff(b *testing.B) {
	for _, n := range []int{20, 500} {
		b.Run(fmt.Sprintf("waiting=%d", n), func(b *testing.B) { benchmarkCutOff(b, n) })
	}
}

func benchmarkCutOff(b *testing.B, n int) {
	const deadline = 250 * time.Millisecond // time enough to write 500 requests
	url := serve(b, stall).url()
	s := newSender(b, url, sender.WithDeadline(deadline))
	body := []byte(`{}`)
	bare := newBareClient(deadline)
	// Each returns how late it was.
	waits := []func() time.Duration{
		func() time.Duration {
			d, err := s.Press(context.Background(), sender.Press{Action: "restart", Body: body})
			if err != nil || d.Last().Outcome.Kind != sender.Timeout {
				b.Error(d.Last().Outcome, err)
			}
			return d.Last().Took - deadline
		},
		func() time.Duration {
			began := time.Now()
			time.Sleep(deadline)
			return time.Since(began) - deadline
		},
		func() time.Duration {
			began := time.Now()
			if err := bare.push(url, body); err == nil {
				b.Error("the bare client was answered with " + http.StatusText(http.StatusOK))
			}
			return time.Since(began) - deadline
		},
	}
	late := make([][]time.Duration, len(waits))
	b.ResetTimer()
	for round := range b.N {
		for turn := range waits {
			i := (turn + round) % len(waits) // what one leaves behind hits all alike
			took := make([]time.Duration, n)
			var all sync.WaitGroup
			for j := range took {
				all.Go(func() { took[j] = waits[i]() })
			}
			all.Wait()
			late[i] = append(late[i], took...)
		}
	}
	if early := slices.Min(late[0]); early < 0 {
		b.Errorf("cut off %s early", -early)
	}
	median := func(d []time.Duration) float64 {
		slices.Sort(d)
		return d[len(d)/2].Seconds()
	}
	ours, sleep, client := median(late[0]), median(late[1]), median(late[2])
	b.ReportMetric(ours*1000, "ms-late")
	b.ReportMetric(ours/sleep, "x-sleep")
	b.ReportMetric(client/sleep, "x-sleep-bare")
	b.ReportMetric(ours/client, "ratio")
}
