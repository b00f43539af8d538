package receiver_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gorilla/mux"
	"github.com/hookdrill/hookdrill/receiver"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/santhosh-tekuri/jsonschema/v5"
)

// naive is a receiver as one writes it in an afternoon, and frozen: do not speed
// it up. net/http and gorilla/mux, encoding/json into any with UseNumber,
// jsonschema/v5 with the schema file as it stands, compiled once, and one
// buffered line of journal.
func naive(b *testing.B, p *schema.Profile) http.Handler {
	b.Helper()
	compiled, err := jsonschema.CompileString("https://hookdrill.invalid/naive.json", string(p.PushSchema()))
	if err != nil {
		b.Fatal(err)
	}
	file, err := os.Create(b.TempDir() + "/journal")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { file.Close() })
	var mu sync.Mutex
	journal := bufio.NewWriter(file)
	router := mux.NewRouter()
	router.HandleFunc("/restart", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		var v any
		if err := decoder.Decode(&v); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if err := compiled.Validate(v); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		line, err := json.Marshal(map[string]any{"time": time.Now(), "method": r.Method, "path": r.URL.Path, "header": r.Header, "body": v})
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		mu.Lock()
		journal.Write(line)
		journal.WriteByte('\n')
		mu.Unlock()
		w.WriteHeader(http.StatusOK)
	}).Methods(http.MethodPost)
	return router
}

// closing makes an Endpoint of a handler that has nothing to close.
type closing struct{ http.Handler }

func (closing) Close() error { return nil }

// hose sends the same bytes on a connection that is kept, and reads answers of
// the length of the first: a client that costs next to nothing.
type hose struct {
	conn   net.Conn
	out    []byte
	answer []byte
}

func newHose(b *testing.B, s *receiver.Server, request []byte) *hose {
	b.Helper()
	conn, err := net.Dial("tcp", s.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { conn.Close() })
	h := &hose{conn, request, nil}
	if _, err := conn.Write(request); err != nil {
		b.Fatal(err)
	}
	var seen bytes.Buffer
	resp, err := http.ReadResponse(bufio.NewReader(io.TeeReader(conn, &seen)), nil)
	if err != nil || resp.StatusCode != 200 {
		b.Fatal(err, seen.String())
	}
	h.answer = make([]byte, seen.Len())
	return h
}

func (h *hose) press(b *testing.B) {
	if _, err := h.conn.Write(h.out); err != nil {
		b.Error(err)
		return
	}
	if _, err := io.ReadFull(h.conn, h.answer); err != nil || !bytes.HasPrefix(h.answer, []byte("HTTP/1.1 200")) {
		b.Errorf("%v, %q", err, h.answer)
	}
}

// BenchmarkReceiver compares requests per second at 32 connections with the
// naive receiver. Both take turns in one run: two runs on a busy machine cannot
// be compared. The goal is times-naive of at least 1.5.
func BenchmarkReceiver(b *testing.B) {
	for _, ref := range []string{"flashduty@2026-05-27", "pagerduty@2026-08-19"} {
		b.Run(ref, func(b *testing.B) {
			p := open(b, ref)
			push, err := p.Compose(schema.Values{}, schema.Seed(1), schema.At(time.Unix(1_750_000_000, 0)))
			if err != nil {
				b.Fatal(err)
			}
			var body bytes.Buffer
			if err := json.Indent(&body, push.Body, "", "    "); err != nil {
				b.Fatal(err)
			}
			var request bytes.Buffer
			fmt.Fprintf(&request, "POST /restart HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n", body.Len())
			if err := push.Header.Write(&request); err != nil {
				b.Fatal(err)
			}
			fmt.Fprintf(&request, "\r\n%s", body.Bytes())

			endpoints := []receiver.Endpoint{
				receiver.NewNamespaces(0, func(string) *receiver.Receiver { return receiver.New(p) }),
				closing{naive(b, p)},
			}
			const connections, each = 32, 8
			var hoses [2][]*hose
			for i, e := range endpoints {
				s := receiver.NewServer(e)
				if err := s.Start(); err != nil {
					b.Fatal(err)
				}
				b.Cleanup(func() { s.Close() })
				for range connections {
					hoses[i] = append(hoses[i], newHose(b, s, request.Bytes()))
				}
			}
			var took [2]time.Duration
			b.ResetTimer()
			for range b.N {
				for i := range endpoints {
					begun := time.Now()
					var all sync.WaitGroup
					for _, h := range hoses[i] {
						all.Add(1)
						go func() {
							defer all.Done()
							for range each {
								h.press(b)
							}
						}()
					}
					all.Wait()
					took[i] += time.Since(begun)
				}
			}
			requests := float64(b.N * connections * each)
			b.ReportMetric(requests/took[0].Seconds(), "requests/s")
			b.ReportMetric(requests/took[1].Seconds(), "naive-requests/s")
			b.ReportMetric(took[1].Seconds()/took[0].Seconds(), "times-naive")
		})
	}
}

// BenchmarkOwn is what is ours beyond HTTP, decoding and validation: reading,
// checks, journal and behavior of an endpoint without a profile, at most 10 µs.
func BenchmarkOwn(b *testing.B) {
	r := plain(receiver.WithChecks(receiver.CheckMethod(405), receiver.CheckSource(prefixes(b, "127.0.0.0/8"), 403), receiver.CheckContentType(415)))
	body := bytes.Repeat([]byte("x"), 3700)
	b.ReportAllocs()
	for b.Loop() {
		req, err := http.NewRequest("POST", "/restart", bytes.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		req.RemoteAddr = "127.0.0.1:9"
		req.Header.Set("Content-Type", "application/json")
		r.ServeHTTP(&silent{header: http.Header{}}, req)
	}
}

type silent struct{ header http.Header }

func (s *silent) Header() http.Header       { return s.header }
func (*silent) Write(p []byte) (int, error) { return len(p), nil }
func (*silent) WriteHeader(int)             {}
func (*silent) Flush()                      {}

// BenchmarkDelay compares how late a delay is with a plain sleep in a handler, also
// with 500 of them waiting: the ratio of the medians ("x-sleep"), at most 1.25, and
// that of what the client sees ("ratio"), into which goes all else that is done for a
// request. No answer may be early.
func BenchmarkDelay(b *testing.B) {
	for _, connections := range []int{20, 500} {
		b.Run(fmt.Sprintf("waiting=%d", connections), func(b *testing.B) { benchmarkDelay(b, connections) })
	}
}

func benchmarkDelay(b *testing.B, connections int) {
	const delay = 50 * time.Millisecond
	request := []byte("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nok")
	ours, sleep := plain(), new(atomic.Int64) // which delay nothing while the connections are opened
	var mu sync.Mutex
	var slept []time.Duration // too long
	endpoints := []receiver.Endpoint{ours, closing{http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		d, begun := time.Duration(sleep.Load()), time.Now()
		time.Sleep(d)
		over := time.Since(begun) - d
		w.WriteHeader(http.StatusOK)
		mu.Lock()
		defer mu.Unlock()
		slept = append(slept, over)
	})}}
	var hoses [2][]*hose
	for i, e := range endpoints {
		s := receiver.NewServer(e)
		if err := s.Start(); err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { s.Close() })
		for range connections {
			hoses[i] = append(hoses[i], newHose(b, s, request))
		}
	}
	ours.SetBehavior(receiver.Answer{Delay: delay})
	sleep.Store(int64(delay))
	slept = nil
	var late [2][]time.Duration
	b.ResetTimer()
	for n := range b.N {
		for turn := range endpoints {
			i := (turn + n) % len(endpoints) // what the first leaves behind hits both alike
			took := make([]time.Duration, connections)
			var all sync.WaitGroup
			for n, h := range hoses[i] {
				all.Add(1)
				go func() {
					defer all.Done()
					begun := time.Now()
					h.press(b)
					took[n] = time.Since(begun) - delay
				}()
			}
			all.Wait()
			if early := slices.Min(took); early < 0 {
				b.Errorf("answered %s early", -early)
			}
			late[i] = append(late[i], took...)
		}
	}
	for i := range late {
		slices.Sort(late[i])
	}
	var delayed []time.Duration // too long
	for _, e := range ours.Journal().Entries() {
		if e.Done.Difference > 0 {
			delayed = append(delayed, e.Done.Difference)
		}
	}
	mu.Lock()
	defer mu.Unlock()
	slices.Sort(slept)
	slices.Sort(delayed)
	median := func(d []time.Duration) float64 { return d[len(d)/2].Seconds() }
	b.ReportMetric(median(delayed)/median(slept), "x-sleep")
	b.ReportMetric(median(late[0])*1000, "ms-late")
	b.ReportMetric(late[0][len(late[0])*99/100].Seconds()*1000, "ms-late-p99")
	b.ReportMetric(median(late[1])*1000, "ms-late-naive")
	b.ReportMetric(median(late[0])/median(late[1]), "ratio")
}
