package sender_test

import (
	"errors"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

func TestAGuardIsAskedBeforeAnythingIsSent(t *testing.T) {
	e := record(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	refused := errors.New("not about that host")
	var asked []string
	guard := sender.WithGuard(func(a sender.Action, p sender.Press) error {
		host, _ := p.Set["host"].(string)
		asked = append(asked, a.Name+" "+host)
		if host != "drill-01" {
			return refused
		}
		return nil
	})
	registry := sender.NewRegistry(schemaOf(t, "flashduty"))
	if err := registry.Add(sender.Action{Name: "restart", URL: e.url()}); err != nil {
		t.Fatal(err)
	}
	s := sender.New(registry, guard)
	if _, err := s.Press(t.Context(), sender.Press{Action: "restart", Set: schema.Values{"host": "prod-01"}}); !errors.Is(err, refused) {
		t.Errorf("Press() = %v, want the guard's error", err)
	}
	if d, err := s.Press(t.Context(), sender.Press{Action: "restart", Set: schema.Values{"host": "drill-01"}}); err != nil || !d.Delivered {
		t.Errorf("Press() = %+v, %v", d, err)
	}
	if n := e.requests.Load(); n != 1 || len(asked) != 2 || asked[0] != "restart prod-01" {
		t.Errorf("%d requests, asked about %q", n, asked)
	}
}
