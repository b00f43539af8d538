package sender

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/rs/zerolog"
)

// Option changes how a Sender works. Each default is the platform's own
// behavior.
type Option func(*settings)

// settings are what the options set.
type settings struct {
	network   Network
	logger    zerolog.Logger
	seed      *uint64
	now       func() time.Time
	deadline  time.Duration
	linger    time.Duration
	roots     *x509.CertPool
	insecure  bool
	source    netip.Addr
	proxy     *url.URL
	connectTo map[string]string
	apiURL    string
	getenv    func(string) string

	keeps       bool          // connections, for the next attempt
	dialTimeout time.Duration // 0: the documented one
	certificate *tls.Certificate
	clock       Clock                     // nil until complete
	repeats     int                       // at most so many; -1: as many as the platform makes
	limited     bool                      // repeats was given
	guard       func(Action, Press) error // nil: whoever may
	errs        []error
}

func defaults() settings {
	return settings{logger: zerolog.Nop(), connectTo: map[string]string{}}
}

// complete fills what the options left open: a clock has its platform's repeats,
// and composed bodies show its time.
func (s *settings) complete() {
	if s.clock != nil && !s.limited {
		s.repeats = -1
	}
	if s.clock == nil {
		s.clock = WallClock{}
	}
	if s.now == nil {
		s.now = s.clock.Now
	}
}

// plan is how attempts are made on p's platform with these settings.
func (s settings) plan(p *schema.Profile) plan {
	deadline := s.deadline
	if deadline == 0 {
		deadline = p.Deadline()
	}
	dialTimeout := s.dialTimeout
	if dialTimeout == 0 {
		dialTimeout = p.DialTimeout()
	}
	return plan{
		network: s.network, connectTo: s.connectTo, proxy: s.proxy, roots: s.roots, certificate: s.certificate, insecure: s.insecure,
		tls: p.TLSVersions(), inOrder: p.TLSChainInOrder(), deadline: deadline, linger: s.linger, dialTimeout: dialTimeout,
	}
}

// WithClock plays what follows an attempt, as the profile documents it: repeats,
// queues, disablement. c is the platform's time, for the waiting between attempts
// and, without WithNow, in composed bodies.
func WithClock(c Clock) Option { return func(s *settings) { s.clock = c } }

// WithRepeats plays what follows an attempt, but with at most n repeats of it; 0
// is none, whatever WithClock says, and below zero as many as the platform makes.
// Without WithClock the waiting really passes.
func WithRepeats(n int) Option {
	return func(s *settings) { s.repeats, s.limited = max(-1, n), true }
}

// WithDialTimeout gives connecting d, names and all, where that is shorter than
// the deadline. No platform documents such a limit, but Flashduty's repeats know
// its error.
func WithDialTimeout(d time.Duration) Option {
	return func(s *settings) {
		if d < 0 {
			s.fail(fmt.Errorf("dial time-out %s: below zero; give a time like 300ms", d))
		}
		s.dialTimeout = d
	}
}

// WithClientCertificate shows c to an endpoint that asks for a certificate.
// Action.ClientCertificate comes before it.
func WithClientCertificate(c tls.Certificate) Option {
	return func(s *settings) { s.certificate = &c }
}

// WithNetwork makes connections through n in place of the system's network. n is
// given names as they stand in the URL; there is no dns phase unless it resolves
// them through package net.
func WithNetwork(n Network) Option { return func(s *settings) { s.network = n } }

// WithLogger writes a line for each attempt; silent without it.
func WithLogger(l zerolog.Logger) Option { return func(s *settings) { s.logger = l } }

// WithSeed makes ids depend on n and the order of incidents and presses alone.
func WithSeed(n uint64) Option { return func(s *settings) { s.seed = &n } }

// WithNow sets the wall clock of composed bodies. Durations and certificates are
// not measured by it.
func WithNow(now func() time.Time) Option { return func(s *settings) { s.now = now } }

// WithDeadline gives attempts d in place of the documented time, which
// Delivery.Overrides says; 0 is the documented one.
func WithDeadline(d time.Duration) Option {
	return func(s *settings) {
		if d < 0 {
			s.fail(fmt.Errorf("deadline %s: below zero; give a time like 500ms", d))
		}
		s.deadline = d
	}
}

// WithRootCAs trusts the PEM certificates in place of the system's.
func WithRootCAs(pem []byte) Option {
	return func(s *settings) {
		s.roots = x509.NewCertPool()
		if !s.roots.AppendCertsFromPEM(pem) {
			s.fail(errors.New("root certificates: no PEM certificate found; give a file that begins with -----BEGIN CERTIFICATE-----"))
		}
	}
}

// WithInsecure switches TLS verification off for every action.
func WithInsecure() Option { return func(s *settings) { s.insecure = true } }

// WithSource sends from a, which must be on this machine, or on a SourceNetwork.
func WithSource(a netip.Addr) Option { return func(s *settings) { s.source = a } }

// WithProxy sends through the HTTP proxy at address, "http://HOST:PORT". The
// environment's proxies are never used.
func WithProxy(address string) Option {
	return func(s *settings) {
		proxy, err := parseProxy(address)
		if err != nil {
			s.fail(err)
		}
		s.proxy = proxy
	}
}

// WithConnectTo dials to in place of from, both HOST:PORT. The name in the
// request and in TLS stays. It may be given several times.
func WithConnectTo(from, to string) Option {
	return func(s *settings) {
		for _, address := range []string{from, to} {
			if i := strings.LastIndexByte(address, ':'); i < 1 || !validPort(address[i+1:]) || i == len(address)-1 {
				s.fail(fmt.Errorf("connect to %q: want HOST:PORT", address))
			}
		}
		s.connectTo[strings.ToLower(from)] = to
	}
}

// WithAPIURL sets the base of the links in a body that lead to the platform's
// API, where the platform's body has some.
func WithAPIURL(base string) Option { return func(s *settings) { s.apiURL = base } }

// WithGetenv says where proxy variables are looked for, to say that they are
// ignored; nowhere without it.
func WithGetenv(f func(string) string) Option { return func(s *settings) { s.getenv = f } }

func (s *settings) fail(err error) { s.errs = append(s.errs, err) }
