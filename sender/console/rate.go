package console

import (
	"sync"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// rates count the calls of the one key that a console has: a call must fit into
// the window of every rate. Windows are fixed and begin with their first call:
// how many calls remain, and when there are more, is exact then and can be told
// in headers, which the tokens of a bucket have no answer to.
type rates struct {
	mu      sync.Mutex
	windows []window
}

// window is one rate and the calls in its time.
type window struct {
	rate schema.Rate
	ends time.Time // of platform time; zero: no call yet
	used int
}

// standing is what a key has left, by the rate that leaves least.
type standing struct {
	limit     int           // calls in a window; 0: the API has no rate
	per       time.Duration // the window
	remaining int
	reset     time.Duration // until the window ends
}

func (r *rates) set(list []schema.Rate) {
	for _, one := range list {
		r.windows = append(r.windows, window{rate: one})
	}
}

// take counts a call at that time, unless it does not fit: then nothing is
// counted.
func (r *rates) take(now time.Time) (left standing, ok bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	ok = true
	for n := range r.windows {
		w := &r.windows[n]
		if !now.Before(w.ends) {
			w.used, w.ends = 0, now.Add(w.rate.Per)
		}
		ok = ok && w.used < w.rate.Requests
	}
	for n := range r.windows {
		w := &r.windows[n]
		if ok {
			w.used++
		}
		if one := w.standing(now); n == 0 || one.tighter(left) {
			left = one
		}
	}
	return left, ok
}

func (w *window) standing(now time.Time) standing {
	return standing{limit: w.rate.Requests, per: w.rate.Per, remaining: w.rate.Requests - w.used, reset: w.ends.Sub(now)}
}

// tighter reports whether a leaves less than b, or for longer.
func (a standing) tighter(b standing) bool {
	if a.remaining != b.remaining {
		return a.remaining < b.remaining
	}
	return a.reset > b.reset
}
