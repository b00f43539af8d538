package sender_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// TestBoundary answers a nanosecond before and after the documented deadline, in
// virtual time and in memory.
func TestBoundary(t *testing.T) {
	profile := schemaOf(t, "flashduty@2024-11-20")
	tests := map[string]struct {
		after time.Duration
		want  sender.Outcome
	}{
		"a nanosecond before": {profile.Deadline() - 1, sender.Outcome{Kind: sender.Answered, Phase: sender.PhaseBody}},
		"a nanosecond after":  {profile.Deadline() + 1, sender.Outcome{Kind: sender.Timeout, Phase: sender.PhaseHeaders}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			for range 50 {
				synctest.Test(t, func(t *testing.T) {
					done := make(chan struct{})
					network := networkFunc(func(context.Context, string, string) (net.Conn, error) {
						here, there := net.Pipe()
						go func() {
							defer close(done)
							defer there.Close()
							r, err := http.ReadRequest(bufio.NewReader(there))
							if err != nil {
								return
							}
							io.Copy(io.Discard, r.Body)
							time.Sleep(tt.after)
							io.WriteString(there, ok)
						}()
						return here, nil
					})
					a := mustPress(t, "http://memory.example/", nil, sender.WithNetwork(network)).Last()
					if a.Outcome != tt.want || a.CutOff != 0 {
						t.Errorf("%v after %v, cut off %v late; want %v", a.Outcome, a.Took, a.CutOff, tt.want)
					}
					<-done // time stands still once the bubble's test has returned
				})
			}
		})
	}
}
