package sender

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/rs/zerolog"
)

// Network makes connections; net.Dialer is one.
type Network interface {
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
}

// Sender presses buttons. It is safe for concurrent use.
type Sender struct{ registry *Registry }

// Option changes how a Sender works.
type Option func(*Sender)

// The options. Each default is the platform's own behaviour.
func WithNetwork(n Network) Option            { return func(*Sender) {} }
func WithLogger(l zerolog.Logger) Option      { return func(*Sender) {} }
func WithSeed(n uint64) Option                { return func(*Sender) {} } // ids depend on n and the order of presses
func WithNow(now func() time.Time) Option     { return func(*Sender) {} } // wall clock of composed bodies
func WithDeadline(d time.Duration) Option     { return func(*Sender) {} } // in place of the documented one, said in Overrides
func WithRootCAs(pem []byte) Option           { return func(*Sender) {} }
func WithInsecure() Option                    { return func(*Sender) {} }
func WithSource(a netip.Addr) Option          { return func(*Sender) {} }
func WithProxy(url string) Option             { return func(*Sender) {} }
func WithConnectTo(from, to string) Option    { return func(*Sender) {} } // HOST:PORT dialed in place of HOST:PORT
func WithAPIURL(base string) Option           { return func(*Sender) {} } // base of self links
func WithGetenv(f func(string) string) Option { return func(*Sender) {} } // where proxy variables are looked for, to say that they are ignored

// New returns a sender for r's actions.
func New(r *Registry, opts ...Option) *Sender { return &Sender{registry: r} }

// NewIncident makes a complete incident from neutral names of scope incident;
// what v leaves open is made.
func (s *Sender) NewIncident(v schema.Values) (Incident, error) {
	return Incident{}, errors.New("not built yet")
}

// Press presses p's button and returns when the platform has nothing more to do
// for it. An error means that nothing was sent: no such action, a name that the
// profile lacks, an address that is not on this machine. What happened on the
// wire is in the Delivery.
func (s *Sender) Press(ctx context.Context, p Press) (Delivery, error) {
	return Delivery{}, errors.New("not built yet")
}

// Redeliver sends d once more, as the platform does when it repeats: same id,
// bytes and headers on a new connection. The attempt is appended to the copy
// that it returns.
func (s *Sender) Redeliver(ctx context.Context, d Delivery) (Delivery, error) {
	return Delivery{}, errors.New("not built yet")
}
