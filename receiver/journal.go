package receiver

import (
	"context"
	"errors"
	"net/http"
	"net/netip"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// Request is one HTTP request as it came in. Body is exact to the byte.
type Request struct {
	Method     string
	Target     string         // as sent on the request line
	Path       string         // decoded
	Proto      string         //
	Host       string         //
	Header     http.Header    //
	Body       []byte         // the raw bytes that came, up to the limit
	BodyBytes  int64          // all that came
	Truncated  bool           // the body ended before its declared end
	Peer       netip.AddrPort // who holds the TCP connection; zero for a unix socket
	Local      netip.AddrPort //
	Connection uint64         // the number of the connection that it came on, from 1; 0 unknown
	Place      int            // its place on that connection, from 1
	Client     Client         // whose address counts, and why
	Values     schema.Values  // neutral names read from it; nil when it is no push
	Violations []schema.Violation
}

// Finding is what one check found wrong with a request.
type Finding struct {
	Check      string             `json:"check"`  // "source", "schema", ...
	Status     int                `json:"status"` // what it answers
	Violations []schema.Violation `json:"violations"`
}

// Done is what a behavior was asked for and what it really did. Times count
// from the request's arrival.
type Done struct {
	Asked      string        `json:"asked"`  // "delay 900ms + status 200"
	Status     int           `json:"status"` // 0: no status line was sent
	Ended      string        `json:"ended"`  // answered, closed, reset, hung, client_gone, stopped
	HeadersAt  time.Duration `json:"headers_at"`
	BodyAt     time.Duration `json:"body_at"`
	BodyBytes  int64         `json:"body_bytes"`
	Difference time.Duration `json:"difference,omitempty"` // how late a delay was
	Error      string        `json:"error,omitempty"`
}

// Reacted is one reaction that was carried out, or tried.
type Reacted struct {
	Call   string        `json:"call"`
	Status int           `json:"status"`
	Error  string        `json:"error,omitempty"`
	Took   time.Duration `json:"took"`
}

// Entry is one request in the journal. It is in the journal before its answer
// leaves, and is complete when Completed is set.
type Entry struct {
	Seq         uint64 // from 1
	Arrived     time.Time
	Completed   time.Time // zero while it is being answered
	Request     Request
	Findings    []Finding // what the checks found; the first with a status of its own was answered
	DuplicateOf uint64    // Seq of the first entry with the same event id; 0 when it is the first
	Attempt     int       // 1 for the first request of its event id, 2 for the second, ...
	Done        Done
	Reactions   []Reacted
	Panic       string // a handler's panic, "" for none
}

// Match says which entries are meant; the zero Match is all.
type Match struct {
	Func func(Entry) bool // nil: all
}

// ErrJournalClosed is returned by a Wait that Close ended.
var ErrJournalClosed = errors.New("journal closed")

// Journal keeps the newest entries, bounded by number and bytes. It is safe for
// concurrent use.
type Journal struct{}

// Entries returns a copy of what the journal holds, oldest first.
func (j *Journal) Entries() []Entry { return nil }

// Dropped returns how many entries were pushed out by newer ones.
func (j *Journal) Dropped() uint64 { return 0 }

// Total returns how many entries there ever were.
func (j *Journal) Total() uint64 { return 0 }

// Clear forgets all entries and every event id.
func (j *Journal) Clear() {}

// Wait returns once n entries match, with all that match; when ctx ends first,
// with those that match so far and the context's error.
func (j *Journal) Wait(ctx context.Context, m Match, n int) ([]Entry, error) {
	return nil, errors.New("not built yet")
}

// Idle returns when no entry is open and no reaction is in flight, or with the
// context's error.
func (j *Journal) Idle(ctx context.Context) error { return errors.New("not built yet") }

// Subscribe calls f for every change of an entry (appended, completed, reacted)
// in order, until stop is called. f must not block.
func (j *Journal) Subscribe(f func(Entry)) (stop func()) { return func() {} }
