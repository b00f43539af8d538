package drilltest_test

import (
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/scenarios/drilltest"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// No fault holds a press for longer than its deadline and 250 ms, whatever the
// endpoint writes meanwhile, in whatever layer it is.
func TestNoFaultHoldsAPressBeyondItsDeadline(t *testing.T) {
	for profile, deadline := range deadlines {
		for _, f := range receiver.Faults() {
			if f.Name == "endless_body" && deadline > time.Second {
				continue // a gigabyte of it
			}
			held(t, f.Name, profile, f, sender.DialFault{})
		}
		for _, kind := range sender.DialFaultKinds() {
			held(t, string(kind), profile, receiver.NamedFault{}, sender.DialFault{Kind: kind})
		}
	}
}

// held presses once on an endpoint with the fault f, by a dialer with the other.
func held(t *testing.T, name, profile string, f receiver.NamedFault, dialer sender.DialFault) {
	const late = 250 * time.Millisecond
	t.Run(name+" on "+profile, func(t *testing.T) {
		t.Parallel()
		drilltest.Virtual(t, func(t *testing.T, n *drilltest.Network) {
			server := faulty(t, n, f)
			defer server.Close()
			p, err := schema.Open(profile)
			if err != nil {
				t.Fatal(err)
			}
			registry := sender.NewRegistry(p)
			if err := registry.Add(sender.Action{Name: "restart", URL: server.URL() + "/restart"}); err != nil {
				t.Fatal(err)
			}
			options := []sender.Option{sender.WithNetwork(n)}
			if pem := server.CAPEM(); pem != nil {
				options = append(options, sender.WithRootCAs(pem))
			}
			begun := time.Now()
			d, err := sender.New(registry, options...).Press(t.Context(), sender.Press{Action: "restart", Fault: dialer})
			if err != nil {
				t.Fatal(err)
			}
			if held := time.Since(begun); held > p.Deadline()+late || d.Last().CutOff > late {
				t.Errorf("the press took %s, its deadline is %s: %+v", held, p.Deadline(), d.Last())
			}
		})
	})
}

// faulty is an endpoint in memory with that fault.
func faulty(t *testing.T, n *drilltest.Network, f receiver.NamedFault) *receiver.Server {
	t.Helper()
	text := "status 200"
	if f.Behavior != "" {
		text = "fault " + f.Name
	}
	behavior, err := receiver.ParseBehavior(text)
	if err != nil {
		t.Fatal(err)
	}
	l, err := n.Listen("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	options := []receiver.ServerOption{receiver.WithListener(l)}
	if f.TLS != "" {
		options = append(options, receiver.WithMadeTLSKind(f.TLS))
	}
	server := receiver.NewServer(receiver.New(nil, receiver.WithBehavior(behavior)), options...)
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	return server
}
