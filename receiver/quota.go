package receiver

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// quota answers so many requests in each span of time, and 429 to the others,
// with a Retry-After of what is left of the span, in whole seconds. A span begins
// with the first request after the last one.
type quota struct {
	most int
	per  time.Duration
	then Behavior

	mu    sync.Mutex
	began time.Time // of the span
	used  int
}

// Respond answers as for the first that is drawn.
func (q *quota) Respond(w http.ResponseWriter, r *http.Request) Done {
	return q.answer(q.then, w, r)
}

// String gives the text that ParseBehavior reads.
func (q *quota) String() string {
	return fmt.Sprintf("limit %d per %s %s", q.most, q.per, q.then)
}

// restart begins with no request yet.
func (q *quota) restart(uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.began, q.used = time.Time{}, 0
}

func (q *quota) answer(then Behavior, w http.ResponseWriter, r *http.Request) Done {
	left := q.take(time.Now())
	if left <= 0 {
		return then.Respond(w, r)
	}
	seconds := (left + time.Second - 1) / time.Second
	refusal := Answer{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {strconv.FormatInt(int64(seconds), 10)}}}
	return refusal.Respond(w, r)
}

// take counts a request and returns for how long there is no room for it, 0 when
// there is.
func (q *quota) take(now time.Time) (left time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.began) >= q.per {
		q.began, q.used = now, 0
	}
	if q.used == q.most {
		return q.per - now.Sub(q.began)
	}
	q.used++
	return 0
}

// drawn is a quota of which is drawn what it lets through.
type drawn struct {
	*quota
	then Behavior
}

// Respond answers within the quota.
func (d drawn) Respond(w http.ResponseWriter, r *http.Request) Done { return d.answer(d.then, w, r) }

func (q *quota) settled(n uint64, r *rand.Rand) Behavior { return drawn{q, settled(q.then, n, r)} }
