package drilltest

import (
	"context"
	"net"
	"net/http"
	"sync"
)

// Serve serves h on n until the test ends, and returns its URL. The contexts of
// requests end with the test, which then waits for the answers that go on.
func (n *Network) Serve(h http.Handler) string {
	n.t.Helper()
	l, err := n.Listen("127.0.0.1:0")
	if err != nil {
		n.t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	var going sync.WaitGroup // connections, and answers, which outlive one that is hijacked
	server := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			going.Add(1)
			defer going.Done()
			h.ServeHTTP(w, r)
		}),
		BaseContext: func(net.Listener) context.Context { return ctx },
		ConnState: func(_ net.Conn, state http.ConnState) {
			switch state {
			case http.StateNew:
				going.Add(1)
			case http.StateClosed, http.StateHijacked:
				going.Done()
			}
		},
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		_ = server.Serve(l) // returns when the test closes it
	}()
	n.t.Cleanup(func() {
		end()
		_ = server.Close()
		<-served
		going.Wait() // in a bubble time stands still once the test is over
	})
	return "http://" + l.Addr().String()
}

// Client returns a client whose requests go over n, each on a connection of its
// own: what a handler calls others with.
func (n *Network) Client() *http.Client {
	return &http.Client{Transport: carrier{n.life, &http.Transport{DialContext: n.DialContext, DisableKeepAlives: true}}}
}

// carrier carries requests until the test ends: a bubble does not forgive a body
// that nobody closed.
type carrier struct {
	life      context.Context
	transport *http.Transport
}

// RoundTrip sends r with a context that ends with the test, too.
func (c carrier) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(r.Context())
	context.AfterFunc(c.life, cancel)
	return c.transport.RoundTrip(r.WithContext(ctx))
}
