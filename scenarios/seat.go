package scenarios

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// seat is one endpoint of a stage while a story is told: a mock with its server,
// or a real one, which the run may have started.
type seat struct {
	name string
	Endpoint
	url      string
	listener net.Listener // of a mock, until its server has taken it
	mock     *receiver.Receiver
	server   *receiver.Server
	process  *process
	unwatch  func()
	folder   string // where the stage's files lie
	network  sender.Network
	seed     uint64   // of what behaviors leave to chance
	files    *os.Root // the same, once a behavior may need it; nil before
}

// real reports whether the endpoint is not ours.
func (e Endpoint) real() bool { return e.URL != "" }

// secure reports whether the mock speaks TLS.
func (e Endpoint) secure() bool { return e.TLS != "" && e.TLS != receiver.TLSPlain }

// freePort is any free port of this machine, for itself alone.
const freePort = "127.0.0.1:0"

// listen takes what a mock listens on, so that its URL is known before anything
// that names it is made.
func (s *seat) listen(open func(addr string) (net.Listener, error)) error {
	var err error
	if s.listener, err = open(freePort); err != nil {
		return fmt.Errorf("endpoint %s: %w", s.name, err)
	}
	scheme := "http"
	if s.TLS != "" {
		scheme = "https"
	}
	s.url = scheme + "://" + s.listener.Addr().String() + "/" + strings.TrimPrefix(s.Path, "/")
	s.url = strings.TrimSuffix(s.url, "/")
	return nil
}

// open makes the mock and serves it. pushed says whether an action pushes to it.
func (s *seat) open(p *schema.Profile, pushed bool, known known) error {
	e := s.Endpoint
	e.Reactions = nil // what they name may not be known yet
	e, err := expandAll(e, known)
	if err != nil {
		return err
	}
	options := []receiver.Option{receiver.WithNetwork(s.network), receiver.WithSeed(s.seed)}
	checks, err := e.checks(pushed)
	if err != nil {
		return err
	}
	options = append(options, receiver.WithChecks(checks...))
	if e.Behavior != "" {
		behavior, err := s.behavior(e.Behavior)
		if err != nil {
			return err
		}
		options = append(options, receiver.WithBehavior(behavior))
	}
	if e.RecordOnly {
		options = append(options, receiver.WithRecordOnly())
	}
	if len(e.TrustedProxies) > 0 {
		options = append(options, receiver.WithTrustedProxies(e.TrustedProxies, e.ProxyHeader))
	}
	ofPlatform := func(c receiver.Check) bool {
		return slices.Contains([]string{"schema", "signature", "client_certificate"}, c.Name)
	}
	if !pushed && !slices.ContainsFunc(checks, ofPlatform) {
		p = nil // what comes there is no push
	}
	s.mock = receiver.New(p, options...)
	serving := []receiver.ServerOption{receiver.WithListener(s.listener)}
	if e.TLS != "" {
		serving = append(serving, receiver.WithMadeTLSKind(e.TLS, "127.0.0.1"))
	}
	if e.RequireCert {
		serving = append(serving, receiver.WithClientCertificate(nil))
	}
	s.server = receiver.NewServer(s.mock, serving...)
	if err := s.server.Start(); err != nil {
		return err
	}
	s.listener = nil // the server closes it from now on
	return nil
}

// react says what the mock goes on to do.
func (s *seat) react(known known) error {
	reactions, err := expandAll(s.Reactions, known)
	if err != nil {
		return err
	}
	s.mock.SetReactions(reactions...)
	return nil
}

// behavior reads the text of a behavior, whose body files lie in the stage's
// folder.
func (s *seat) behavior(text string) (receiver.Behavior, error) {
	if s.files == nil && strings.Contains(text, "file") {
		var err error
		if s.files, err = os.OpenRoot(s.folder); err != nil {
			return nil, fmt.Errorf("body files: %w", err)
		}
	}
	var options []receiver.ParseOption
	if s.files != nil {
		options = append(options, receiver.BodiesFrom(s.files))
	}
	return receiver.ParseBehavior(text, options...)
}

// The checks' own answers, where a file gives none.
const (
	statusMethod      = 405
	statusSource      = 403
	statusHeader      = 401
	statusContentType = 415
	statusSchema      = 400
	statusSeen        = 200

	statusClientCertificate = 403
)

// checks makes the checks in their fixed order. An endpoint that an action
// pushes to has method, content_type and schema by default.
func (e Endpoint) checks(pushed bool) ([]receiver.Check, error) {
	var list []receiver.Check
	for _, name := range checkNames {
		setting, given := e.Checks[name]
		standard := name == "method" || name == "content_type" || name == "schema"
		if setting.Off || !given && !(pushed && standard) {
			continue
		}
		check, err := setting.check(name)
		if err != nil {
			return nil, fmt.Errorf("check %s: %w", name, err)
		}
		list = append(list, check)
	}
	return list, nil
}

// check makes the check of that name.
func (c CheckSetting) check(name string) (receiver.Check, error) {
	status := func(standard int) int {
		if c.Status != 0 {
			return c.Status
		}
		return standard
	}
	switch name {
	case "method":
		return receiver.CheckMethod(status(statusMethod)), nil
	case "source":
		list, err := receiver.ParsePrefixes(strings.FieldsFunc(c.Value, func(r rune) bool { return r == ',' || r == ' ' }))
		return receiver.CheckSource(list, status(statusSource)), err
	case "header":
		header, value, ok := strings.Cut(c.Value, ":")
		if !ok {
			return receiver.Check{}, fmt.Errorf("%s is no header: write \"Name: value\"", brief(header))
		}
		return receiver.CheckHeader(strings.TrimSpace(header), strings.TrimSpace(value), status(statusHeader)), nil
	case "content_type":
		return receiver.CheckContentType(status(statusContentType)), nil
	case "schema":
		strength := schema.Lenient
		if c.Value == "strict" {
			strength = schema.Strict
		}
		return receiver.CheckSchema(strength, status(statusSchema)), nil
	case "signature":
		return receiver.CheckSignature(c.Values, status(receiver.DefaultSignatureStatus)), nil
	case "client_certificate":
		return receiver.CheckClientCertificate(c.Value, status(statusClientCertificate)), nil
	default:
		return receiver.CheckSeen(status(statusSeen)), nil
	}
}

var errOccupied = errors.New("something listens there already")

// start runs the command of a real endpoint, if it has one, and waits until it
// is ready, if it says how.
func (s *seat) start(ctx context.Context, dir string, variables map[string]string) (err error) {
	probe := listening(s.url)
	if len(s.Start) > 0 && probe(ctx) == nil {
		// Whoever listens there would be judged in the place of what is started.
		return fmt.Errorf("%s: %w: stop it, or leave start: out", schema.RedactURL(s.url), errOccupied)
	}
	if s.Ready != "" {
		probe = answering(s.Ready)
	}
	switch {
	case len(s.Start) > 0:
		if s.process, err = launch(dir, s.Start, slices.Concat(environment(variables), pairs(s.Env))); err != nil {
			return err
		}
		return s.process.await(ctx, probe)
	case s.Ready != "":
		return until(ctx, probe)
	}
	return nil
}

// environment is what a started endpoint sees: our own environment and the
// variables that the file declares.
func environment(variables map[string]string) []string {
	return append(os.Environ(), pairs(variables)...)
}

// pairs writes variables as a process takes them.
func pairs(variables map[string]string) []string {
	var out []string
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		out = append(out, name+"="+variables[name])
	}
	return out
}

// watched lets w see all that comes to the mock.
func (s *seat) watched(w *watch) {
	journal := s.mock.Journal()
	requests := journal.Subscribe(func(e receiver.Entry) { w.see(s.name, e) })
	connections := journal.SubscribeConnections(w.take)
	s.unwatch = func() {
		requests()
		connections()
	}
}

// close ends whatever the seat runs.
func (s *seat) close() {
	if s.server != nil {
		s.server.Close()
	}
	if s.mock != nil {
		s.mock.Close()
	}
	if s.unwatch != nil {
		s.unwatch() // not before the answers have ended: the report tells how
	}
	if s.listener != nil {
		s.listener.Close()
	}
	if s.process != nil {
		s.process.stop()
	}
	if s.files != nil {
		s.files.Close()
	}
}

// clientCertificate makes a certificate that the mock trusts.
func (s *seat) clientCertificate(name string) (*tls.Certificate, error) {
	if s.server == nil || !s.secure() {
		return nil, fmt.Errorf("client_cert: endpoint %s is no mock with tls: who would trust what is made here?", s.name)
	}
	certificate, key, err := s.server.ClientCertificate(name)
	if err != nil {
		return nil, err
	}
	pair, err := tls.X509KeyPair(certificate, key)
	return &pair, err
}

// folder returns where the stage's commands run and its files lie.
func (s Stage) folder() string { return filepath.FromSlash(s.dir) }

// path returns where the stage's file of that name lies.
func (s Stage) path(name string) string { return filepath.Join(s.folder(), filepath.FromSlash(name)) }

// address reads a local address to send from.
func address(text string) (netip.Addr, error) {
	if text == "" {
		return netip.Addr{}, nil
	}
	return netip.ParseAddr(text)
}
