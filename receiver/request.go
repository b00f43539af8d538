package receiver

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strconv"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// What a receiver reads of one request at most.
const (
	DefaultMaxBody = 1 << 20 // bytes of the body
	MaxTarget      = 8 << 10 // bytes of the request target
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
	Truncated  bool           // Body is not whole: it ended before its declared end, or was not read to it
	Peer       netip.AddrPort // who holds the TCP connection; zero for a unix socket
	Local      netip.AddrPort //
	Connection uint64         // the number of the connection that it came on, from 1; 0 unknown
	Place      int            // its place on that connection, from 1
	Client     Client         // whose address counts, and why
	ClientCN   string         // the common name of the client's certificate, which TLS has verified; "" without one
	Values     schema.Values  // neutral names read from it; nil when it is no push
	Violations []schema.Violation

	unix     bool  // Peer has no address because it is on a unix socket
	examined bool  // Values and Violations are filled in
	seenAs   int64 // the accepted entry with the same event id, 0 none, for CheckSeen
}

// examine reads the push once, however many checks ask for it.
func (r *Request) examine(p *schema.Profile, s schema.Strength) []schema.Violation {
	if !r.examined && p != nil {
		r.examined = true
		r.Values, r.Violations = p.Examine(r.Header, r.Body, s)
	}
	return r.Violations
}

// read fills in the neutral names of a request whose schema no check asked for.
func (r *Request) read(p *schema.Profile) {
	if !r.examined && p != nil && len(r.Body) > 0 && !r.Truncated {
		r.examined = true
		r.Values, r.Violations = p.Read(r.Header, r.Body)
	}
}

// text returns the neutral name's value as text, "" when the request lacks it.
func (r *Request) text(name string) string {
	switch v := r.Values[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		return fmt.Sprint(v)
	}
}

// arrive notes what came with the header of req, before its body is read.
func arrive(req *http.Request) Request {
	r := Request{
		Method: req.Method, Target: req.RequestURI, Proto: req.Proto, Host: req.Host,
		Header: req.Header, Path: req.URL.Path,
	}
	if req.TLS != nil && len(req.TLS.VerifiedChains) > 0 {
		r.ClientCN = req.TLS.VerifiedChains[0][0].Subject.CommonName
	}
	if c, ok := req.Context().Value(connectionKey{}).(*connection); ok {
		r.Peer, r.Local, r.unix, r.Connection = c.peer, c.local, c.unix, c.number
		r.Place = int(c.requests.Add(1))
		return r
	}
	local, _ := req.Context().Value(http.LocalAddrContextKey).(net.Addr)
	r.Local, r.unix = addrPort(local)
	r.Peer, _ = netip.ParseAddrPort(req.RemoteAddr)
	r.Peer = netip.AddrPortFrom(r.Peer.Addr().Unmap(), r.Peer.Port())
	return r
}

// refuseUnread finds what is refused by the header alone, before any byte of
// the body is asked for: a client that waits for "100 Continue" never gets it.
func (r *Request) refuseUnread(req *http.Request, maxBody int64, recordOnly bool) *Finding {
	switch {
	case req.ProtoMajor != 1:
		return limit("protocol", http.StatusHTTPVersionNotSupported, shown(r.Proto), "HTTP/1.0 or HTTP/1.1", "RFC 9112")
	case r.Method == http.MethodConnect || r.Method == http.MethodTrace:
		return limit("method", http.StatusMethodNotAllowed, r.Method, "an endpoint neither tunnels nor echoes", "RFC 9110")
	case len(r.Target) > MaxTarget:
		return limit("target", http.StatusRequestURITooLong, fmt.Sprintf("%d bytes", len(r.Target)), fmt.Sprintf("at most %d bytes", MaxTarget), "")
	case req.ContentLength > maxBody:
		r.Truncated = true
		return limit("size", http.StatusRequestEntityTooLarge, fmt.Sprintf("%d bytes declared", req.ContentLength), atMost(maxBody), "")
	case r.Header["Content-Encoding"] != nil && !recordOnly:
		r.Truncated = req.ContentLength != 0
		return encoded(r)
	}
	return nil
}

func encoded(r *Request) *Finding {
	return limit("encoding", http.StatusUnsupportedMediaType, "Content-Encoding "+shown(r.Header.Get("Content-Encoding")), "a body that is sent as it is", "")
}

// readBody reads the body up to maxBody. What keeps it from being read whole is
// a finding; nil when all of it is there.
func (r *Request) readBody(w http.ResponseWriter, req *http.Request, maxBody int64) *Finding {
	if req.ContentLength == 0 {
		return nil
	}
	var err error
	r.Body, err = readAll(http.MaxBytesReader(w, req.Body, maxBody), req.ContentLength)
	r.BodyBytes = int64(len(r.Body))
	var tooLarge *http.MaxBytesError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &tooLarge):
		r.Truncated = true
		return limit("size", http.StatusRequestEntityTooLarge, fmt.Sprintf("more than %d bytes", maxBody), atMost(maxBody), "")
	case errors.Is(err, os.ErrDeadlineExceeded):
		r.Truncated = true
		return limit("body", http.StatusRequestTimeout, fmt.Sprintf("%d bytes, then nothing in time", r.BodyBytes), declared(req), "")
	default:
		r.Truncated = true
		return limit("body", http.StatusBadRequest, fmt.Sprintf("%d bytes, then: %s", r.BodyBytes, shown(err.Error())), declared(req), "RFC 9112")
	}
}

func atMost(n int64) string { return fmt.Sprintf("at most %d bytes", n) }

func declared(req *http.Request) string {
	if req.ContentLength > 0 {
		return strconv.FormatInt(req.ContentLength, 10) + " bytes declared"
	}
	return "a chunked body with its end"
}

// limit is the finding of a rule that is not a check: it cannot be switched off.
func limit(name string, status int, found, documented, source string) *Finding {
	return &Finding{Check: name, Status: status, Violations: []schema.Violation{
		{Rule: name, Severity: schema.SeverityError, Found: found, Documented: documented, Source: source},
	}}
}

// readAll reads to the end. A declared length is believed up to 64 KiB only:
// beyond, memory grows with what really comes.
func readAll(from io.Reader, length int64) ([]byte, error) {
	const believed = 64 << 10
	room := min(length, believed)
	if length < 0 {
		room = 4 << 10
	}
	body := make([]byte, 0, room+1) // one more, to meet the end without growing
	for {
		n, err := from.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			return body, nil
		case err != nil:
			return body, err
		case len(body) == cap(body):
			body = append(body, 0)[:len(body)]
		}
	}
}

// exchange is what a behavior knows of the request beyond net/http.
type exchange struct {
	arrived time.Time
	ready   time.Time       // when there was nothing left to do but to answer, the checks aside: delays before an answer count from then; zero: from now
	stop    <-chan struct{} // closed by Receiver.Close
	secrets []string        // names of headers that are secret here
	journal *Journal        // where it is in flight, nil in none
	visit   *visit          // whose it is, nil of none
}

type exchangeKey struct{}

// exchangeOf returns the exchange of r; of a request that no Receiver read, one
// that arrives now and is never stopped.
func exchangeOf(r *http.Request) *exchange {
	if x, ok := r.Context().Value(exchangeKey{}).(*exchange); ok {
		return x
	}
	return &exchange{arrived: time.Now()}
}

// pause notes that the request waits for d as it was told to, 0 for as long as
// its client does, until resume is called.
func (x *exchange) pause(d time.Duration) (resume func()) {
	if x.journal == nil {
		return func() {}
	}
	return x.journal.pause(d)
}

// answered completes the entry before the behavior has ended.
func (x *exchange) answered(done Done) {
	if x.visit != nil {
		x.visit.complete(done)
	}
}

// unheard keeps in the journal that another request came on the connection, and
// was met with end and not read.
func (x *exchange) unheard(done Done, end func()) {
	if x.visit == nil {
		end()
		return
	}
	r, on := x.visit.r, x.visit.connection()
	c := &connection{number: on.number, opened: time.Now(), peer: on.peer, local: on.local, unix: on.unix}
	record := r.admitConnection(c, done)
	end()
	r.completeConnection(record, c, done, "")
}

func (x *exchange) since() time.Duration { return time.Since(x.arrived) }
