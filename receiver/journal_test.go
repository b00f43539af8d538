package receiver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

func send(r *receiver.Receiver, body string) {
	serve(r, httptest.NewRequest("POST", "/", strings.NewReader(body)))
}

func TestJournalDropsTheOldestAndCountsThem(t *testing.T) {
	tests := map[string]struct {
		entries, bytes, size int
		held                 int
	}{
		"bounded by entries":                    {5, 1 << 20, 10, 5},
		"bounded by bytes":                      {1000, 50 << 10, 9 << 10, 4},
		"one that is over the bound is held":    {1000, 1000, 9 << 10, 1},
		"the bounds are the newest's to exceed": {1, 1, 10, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := plain(receiver.WithJournalLimits(test.entries, test.bytes))
			for i := range 20 {
				send(r, strings.Repeat(fmt.Sprint(i%10), test.size))
			}
			entries := r.Journal().Entries()
			if len(entries) != test.held || r.Journal().Total() != 20 || int(r.Journal().Dropped()) != 20-test.held {
				t.Fatalf("held %d, total %d, dropped %d; want %d, 20, %d", len(entries), r.Journal().Total(), r.Journal().Dropped(), test.held, 20-test.held)
			}
			for i, e := range entries {
				if want := uint64(20 - test.held + i + 1); e.Seq != want {
					t.Errorf("entry %d is %d, want %d", i, e.Seq, want)
				}
			}
		})
	}
}

func TestJournalOfManyLargeBodiesStaysSmall(t *testing.T) {
	r := plain()
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 3000 {
		send(r, strings.Repeat("x", 20<<10))
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	if grown := int64(after.HeapAlloc) - int64(before.HeapAlloc); grown > 40<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if r.Journal().Dropped() == 0 {
		t.Error("nothing was dropped")
	}
}

func TestWaitReturnsOnceEnoughMatch(t *testing.T) {
	r := plain()
	has := func(text string) receiver.Match {
		return receiver.Match{Func: func(e receiver.Entry) bool { return string(e.Request.Body) == text }}
	}
	got := make(chan int, 1)
	go func() {
		entries, err := r.Journal().Wait(soon(t), has("b"), 2)
		if err != nil {
			t.Error(err)
		}
		got <- len(entries)
	}()
	for _, body := range []string{"a", "b", "a", "b"} {
		send(r, body)
	}
	if n := <-got; n != 2 {
		t.Errorf("Wait() gave %d entries, want 2", n)
	}
	done, cancel := context.WithCancel(context.Background())
	cancel()
	entries, err := r.Journal().Wait(done, has("a"), 3)
	if len(entries) != 2 || err != context.Canceled {
		t.Errorf("Wait() for more than came = %d entries, %v; want 2, canceled", len(entries), err)
	}
	if entries, err := r.Journal().Wait(done, has("a"), 2); len(entries) != 2 || err != nil {
		t.Errorf("Wait() for what is there = %d entries, %v", len(entries), err)
	}
	if entries, err := r.Journal().Wait(done, receiver.Match{}, 0); len(entries) != 4 || err != nil {
		t.Errorf("Wait() for nothing = %d entries, %v", len(entries), err)
	}
}

func TestWaitCountsWhatIsPushedOut(t *testing.T) {
	r := plain(receiver.WithJournalLimits(2, 1<<20))
	got := make(chan error, 1)
	ready := make(chan struct{})
	go func() {
		first := true
		_, err := r.Journal().Wait(soon(t), receiver.Match{Func: func(receiver.Entry) bool {
			if first {
				first = false
				close(ready)
			}
			return true
		}}, 10)
		got <- err
	}()
	send(r, "x") // may come before the Wait or during it: one entry stays either way
	<-ready
	for range 9 {
		send(r, "x")
	}
	if err := <-got; err != nil {
		t.Error(err)
	}
}

// staying answers one request, when its client has gone; it is closed when that came to
// it, which is later than it came to the journal.
type staying chan struct{}

func (s staying) Respond(_ http.ResponseWriter, r *http.Request) receiver.Done {
	close(s)
	<-r.Context().Done()
	return receiver.Done{Asked: "staying"}
}

func (staying) String() string { return "staying" }

func TestCountKnowsWhatWasPushedOut(t *testing.T) {
	stays := make(staying)
	r := plain(receiver.WithJournalLimits(2, 1<<20), receiver.WithBehavior(receiver.NewTurns(receiver.Turn{First: 1, Behavior: stays}, receiver.Turn{Behavior: receiver.Answer{}})))
	j := r.Journal()
	none, cancel := context.WithCancel(context.Background())
	cancel()
	count := func(sentence string, m receiver.Match, want int) {
		t.Helper()
		got, err := j.Count(none, m, want)
		more, _ := j.Count(none, m, want+1)
		if got != want || err != nil || more != want {
			t.Errorf("%s: Count() = %d, %v, and %d of one more; want %d", sentence, got, err, more, want)
		}
	}
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		serve(r, httptest.NewRequestWithContext(ctx, "POST", "/", nil))
	}()
	<-stays
	for range 5 {
		send(r, "x")
	}
	count("all", receiver.Match{}, 6)
	count("after the second", receiver.Match{After: 2}, 4)
	count("after those that are held", receiver.Match{After: 5}, 1)
	count("nobody knows what Func would have said", receiver.Match{Func: completed}, 2)
	count("one was pushed out before it was answered", receiver.Match{Completed: true}, 5)
	leave()
	<-left
	count("it was answered since", receiver.Match{Completed: true}, 6)
	j.Clear()
	count("what was cleared", receiver.Match{}, 0)
	send(r, "x")
	count("what came since it was cleared", receiver.Match{Completed: true}, 1)
}

func TestARequestThatWasClearedIsNotWaitedFor(t *testing.T) {
	stays := make(staying)
	r := plain(receiver.WithBehavior(stays))
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan struct{})
	go func() {
		defer close(left)
		serve(r, httptest.NewRequestWithContext(ctx, "POST", "/", nil))
	}()
	<-stays
	limited, cancel := context.WithCancel(t.Context())
	type result struct {
		count int
		err   error
	}
	got := make(chan result, 1)
	waits := make(chan struct{})
	go func() {
		asked := false
		match := receiver.Match{Func: func(e receiver.Entry) bool {
			if !asked {
				asked = true
				close(waits) // and holds the lock until it waits
			}
			return completed(e)
		}}
		n, err := r.Journal().Count(limited, match, 1)
		got <- result{n, err}
	}()
	<-waits
	r.Journal().Clear()
	leave()
	<-left
	cancel()
	if g := <-got; g.count != 0 || g.err != context.Canceled {
		t.Errorf("Count() = %d, %v; want 0, canceled", g.count, g.err)
	}
}

func TestSubscriberSeesEveryChangeInOrder(t *testing.T) {
	r := plain()
	var mu sync.Mutex
	var seen []string
	stop := r.Journal().Subscribe(func(e receiver.Entry) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprint(e.Seq, " ", !e.Completed.IsZero()))
	})
	send(r, "a")
	send(r, "b")
	stop()
	send(r, "c")
	if got := strings.Join(seen, ", "); got != "1 false, 1 true, 2 false, 2 true" {
		t.Errorf("saw %s", got)
	}
}

func TestClearForgetsAndGoesOnCounting(t *testing.T) {
	r := plain()
	send(r, "a")
	r.Journal().Clear()
	if got := r.Journal().Entries(); len(got) != 0 {
		t.Errorf("%d entries after Clear", len(got))
	}
	send(r, "b")
	if e := newest(t, r); e.Seq != 2 || r.Journal().Total() != 2 {
		t.Errorf("entry %d of %d after Clear, want 2 of 2", e.Seq, r.Journal().Total())
	}
}

func TestJournalUnderLoad(t *testing.T) {
	r := plain(receiver.WithJournalLimits(100, 1<<20))
	stop := r.Journal().Subscribe(func(receiver.Entry) {})
	defer stop()
	ctx, cancel := context.WithCancel(context.Background())
	var readers, writers sync.WaitGroup
	for range 4 {
		readers.Add(1)
		go func() {
			defer readers.Done()
			for ctx.Err() == nil {
				_ = r.Journal().Entries()
				short, end := context.WithTimeout(ctx, time.Millisecond)
				_, _ = r.Journal().Wait(short, receiver.Match{Func: completed}, 101)
				_ = r.Journal().Idle(short)
				end()
			}
		}()
	}
	for range 8 {
		writers.Add(1)
		go func() {
			defer writers.Done()
			for range 100 {
				send(r, "x")
			}
		}()
	}
	writers.Wait()
	cancel()
	readers.Wait()
	if r.Journal().Total() != 800 {
		t.Errorf("Total() = %d, want 800", r.Journal().Total())
	}
}
