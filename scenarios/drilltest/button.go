package drilltest

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// Button is one button on one incident of one platform. What it pushes reaches a
// handler of yours. It is safe for concurrent use.
type Button struct {
	t        testing.TB
	sender   *sender.Sender
	incident sender.Incident
}

// NewButton serves h until the test ends and returns a button that pushes to it,
// on the platform that profile names: "flashduty", "pagerduty@2026-08-19".
func NewButton(t testing.TB, profile string, h http.Handler, opts ...sender.Option) *Button {
	t.Helper()
	onSockets(t, "NewButton of the Network that Virtual gives")
	return newButton(t, profile, Serve(t, h), opts...)
}

// NewButton is NewButton on n.
func (n *Network) NewButton(profile string, h http.Handler, opts ...sender.Option) *Button {
	n.t.Helper()
	return newButton(n.t, profile, n.Serve(h), append([]sender.Option{sender.WithNetwork(n)}, opts...)...)
}

func newButton(t testing.TB, profile, url string, opts ...sender.Option) *Button {
	t.Helper()
	p, err := schema.Open(profile)
	if err != nil {
		t.Fatal(err)
	}
	registry := sender.NewRegistry(p)
	if err := registry.Add(sender.Action{Name: "button", Label: t.Name(), URL: url, Channels: []string{"drill"}}); err != nil {
		t.Fatal(err)
	}
	b := &Button{t: t, sender: sender.New(registry, opts...)}
	t.Cleanup(b.sender.CloseIdleConnections)
	if b.incident, err = b.sender.NewIncident(nil); err != nil {
		t.Fatal(err)
	}
	return b
}

// Serve serves h on a free port of the loopback until the test ends, and returns
// its URL. The contexts of requests end with the test.
func Serve(t testing.TB, h http.Handler) string {
	t.Helper()
	onSockets(t, "Serve of the Network that Virtual gives")
	ctx, end := context.WithCancel(context.Background())
	server := httptest.NewUnstartedServer(h)
	// A request whose body nobody read does not notice that its client went away.
	server.Config.BaseContext = func(net.Listener) context.Context { return ctx }
	server.Start()
	t.Cleanup(func() {
		end()
		server.CloseClientConnections()
		server.Close()
	})
	return server.URL
}

// Press presses the button: a new event about the same incident, with set, by
// neutral name or JSON pointer, over what the profile's prototype says. It ends
// the test when nothing could be sent; how the push ended is in the Delivery.
func (b *Button) Press(set schema.Values) sender.Delivery {
	b.t.Helper()
	d, err := b.sender.Press(b.t.Context(), sender.Press{Action: "button", Incident: b.incident, Set: set})
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}

// Redeliver repeats d as the platform would: the same event id and the same
// bytes on a new connection. The Delivery that it returns has one attempt more.
func (b *Button) Redeliver(d sender.Delivery) sender.Delivery {
	b.t.Helper()
	d, err := b.sender.Redeliver(b.t.Context(), d)
	if err != nil {
		b.t.Fatal(err)
	}
	return d
}
