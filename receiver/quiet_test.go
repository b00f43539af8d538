package receiver_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

func TestQuietWaitsForWhatIsDueAndForNothingElse(t *testing.T) {
	tests := map[string]struct {
		behavior string
		by       time.Duration // from now
		quiet    bool          // although the request is open
	}{
		"a wait that is over later is not waited for":  {"delay 1h + status 200", time.Minute, true},
		"a wait that is over by then is in flight":     {"delay 1h + status 200", 2 * time.Hour, false},
		"a hang ends with its client and not before":   {"hang", 24 * time.Hour, true},
		"a late body is waited for like a late answer": {"status 200 + delay 1h + body x", 2 * time.Hour, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			behavior, err := receiver.ParseBehavior(test.behavior)
			if err != nil {
				t.Fatal(err)
			}
			r := plain(receiver.WithBehavior(behavior))
			server := httptest.NewServer(r)
			defer server.Close()
			defer r.Close()
			ctx, leave := context.WithCancel(t.Context())
			left := make(chan struct{})
			go func() {
				defer close(left)
				request, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, nil)
				if err != nil {
					t.Error(err)
					return
				}
				if response, err := http.DefaultClient.Do(request); err == nil {
					<-ctx.Done()
					response.Body.Close()
				}
			}()
			defer func() { leave(); <-left }()
			if _, err := r.Journal().Wait(soon(t), receiver.Match{}, 1); err != nil {
				t.Fatal(err)
			}
			by := time.Now().Add(test.by)
			if test.quiet {
				if err := r.Journal().Quiet(soon(t), by); err != nil {
					t.Errorf("Quiet() = %v, want quiet", err)
				}
				return
			}
			short, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
			defer cancel()
			if err := r.Journal().Quiet(short, by); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Quiet() = %v, want it to wait", err)
			}
			leave()
			if err := r.Journal().Quiet(soon(t), by); err != nil {
				t.Errorf("Quiet() after the client left = %v", err)
			}
		})
	}
}
