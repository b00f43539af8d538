package receiver

import (
	"encoding/json"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// Finding is what one check found wrong with a request.
type Finding struct {
	Check      string             `json:"check"`  // "source", "schema", ...
	Status     int                `json:"status"` // what it answers; 0 and 200 are findings only
	Violations []schema.Violation `json:"violations"`
}

// Refuses reports whether f, on its own, is answered in place of the behavior.
func (f Finding) Refuses() bool { return refuses(f.Status) }

func refuses(status int) bool { return status != 0 && status != 200 }

// The ways in which an answer ended: Done.Ended.
const (
	EndedAnswered   = "answered"      // headers and body went out
	EndedClosed     = "closed"        // a FIN went out
	EndedReset      = "reset"         // an RST went out
	EndedUnread     = "closed_unread" // closed while the request waited unread: the kernel makes an RST of it
	EndedHung       = "hung"          // never answered: the client gave up first, or went away during a hang
	EndedClientGone = "client_gone"   // the client went away before the answer was out
	EndedStopped    = "stopped"       // Receiver.Close came first
)

// Done is what a behavior was asked for and what it really did. Times count
// from the request's arrival.
type Done struct {
	Asked      string        `json:"asked"`  // "delay 900ms + status 200"
	Status     int           `json:"status"` // 0: no status line was sent
	Ended      string        `json:"ended"`  // answered, closed, closed_unread, reset, hung, client_gone, stopped
	HeadersAt  time.Duration `json:"headers_at"`
	BodyAt     time.Duration `json:"body_at"`
	BodyBytes  int64         `json:"body_bytes"`
	Difference time.Duration `json:"difference,omitempty"` // how late the delays were, in sum; never negative
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
// leaves, and is complete when Completed is set. What hangs on it (headers,
// body, lists) is shared between copies and must not be changed.
//
// With NoRequest it is a connection that a ConnFault took before any request was
// read, that ended within its TLS handshake, or on which CloseNext met another
// request and did not read it: Request has nothing but the
// connection's number and addresses, Done says what was done to it and what went
// wrong, and Seq counts such connections.
type Entry struct {
	Seq         uint64 // from 1
	NoRequest   bool   // a connection without a request
	Arrived     time.Time
	ReadAt      time.Duration // since Arrived, when the request was read as far as the limits let it; 0: it was not read
	CheckedAt   time.Duration // since Arrived, when the checks were done with it
	Completed   time.Time     // zero while it is being answered
	Request     Request
	Findings    []Finding // what the checks found; the first that refuses was answered
	DuplicateOf uint64    // Seq of the first entry with the same event id; 0 when it is the first
	Attempt     int       // 1 for the first request of its event id, 2 for the second, ...; 0 without an event id
	Done        Done
	Reactions   []Reacted
	Panic       string // a handler's panic, "" for none
}

// size is about what e holds in memory, in bytes.
func (e *Entry) size() int {
	const bare = 2 << 10 // the entry itself, its small strings and lists, its address
	n := bare + cap(e.Request.Body) + len(e.Request.Target)
	for name, values := range e.Request.Header {
		n += len(name) + 64
		for _, v := range values {
			n += len(v) + 32
		}
	}
	return n + weight(map[string]any(e.Request.Values))
}

// weight is about what a decoded JSON value holds in memory, in bytes.
func weight(value any) int {
	const cell = 48 // a name or a place in a list, with its value's header
	n := 0
	switch v := value.(type) {
	case map[string]any:
		n = 2 * cell
		for name, one := range v {
			n += cell + len(name) + weight(one)
		}
	case []any:
		for _, one := range v {
			n += cell + weight(one)
		}
	case string:
		n = len(v)
	case json.Number:
		n = len(v)
	}
	return n
}
