package receiver_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/receiver"
)

// Each fault is held against the bytes on a raw socket.
func TestFaultsAreOnTheWireAsTheCatalogueSays(t *testing.T) {
	t.Parallel()
	for _, f := range receiver.Faults() {
		if f.TLS != "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			s := start(t, plain(receiver.WithBehavior(behave(t, "fault "+f.Name))))
			got, ends := overheard(t, s, f)
			if got != f.Bytes || ends != f.Ends {
				t.Errorf("%s writes %q and %s\nwant %q and %s", f.Behavior, got, ends, f.Bytes, f.Ends)
			}
		})
	}
}

var (
	date = regexp.MustCompile(`Date: [^\r]*`)
	long = regexp.MustCompile(`x{100,}`)
	many = regexp.MustCompile(`(X-Line-0000001: x\r\n)(?:X-Line-[0-9]{7}: x\r\n)*(X-Line-0010000: x\r\n)`)
)

// shortened writes what came as the catalogue does.
func shortened(came []byte) string {
	text := date.ReplaceAllString(string(came), "Date: …")
	text = long.ReplaceAllStringFunc(text, func(x string) string { return fmt.Sprintf("x (%d times)", len(x)) })
	return many.ReplaceAllString(text, "$1…$2")
}

// overheard returns what comes after a request, and how it ends. What is
// repeated is shortened as in the catalogue.
func overheard(t *testing.T, s *receiver.Server, f receiver.NamedFault) (got, ends string) {
	conn := dial(t, s)
	if _, err := io.WriteString(conn, "POST /x HTTP/1.1\r\nHost: endpoint.example\r\nContent-Length: 2\r\n\r\nok"); err != nil {
		t.Fatal(err)
	}
	want, endless := strings.CutSuffix(f.Bytes, "…")
	var all []byte
	var err error
	for room := make([]byte, 256<<10); err == nil && (!endless || len(all) < 16<<10); {
		if f.Ends == receiver.EndsOpen && !endless {
			if shortened(all) == f.Bytes {
				_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond)) // what else might come
			}
		}
		var n int
		n, err = conn.Read(room)
		all = append(all, room[:n]...)
	}
	got = shortened(all)
	if endless && strings.HasPrefix(got, want) {
		got = f.Bytes
	}
	switch {
	case err == nil || errors.Is(err, os.ErrDeadlineExceeded):
		ends = receiver.EndsOpen
	case errors.Is(err, io.EOF):
		ends = receiver.EndsFIN
	case errors.Is(err, syscall.ECONNRESET):
		ends = receiver.EndsRST
	default:
		t.Fatal(err)
	}
	return got, ends
}

func TestFaultsAreSortedAndReadable(t *testing.T) {
	list := receiver.Faults()
	if !slices.IsSortedFunc(list, func(a, b receiver.NamedFault) int { return strings.Compare(a.Name, b.Name) }) {
		t.Error("the catalogue is not sorted")
	}
	for _, f := range list {
		if f.Behavior == "" && f.TLS == "" || len(f.Seen) == 0 || f.Seen[len(f.Seen)-1].Profile != "" {
			t.Errorf("%s lacks a behavior, or what is seen of it", f.Name)
		}
		if f.Behavior == "" {
			continue
		}
		if got := behave(t, f.Behavior).String(); got != f.Behavior {
			t.Errorf("%s: %q is spelled %q", f.Name, f.Behavior, got)
		}
		if got, want := behave(t, "first 2 fault "+f.Name+" then status 200").String(), "first 2 "+f.Behavior+" then status 200"; got != want {
			t.Errorf("%s is %q, want %q", f.Name, got, want)
		}
	}
	for _, kind := range receiver.TLSKinds() {
		if !slices.ContainsFunc(list, func(f receiver.NamedFault) bool { return f.TLS == kind }) {
			t.Errorf("no fault in the catalogue has the certificate %s", kind)
		}
	}
}

// Whatever an endpoint is at, Close ends it, and the entry says so.
func TestCloseEndsEveryFault(t *testing.T) {
	t.Parallel()
	for _, f := range receiver.Faults() {
		if f.TLS != "" {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			t.Parallel()
			r := plain(receiver.WithBehavior(behave(t, "fault "+f.Name)))
			s := receiver.NewServer(r)
			if err := s.Start(); err != nil {
				t.Fatal(err)
			}
			conn := dial(t, s)
			if _, err := io.WriteString(conn, push); err != nil {
				t.Fatal(err)
			}
			match := receiver.Match{NoRequest: f.Layer == receiver.BelowHTTP}
			if _, err := r.Journal().Wait(soon(t), match, 1); err != nil {
				t.Fatal(err)
			}
			begun := time.Now()
			if err := s.Close(); err != nil {
				t.Errorf("Close() = %v", err)
			}
			t.Logf("closed after %s", time.Since(begun))
			var entries []receiver.Entry
			if entries = r.Journal().Entries(); match.NoRequest {
				entries = r.Journal().Connections()
			}
			if len(entries) != 1 || entries[0].Completed.IsZero() {
				t.Errorf("%d entries, want 1 that is complete: %+v", len(entries), entries)
			}
		})
	}
}

// What a client on a kept connection meets that asks in the moment in which an
// idle one is closed.
func TestTheNextRequestFindsItsConnectionClosed(t *testing.T) {
	r := plain(receiver.WithBehavior(behave(t, "first 1 fault close_next then status 201")))
	s := start(t, r)
	conn := dial(t, s)
	answers := bufio.NewReader(conn)
	if _, err := io.WriteString(conn, push); err != nil {
		t.Fatal(err)
	}
	answer, err := http.ReadResponse(answers, nil)
	if err != nil || answer.StatusCode != 200 || answer.Close {
		t.Fatalf("%+v, %v; want 200 and to be kept", answer, err)
	}
	if body, err := io.ReadAll(answer.Body); string(body) != "ok" || err != nil {
		t.Fatalf("body %q, %v", body, err)
	}
	if _, err := io.WriteString(conn, push); err != nil {
		t.Fatal(err)
	}
	if _, err := answers.ReadByte(); err != io.EOF {
		t.Errorf("then %v, want its end", err)
	}
	conn.Close()
	if answer := speak(t, s, "GET / HTTP/1.0\r\n\r\n"); codes(answer)[0] != "201" {
		t.Errorf("on another connection %q", answer)
	}
	entries, err := r.Journal().Wait(soon(t), receiver.Match{Func: completed}, 2)
	if err != nil || len(entries) != 2 || entries[0].Done.Ended != receiver.EndedAnswered || entries[0].Done.Status != 200 {
		t.Errorf("entries %+v, %v", entries, err)
	}
	closed, err := r.Journal().Wait(soon(t), receiver.Match{NoRequest: true, Func: completed}, 1)
	if err != nil || closed[0].Done.Ended != receiver.EndedClosed || closed[0].Done.Error != "its next request was not read" || closed[0].Request.Connection != entries[0].Request.Connection {
		t.Errorf("of the request that was not read: %+v, %v", closed, err)
	}
}

// TestWhatIsAnsweredIsOverBeforeTheNextRequest would wait for ever if the entry were
// open, or its reactions were due, only once the connection is closed.
func TestWhatIsAnsweredIsOverBeforeTheNextRequest(t *testing.T) {
	agent := plain()
	r := plain(receiver.WithBehavior(behave(t, "fault close_next")), receiver.WithReactions(receiver.Reaction{Call: "POST " + start(t, agent).URL()}))
	if got := ask(t, dial(t, start(t, r))); got != 200 {
		t.Errorf("status %d, want 200", got)
	}
	if done := answered(t, r).Done; done.Ended != receiver.EndedAnswered || done.Status != 200 {
		t.Errorf("%+v, want answered with 200", done)
	}
	if _, err := agent.Journal().Wait(soon(t), receiver.Match{}, 1); err != nil {
		t.Errorf("nothing came of it: %v", err)
	}
}
