package sender_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// bareClient is what one writes without hookdrill: net/http with a deadline. It is
// the frozen baseline of BenchmarkPress; do not make it better.
type bareClient struct{ client http.Client }

func newBareClient(deadline time.Duration) *bareClient {
	return &bareClient{http.Client{Timeout: deadline, Transport: &http.Transport{DisableKeepAlives: true}}}
}

func (c *bareClient) push(url string, body []byte) error {
	answer, err := c.client.Post(url, "application/json", bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	_, err = io.Copy(io.Discard, answer.Body)
	return err
}

// BenchmarkPress compares the processor time of a press with that of the bare
// client: the same body, a new connection each, a deadline of a second. Both take
// turns, and both share the endpoint's cost; the ratio is "x-bare". "attempt" is
// the wire alone (a repeat: the body is composed already), "press" composes too.
func BenchmarkPress(b *testing.B) {
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "ok")
	}))
	defer endpoint.Close()
	s := newSender(b, endpoint.URL)
	d, err := s.Press(context.Background(), sender.Press{Action: "restart"})
	if err != nil {
		b.Fatal(err)
	}
	bare := newBareClient(time.Second)

	ours := map[string]func() (sender.Delivery, error){
		"attempt": func() (sender.Delivery, error) { return s.Redeliver(context.Background(), d) },
		"press": func() (sender.Delivery, error) {
			return s.Press(context.Background(), sender.Press{Action: "restart"})
		},
	}
	for _, name := range []string{"attempt", "press"} {
		b.Run(name, func(b *testing.B) {
			const turn = 20 // presses in a row: drift of the machine hits both alike
			var took, bareTook time.Duration
			b.ReportAllocs()
			for b.Loop() {
				began := cpuTime(b)
				for range turn {
					if got, err := ours[name](); err != nil || !got.Delivered {
						b.Fatal(got.Last().Error, err)
					}
				}
				between := cpuTime(b)
				for range turn {
					if err := bare.push(endpoint.URL, d.Push.Body); err != nil {
						b.Fatal(err)
					}
				}
				took += between - began
				bareTook += cpuTime(b) - between
			}
			b.ReportMetric(float64(took)/float64(bareTook), "x-bare")
			b.ReportMetric(float64(took.Microseconds())/float64(b.N*turn), "cpu-µs/press")
		})
	}
}
