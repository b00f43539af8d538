package scenarios_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"
)

// barePresses is what somebody would write without hookdrill: a server that
// reads and decodes, a client with a deadline that posts over a new connection
// and looks at the status and at the server's count. It is frozen: it is what
// the benchmark measures against.
func barePresses(tb testing.TB, n int) {
	tb.Helper()
	var came atomic.Int64
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		var push map[string]any
		if err != nil || json.Unmarshal(body, &push) != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		came.Add(1)
	})}
	go server.Serve(listener)
	defer server.Close()
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	for i := range n {
		body, err := json.Marshal(map[string]any{
			"event_time": 1710342816123 + i, "event_type": "i_custom", "event_id": "d41d8cd98f00b204e9800998ecf8427e",
			"person":   map[string]any{"person_id": 7, "person_name": "drill", "email": "drill@example.com"},
			"incident": map[string]any{"incident_id": "65f1c2a07b3d5e1f9ac40b7e", "title": "Checkout is slow", "labels": map[string]any{"host": "drill-01"}},
		})
		if err != nil {
			tb.Fatal(err)
		}
		response, err := client.Post("http://"+listener.Addr().String()+"/", "application/json", bytes.NewReader(body))
		if err != nil {
			tb.Fatal(err)
		}
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
		if response.StatusCode != http.StatusOK || came.Load() != int64(i+1) {
			tb.Fatalf("press %d: %d, %d came", i, response.StatusCode, came.Load())
		}
	}
}
