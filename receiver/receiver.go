// Package receiver plays the endpoint: it reads a request, checks it, keeps it
// in a journal, answers as told and goes on to react. It never knows who sends.
package receiver

import (
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/rs/zerolog"
)

// Client is whose address counts for a request, and why.
type Client struct {
	Addr   netip.Addr `json:"addr"`   // zero: undetermined
	Header string     `json:"header"` // the forwarding header that was read, "" for none
	Chain  []string   `json:"chain"`  // its entries in order
	Reason string     `json:"reason"` // "peer", "forwarded header ignored: peer not trusted", "client_ip_undetermined", ...
	Match  string     `json:"match"`  // the allow-list entry that matched
}

// Check is one test of a request with the status that it answers when it finds
// something. Status 0 or 200 is a finding only.
type Check struct {
	Name   string
	Status int
	Func   func(*schema.Profile, *Request) []schema.Violation
}

// Behavior answers a request. It is safe for concurrent use. String gives the
// text that ParseBehavior reads.
type Behavior interface {
	Respond(http.ResponseWriter, *http.Request) Done
	String() string
}

// ParseBehavior reads a behavior: turn "then" turn ...; turn = ["first N"] step
// ["+" step]; "first 2 reset then status 200", "delay 900ms + status 200". The
// error names the column.
func ParseBehavior(text string) (Behavior, error) { return nil, nil }

// Reaction is what the endpoint goes on to do: one HTTP call. Call is
// "METHOD URL" and may, as Body and Headers may, hold ${request.NAME}.
type Reaction struct {
	Call    string
	Body    string
	Headers map[string]string
	When    string // "before" or "after" the answer; "" is after
	OncePer string // "", "event_id" or "incident"
}

// Receiver is an endpoint: an http.Handler. It is safe for concurrent use.
type Receiver struct{}

// Option changes how a Receiver works.
type Option func(*Receiver)

// The options. Without any: method, content type and schema are checked, then
// 200 is answered.
func WithChecks(cs ...Check) Option             { return func(*Receiver) {} } // in place of the defaults, run in the order given
func WithBehavior(b Behavior) Option            { return func(*Receiver) {} }
func WithReactions(rs ...Reaction) Option       { return func(*Receiver) {} }
func WithLogger(l zerolog.Logger) Option        { return func(*Receiver) {} }
func WithMaxBody(n int64) Option                { return func(*Receiver) {} } // bytes, default DefaultMaxBody
func WithJournalLimits(n int, bytes int) Option { return func(*Receiver) {} }
func WithRecordOnly() Option                    { return func(*Receiver) {} } // answers as if all were well
func WithTrustedProxies(ps []netip.Prefix, header string) Option {
	return func(*Receiver) {}
}

// The checks by name; DefaultChecks are those of an endpoint that an action
// pushes to, in the fixed order method, source, header, content_type, schema,
// seen.
func CheckMethod(status int) Check                           { return Check{} }
func CheckSource(list []netip.Prefix, status int) Check      { return Check{} }
func CheckHeader(name, value string, status int) Check       { return Check{} }
func CheckContentType(status int) Check                      { return Check{} }
func CheckSchema(strength schema.Strength, status int) Check { return Check{} }
func CheckSeen(status int) Check                             { return Check{} }
func DefaultChecks() []Check                                 { return nil }

// ParsePrefixes reads addresses and CIDR prefixes for a list; what is wrong is
// an error that names the value.
func ParsePrefixes(list []string) ([]netip.Prefix, error) { return nil, nil }

// New returns a receiver for pushes of p. Close ends what waits in it.
func New(p *schema.Profile, opts ...Option) *Receiver { return &Receiver{} }

// ServeHTTP reads, checks, keeps and answers one request.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {}

// Journal returns the receiver's journal.
func (r *Receiver) Journal() *Journal { return nil }

// SetBehavior changes the behavior for the requests that arrive from now on and
// starts its turns anew. Behavior returns it.
func (r *Receiver) SetBehavior(b Behavior) {}

// Behavior returns the behavior that answers.
func (r *Receiver) Behavior() Behavior { return nil }

// Close ends every waiting behavior and reaction.
func (r *Receiver) Close() error { return nil }

// Server is a listener for one handler: limits, TLS, connection numbers.
type Server struct{}

// ServerOption changes how a Server works.
type ServerOption func(*Server)

func WithListen(addr string) ServerOption                     { return func(*Server) {} } // default "127.0.0.1:0"; "unix:/path"
func WithListener(l net.Listener) ServerOption                { return func(*Server) {} }
func WithTLS(certPEM, keyPEM []byte) ServerOption             { return func(*Server) {} }
func WithMadeTLS(hosts ...string) ServerOption                { return func(*Server) {} } // a certificate made at run time
func WithHeaderTimeout(d time.Duration) ServerOption          { return func(*Server) {} }
func WithReadTimeout(d time.Duration) ServerOption            { return func(*Server) {} }
func WithMaxConnections(n int) ServerOption                   { return func(*Server) {} }
func WithServerErrorLog(w io.Writer) ServerOption             { return func(*Server) {} }
func WithWrap(f func(http.Handler) http.Handler) ServerOption { return func(*Server) {} }

// NewServer returns a server for r that does not listen yet.
func NewServer(r *Receiver, opts ...ServerOption) *Server { return &Server{} }

// Start listens and serves in the background; an address that cannot be
// listened on is an error that names it.
func (s *Server) Start() error { return nil }

// URL returns the base URL, "http://127.0.0.1:40123", once started.
func (s *Server) URL() string { return "" }

// Addr returns the address that s listens on.
func (s *Server) Addr() net.Addr { return nil }

// CA returns the authority that signed the made certificate, nil without
// WithMadeTLS. CAPEM returns it as PEM.
func (s *Server) CA() *x509.Certificate { return nil }

// CAPEM returns the made authority as PEM.
func (s *Server) CAPEM() []byte { return nil }

// Close closes the listener, ends waiting behaviors, lets running answers end
// (10 s at most) and returns.
func (s *Server) Close() error { return nil }
