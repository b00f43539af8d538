package sender_test

import (
	"net"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// TestNothingIsLeftBehind presses two thousand times, well and badly, and counts
// goroutines and descriptors before and after.
func TestNothingIsLeftBehind(t *testing.T) {
	presses := 2000
	if testing.Short() {
		presses = 400
	}
	certificate := issue(t, -time.Hour, time.Hour, "127.0.0.1")
	kinds := []struct {
		url  string
		kind sender.Kind
	}{
		{serve(t, answering(ok, stall)).url(), sender.Answered},
		{serve(t, answering("", closeNow)).url(), sender.Closed},
		{serve(t, answering("", stall)).url(), sender.Timeout},
		{serve(t, overTLS(certificate.config(), stall)).https(), sender.CertUnknownAuthority},
		{serve(t, answering("HTTP/1.1 200 OK\r\n\r\nx", stall)).url(), sender.Timeout},
		{serve(t, func(e *endpoint, c net.Conn) { reset(e, c) }).url(), sender.Reset},
	}
	s := newSender(t, kinds[0].url, sender.WithDeadline(3*time.Millisecond))
	patient := newSender(t, kinds[0].url, sender.WithDeadline(time.Minute))
	press := func(i int) {
		k := kinds[i%len(kinds)]
		by := patient
		if k.kind == sender.Timeout {
			by = s
		}
		d, err := by.Press(t.Context(), sender.Press{Action: "restart", URL: k.url})
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Last().Outcome.Kind; got != k.kind {
			t.Fatalf("press %d: %v (%s), want %s", i, d.Last().Outcome, d.Last().Error, k.kind)
		}
	}
	for i := range len(kinds) {
		press(i) // what is made once is made now
	}
	goroutines, descriptors := settle(0), openDescriptors(t)
	for i := range presses {
		press(i)
	}
	if got := settle(goroutines + 3); got > goroutines+3 {
		buffer := make([]byte, 1<<20)
		t.Errorf("%d goroutines, %d before:\n%s", got, goroutines, buffer[:runtime.Stack(buffer, true)])
	}
	if got := openDescriptors(t); got > descriptors+3 {
		t.Errorf("%d descriptors, %d before", got, descriptors)
	}
}

// settle waits until there are at most enough goroutines, or until the number
// stays for a while: the endpoints' own end when they notice.
func settle(enough int) int {
	n := runtime.NumGoroutine()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for quiet := 0; n > enough && quiet < 50; {
		<-tick.C
		now := runtime.NumGoroutine()
		quiet++
		if now != n {
			n, quiet = now, 0
		}
	}
	return n
}

// openDescriptors counts this process's descriptors, where the system lists them.
func openDescriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Logf("descriptors cannot be counted here: %v", err)
	}
	return len(list)
}
