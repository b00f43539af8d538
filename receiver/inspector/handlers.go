package inspector

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/hookdrill/hookdrill/receiver"
)

const (
	defaultLimit = 1000     // entries in one answer
	maxBehavior  = 64 << 10 // bytes of a PUT
)

func name(r *http.Request) string { return mux.Vars(r)["name"] }

// named refuses a name that no namespace can have: pushes below it reach the root,
// and whoever waits for them there would wait in vain.
func named(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if one, given := mux.Vars(r)["name"]; given {
			if err := receiver.CheckNamespace(one); err != nil {
				fail(w, http.StatusBadRequest, err.Error())
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

func (i *Inspector) describe(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(openAPI)
}

func (i *Inspector) health(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, statusView{"ok"})
}

func (i *Inspector) isReady(w http.ResponseWriter, _ *http.Request) {
	if !i.ready() {
		reply(w, http.StatusServiceUnavailable, statusView{"not ready"})
		return
	}
	reply(w, http.StatusOK, statusView{"ready"})
}

func (i *Inspector) namespaces(w http.ResponseWriter, _ *http.Request) {
	reply(w, http.StatusOK, namespacesView{i.receivers.Names()})
}

func (i *Inspector) remove(w http.ResponseWriter, r *http.Request) {
	if !i.receivers.Remove(name(r)) {
		i.missing(w, r)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

func (i *Inspector) missing(w http.ResponseWriter, r *http.Request) {
	fail(w, http.StatusNotFound, fmt.Sprintf("there is no namespace %q yet: its first request or PUT behavior makes it", name(r)))
}

// entries lists what the journal holds. A namespace that is not there yet has
// an empty journal: asking makes nothing.
func (i *Inspector) entries(w http.ResponseWriter, r *http.Request) {
	q := read(r, "after", "limit")
	after := q.number("after", 0, 0, 1<<62)
	limit := int(q.number("limit", defaultLimit, 1, 100_000))
	if q.problem != "" {
		fail(w, http.StatusBadRequest, q.problem)
		return
	}
	view := entriesView{Entries: []entryView{}, Connections: []connectionView{}}
	if one := i.receivers.Get(name(r)); one != nil {
		view.Total, view.Dropped = one.Journal().Total(), one.Journal().Dropped()
		view.Entries = views(one, since(one.Journal().Entries(), after), limit)
		view.Connections = connectionViews(one.Journal().Connections(), limit)
	}
	reply(w, http.StatusOK, view)
}

func since(entries []receiver.Entry, after uint64) []receiver.Entry {
	for n, e := range entries {
		if e.Seq > after {
			return entries[n:]
		}
	}
	return nil
}

func (i *Inspector) entry(w http.ResponseWriter, r *http.Request) {
	seq, _ := strconv.ParseUint(mux.Vars(r)["seq"], 10, 64)
	if one := i.receivers.Get(name(r)); one != nil {
		for _, e := range one.Journal().Entries() {
			if e.Seq == seq {
				reply(w, http.StatusOK, viewOf(one, e))
				return
			}
		}
	}
	fail(w, http.StatusNotFound, fmt.Sprintf("the journal holds no entry %d; it may have been pushed out or cleared", seq))
}

func (i *Inspector) clear(w http.ResponseWriter, r *http.Request) {
	if one := i.receivers.Get(name(r)); one != nil {
		one.Journal().Clear()
	}
	w.WriteHeader(http.StatusNoContent)
}

func (i *Inspector) behavior(w http.ResponseWriter, r *http.Request) {
	one := i.receivers.Get(name(r))
	if one == nil {
		i.missing(w, r)
		return
	}
	reply(w, http.StatusOK, behaviorView{one.Behavior().String()})
}

func (i *Inspector) setBehavior(w http.ResponseWriter, r *http.Request) {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		fail(w, http.StatusUnsupportedMediaType, `Content-Type: application/json, as in {"behavior": "status 200"}`)
		return
	}
	var wanted behaviorView
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBehavior))
	d.DisallowUnknownFields()
	if err := d.Decode(&wanted); err != nil {
		fail(w, http.StatusBadRequest, fmt.Sprintf(`the body is not {"behavior": "status 200"}: %v`, err))
		return
	}
	if _, err := d.Token(); err != io.EOF {
		fail(w, http.StatusBadRequest, "something follows the JSON value")
		return
	}
	b, err := receiver.ParseBehavior(wanted.Behavior)
	if err != nil {
		failBehavior(w, err)
		return
	}
	if err := i.allow(b); err != nil {
		fail(w, http.StatusForbidden, err.Error())
		return
	}
	one, err := i.receivers.Open(name(r))
	if err != nil {
		fail(w, http.StatusServiceUnavailable, err.Error())
		return
	}
	one.SetBehavior(b)
	reply(w, http.StatusOK, behaviorView{b.String()})
}

// wait is a long poll: it answers once count requests were answered, or within
// is over. With then_quiet it goes on until that long passed without another;
// one request more than count is not quiet.
func (i *Inspector) wait(w http.ResponseWriter, r *http.Request) {
	q := read(r, "after", "count", "within", "then_quiet")
	after := q.number("after", 0, 0, 1<<62)
	count := int(q.number("count", 1, 0, 1_000_000))
	within := q.duration("within", DefaultWithin)
	quiet := q.duration("then_quiet", 0)
	if q.problem != "" {
		fail(w, http.StatusBadRequest, q.problem)
		return
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(i.base, cancel)()

	view := i.await(ctx, name(r), after, count, within, quiet)
	if r.Context().Err() == nil {
		reply(w, http.StatusOK, view)
	}
}

func (i *Inspector) await(ctx context.Context, name string, after uint64, count int, within, quiet time.Duration) waitView {
	view := waitView{Entries: []entryView{}}
	if count == 0 && i.receivers.Get(name) == nil {
		within = quiet // nothing is to come, not even the namespace
	}
	limited, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	one, err := i.receivers.Await(limited, name)
	if err != nil {
		switch {
		case !errors.Is(err, context.DeadlineExceeded):
			view.Reason = unfinished(0, count)
		case i.receivers.Full():
			view.Reason = fmt.Sprintf("0 of %d requests within %s: there is no room for the namespace, and its requests are refused: remove another first", count, within)
		case count > 0:
			view.Reason = fmt.Sprintf("0 of %d requests within %s: no request reached the namespace", count, within)
		default:
			view.Met = true
		}
		return view
	}
	view.Count, err = one.Journal().Count(limited, receiver.Match{After: after, Completed: true}, count)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		view.Reason = fmt.Sprintf("%d of %d requests within %s", view.Count, count, within)
	case err != nil:
		view.Reason = unfinished(view.Count, count)
	case quiet > 0:
		view.Reason = stayedQuiet(ctx, one.Journal(), after, count, quiet)
	}
	if view.Reason == "" {
		view.Met = true
	}
	view.Entries = views(one, since(one.Journal().Entries(), after), defaultLimit)
	return view
}

// unfinished is the reason of a wait that did not last as long as it was to.
func unfinished(came, want int) string {
	return fmt.Sprintf("%d of %d requests, then the wait was ended: the namespace was removed, or the receiver ends", came, want)
}

// stayedQuiet returns "" when count requests came after that entry and no more
// for so long, else what came.
func stayedQuiet(ctx context.Context, j *receiver.Journal, after uint64, count int, quiet time.Duration) string {
	begun := time.Now()
	limited, cancel := context.WithTimeout(ctx, quiet)
	defer cancel()
	came, err := j.Count(limited, receiver.Match{After: after}, count+1)
	switch {
	case err == nil:
		return fmt.Sprintf("%d requests, want %d: another came after %s of quiet, want %s", came, count, time.Since(begun).Round(time.Millisecond), quiet)
	case !errors.Is(err, context.DeadlineExceeded):
		return "the wait was ended"
	}
	return ""
}

// query reads parameters; the first one that is wrong is the problem.
type query struct {
	values  url.Values
	problem string
}

// read reads a query of these parameters. One that is misspelled is a problem, and
// not as if it were left out: a wait without its then_quiet would be met too soon.
func read(r *http.Request, known ...string) *query {
	values, err := url.ParseQuery(r.URL.RawQuery)
	q := &query{values: values}
	if err != nil {
		q.problem = fmt.Sprintf("the query cannot be read: %v", err)
		return q
	}
	for _, key := range slices.Sorted(maps.Keys(values)) {
		if !slices.Contains(known, key) {
			q.problem = fmt.Sprintf("unknown parameter %q; there are %s", key, strings.Join(known, ", "))
			return q
		}
		if given := len(values[key]); given > 1 {
			q.problem = fmt.Sprintf("%s is given %d times", key, given)
			return q
		}
	}
	return q
}

func (q *query) number(key string, otherwise, low, high uint64) uint64 {
	text := q.values.Get(key)
	if text == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(text, 10, 64)
	if (err != nil || n < low || n > high) && q.problem == "" {
		q.problem = fmt.Sprintf("%s=%q: a number from %d to %d would do", key, text, low, high)
	}
	return n
}

func (q *query) duration(key string, otherwise time.Duration) time.Duration {
	text := q.values.Get(key)
	if text == "" {
		return otherwise
	}
	d, err := time.ParseDuration(text)
	if (err != nil || d < 0 || d > MaxWithin) && q.problem == "" {
		q.problem = fmt.Sprintf("%s=%q: a duration with its unit, %s at most, would do: 500ms, 10s", key, text, MaxWithin)
	}
	return d
}
