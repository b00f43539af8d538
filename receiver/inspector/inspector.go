// Package inspector shows what reached a receiver: its journal over HTTP, for
// tests in any language. It is served on a listener of its own, so that no
// behavior can hang it, and openapi.json describes it.
package inspector

import (
	"context"
	_ "embed"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/hookdrill/hookdrill/receiver"
)

//go:embed openapi.json
var openAPI []byte

// OpenAPI returns the description of the API, OpenAPI 3.1 in JSON.
func OpenAPI() []byte { return slices.Clone(openAPI) }

// Inspector is the admin API over receivers: an http.Handler. It is safe for
// concurrent use.
type Inspector struct {
	receivers *receiver.Namespaces
	token     string
	hosts     []string
	ready     func() bool
	allow     func(receiver.Behavior) error
	router    *mux.Router
	handler   http.Handler
	base      context.Context
	stop      context.CancelFunc
}

// Option changes how an Inspector works.
type Option func(*Inspector)

// WithToken demands "Authorization: Bearer TOKEN" of every request.
func WithToken(token string) Option { return func(i *Inspector) { i.token = token } }

// WithHosts accepts requests for these host names too, beside localhost and
// addresses of the loopback.
func WithHosts(names ...string) Option {
	return func(i *Inspector) { i.hosts = append(i.hosts, names...) }
}

// WithReady answers /ready as f says; without it, ready at once.
func WithReady(f func() bool) Option { return func(i *Inspector) { i.ready = f } }

// WithAllow refuses, with 403, the behaviors of which f returns an error; without
// it every one may be set.
func WithAllow(f func(receiver.Behavior) error) Option { return func(i *Inspector) { i.allow = f } }

// New returns the inspector of n's receivers. Close ends every waiting request;
// the receivers are not closed.
func New(n *receiver.Namespaces, opts ...Option) *Inspector {
	i := &Inspector{receivers: n, ready: func() bool { return true }, allow: func(receiver.Behavior) error { return nil }}
	for _, o := range opts {
		o(i)
	}
	i.base, i.stop = context.WithCancel(context.Background())
	i.router = i.routes()
	i.handler = i.guard(i.router)
	return i
}

// routes are all that there is. Each of the second group is there for the root
// and, below /s/{name}, for each namespace.
func (i *Inspector) routes() *mux.Router {
	r := mux.NewRouter().SkipClean(true) // what is checked is what is routed
	r.Use(named)
	r.HandleFunc("/openapi.json", i.describe).Methods(http.MethodGet)
	r.HandleFunc("/namespaces", i.namespaces).Methods(http.MethodGet)
	r.HandleFunc("/s/{name}", i.remove).Methods(http.MethodDelete)
	for _, at := range []string{"", "/s/{name}"} {
		r.HandleFunc(at+"/health", i.health).Methods(http.MethodGet)
		r.HandleFunc(at+"/ready", i.isReady).Methods(http.MethodGet)
		r.HandleFunc(at+"/entries", i.entries).Methods(http.MethodGet)
		r.HandleFunc(at+"/entries", i.clear).Methods(http.MethodDelete)
		r.HandleFunc(at+"/entries/{seq:[0-9]{1,19}}", i.entry).Methods(http.MethodGet)
		r.HandleFunc(at+"/wait", i.wait).Methods(http.MethodGet)
		r.HandleFunc(at+"/behavior", i.behavior).Methods(http.MethodGet)
		r.HandleFunc(at+"/behavior", i.setBehavior).Methods(http.MethodPut)
	}
	r.NotFoundHandler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusNotFound, "nothing here; GET /openapi.json lists what there is")
	})
	r.MethodNotAllowedHandler = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fail(w, http.StatusMethodNotAllowed, "not with this method; GET /openapi.json lists what there is")
	})
	return r
}

// ServeHTTP answers one request.
func (i *Inspector) ServeHTTP(w http.ResponseWriter, r *http.Request) { i.handler.ServeHTTP(w, r) }

// Close ends every waiting request.
func (i *Inspector) Close() error {
	i.stop()
	return nil
}

// Serve serves i on addr, HOST:PORT or "unix:/path", until the returned server
// is closed. An address that others can reach is refused unless there is a
// token.
func (i *Inspector) Serve(addr string) (*receiver.Server, error) {
	if i.token == "" && !isLoopback(addr) {
		return nil, fmt.Errorf("admin API on %s: others could reach it; give it a token, or an address of this machine alone such as 127.0.0.1:0", addr)
	}
	s := receiver.NewServer(i, receiver.WithListen(addr), receiver.WithMaxConnections(maxConnections))
	if err := s.Start(); err != nil {
		return nil, fmt.Errorf("admin API: %w", err)
	}
	return s, nil
}

const maxConnections = 256

func isLoopback(addr string) bool {
	if strings.HasPrefix(addr, "unix:") {
		return true
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return false
	}
	a, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && a.IsLoopback()
}

// The bounds of a wait.
const (
	DefaultWithin = 10 * time.Second
	MaxWithin     = 5 * time.Minute
)
