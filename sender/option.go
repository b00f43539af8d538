package sender

import (
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
	roots     *x509.CertPool
	insecure  bool
	source    netip.Addr
	proxy     *url.URL
	connectTo map[string]string
	apiURL    string
	getenv    func(string) string
	errs      []error
}

func defaults() settings {
	return settings{logger: zerolog.Nop(), now: time.Now, connectTo: map[string]string{}}
}

// plan is how attempts are made on p's platform with these settings.
func (s settings) plan(p *schema.Profile) plan {
	deadline := s.deadline
	if deadline == 0 {
		deadline = p.Deadline()
	}
	return plan{network: s.network, connectTo: s.connectTo, proxy: s.proxy, roots: s.roots, insecure: s.insecure, deadline: deadline}
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

// WithSource sends from a, which must be on this machine.
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
