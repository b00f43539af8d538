package receiver_test

import (
	"fmt"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/receiver"
)

// statuses are those of n answers of r, one after the other.
func statuses(r *receiver.Receiver, n int) (out []int) {
	for range n {
		out = append(out, serve(r, httptest.NewRequest("POST", "/", strings.NewReader("x"))).Code)
	}
	return out
}

func TestEveryNthIsCountedInItsTurn(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "first 4 every 2 status 201 else status 202 then every 3 status 203 else status 204")))
	want := []int{202, 201, 202, 201, 204, 204, 203, 204, 204, 203}
	if diff := cmp.Diff(want, statuses(r, 10)); diff != "" {
		t.Errorf("statuses mismatch (-want +got):\n%s", diff)
	}
}

func TestChanceIsDecidedByTheSeed(t *testing.T) {
	const n = 400
	seeded := func(seed uint64) []int {
		r := plain(receiver.WithBehavior(behave(t, "chance 25% status 503 else status 200")), receiver.WithSeed(seed))
		first := statuses(r, n)
		r.SetBehavior(r.Behavior()) // begins anew
		if diff := cmp.Diff(first, statuses(r, n)); diff != "" {
			t.Errorf("the same seed decides otherwise (-first +second):\n%s", diff)
		}
		return first
	}
	one, two := seeded(1), seeded(2)
	if slices.Equal(one, two) {
		t.Error("two seeds decide alike")
	}
	bad := len(slices.DeleteFunc(one, func(status int) bool { return status == 200 }))
	if bad < n/4-50 || bad > n/4+50 {
		t.Errorf("a chance of 25%% was met %d times of %d", bad, n)
	}
	for text, want := range map[string]int{"chance 0% status 503 else status 200": 200, "chance 100% status 503 else status 200": 503} {
		r := plain(receiver.WithBehavior(behave(t, text)), receiver.WithSeed(3))
		if got := slices.Compact(statuses(r, 50)); !slices.Equal(got, []int{want}) {
			t.Errorf("%s answers %v", text, got)
		}
	}
}

// A choice below HTTP is made for the connection that comes.
func TestEveryNthConnectionIsTaken(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "every 2 accept + close else status 200")))
	s := start(t, r)
	var got []string
	for range 4 {
		got = append(got, strings.Join(codes(speak(t, s, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")), " "))
	}
	if diff := cmp.Diff([]string{"200", "", "200", ""}, got); diff != "" {
		t.Errorf("answers mismatch (-want +got):\n%s", diff)
	}
}

// What is drawn is told: the entry says which delay it was.
func TestLatenciesAreDrawnAsTheySay(t *testing.T) {
	const n = 300
	tests := map[string]struct {
		latency  string
		low, top time.Duration // all are within
		median   [2]time.Duration
	}{
		"uniform":   {"uniform 1us 3us", time.Microsecond, 3 * time.Microsecond, [2]time.Duration{1700, 2300}},
		"normal":    {"normal 2us 1us", 0, 7 * time.Microsecond, [2]time.Duration{1700, 2300}},
		"lognormal": {"lognormal 1us 5us", 0, 30 * time.Microsecond, [2]time.Duration{800, 1200}},
		"quantiles": {"quantiles 50% 2us 90% 3us", 0, 3 * time.Microsecond, [2]time.Duration{1700, 2150}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			r := plain(receiver.WithBehavior(behave(t, "delay "+test.latency+" + status 200")), receiver.WithSeed(7))
			statuses(r, n)
			var all []time.Duration
			for _, e := range r.Journal().Entries() {
				var asked time.Duration
				if e.Done.Asked != "status 200" { // a delay of nothing
					word := strings.Fields(e.Done.Asked)[1]
					var err error
					if asked, err = time.ParseDuration(word); err != nil {
						t.Fatalf("%q: %v", e.Done.Asked, err)
					}
				}
				if asked < test.low || asked > test.top {
					t.Errorf("asked for %s, not from %s to %s", asked, test.low, test.top)
				}
				all = append(all, asked)
			}
			slices.Sort(all)
			if m := all[len(all)/2]; len(all) != n || m < test.median[0] || m > test.median[1] {
				t.Errorf("the median of %d is %s, want %s", len(all), m, fmt.Sprint(test.median))
			}
		})
	}
}

// A limit remembers: who comes too soon is told for how long to stay away.
func TestALimitRemembers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := plain(receiver.WithBehavior(behave(t, "limit 2 per 30s every 2 status 201 else status 200")))
		defer r.Close()
		tests := []struct {
			wait       time.Duration
			status     int
			retryAfter string
		}{
			{0, 200, ""}, {time.Second, 201, ""}, {9500 * time.Millisecond, 429, "20"}, {19 * time.Second, 429, "1"}, {500 * time.Millisecond, 200, ""}, {time.Second, 201, ""}, {0, 429, "29"},
		}
		for i, test := range tests {
			time.Sleep(test.wait)
			w := serve(r, httptest.NewRequest("POST", "/", strings.NewReader("x")))
			if got := w.Header().Get("Retry-After"); w.Code != test.status || got != test.retryAfter {
				t.Errorf("request %d is answered %d, Retry-After %q; want %d, %q", i+1, w.Code, got, test.status, test.retryAfter)
			}
		}
		r.SetBehavior(r.Behavior())
		if got := statuses(r, 1); got[0] != 200 {
			t.Errorf("anew it answers %v", got)
		}
	})
}
