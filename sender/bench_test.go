package sender_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
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

// benchEndpoint, when set, makes this test binary the endpoint of BenchmarkPress:
// a process of its own, so that only clients are measured.
const benchEndpoint = "HOOKDRILL_BENCH_ENDPOINT"

func TestMain(m *testing.M) {
	if os.Getenv(benchEndpoint) == "" {
		os.Exit(m.Run())
	}
	endpoint := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		io.WriteString(w, "ok")
	}))
	fmt.Println(endpoint.URL)
	io.Copy(io.Discard, os.Stdin) // until the benchmark ends
}

// startEndpoint starts it and returns its URL.
func startEndpoint(b *testing.B) string {
	b.Helper()
	process := exec.Command(os.Args[0])
	process.Env = append(os.Environ(), benchEndpoint+"=1")
	in, errIn := process.StdinPipe()
	out, errOut := process.StdoutPipe()
	if err := errors.Join(errIn, errOut, process.Start()); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		in.Close()
		process.Wait()
	})
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		b.Fatal(err)
	}
	return strings.TrimSpace(url)
}

// BenchmarkPress compares the processor time of a press with that of the bare
// client: the same body, a new connection each, a deadline of a second. Both take
// turns; the ratio is "x-bare". "attempt" is the wire alone with all its phases
// (a repeat: the body is there already), "press" composes the body too.
func BenchmarkPress(b *testing.B) {
	url := startEndpoint(b)
	s := newSender(b, url)
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
					if err := bare.push(url, d.Push.Body); err != nil {
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
