package sender_test

import (
	"crypto/tls"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// epoch is when the platform clocks of the tests begin.
var epoch = time.Date(2026, 5, 27, 8, 0, 0, 0, time.UTC)

// platformTime is a clock that is always idle: nobody but the sender is at work.
func platformTime() *sender.PlatformClock { return sender.NewPlatformClock(epoch, nil) }

// unread closes while the kernel holds bytes that nobody took, which makes it a
// reset.
func unread(_ *endpoint, conn net.Conn) {
	one := make([]byte, 1)
	conn.Read(one)
}

// TestWhatIsRepeated has one entry for each row of what was observed of a Go
// client and Flashduty's rule, and for each case that PagerDuty documents.
// Attempts are counted on a raw listener.
func TestWhatIsRepeated(t *testing.T) {
	status := func(line string) func(*endpoint, net.Conn) {
		return answering("HTTP/1.1 "+line+"\r\nContent-Length: 0\r\n\r\n", stall)
	}
	expired := issue(t, -2*time.Hour, -time.Hour, "127.0.0.1")
	unknown := issue(t, -time.Hour, time.Hour, "127.0.0.1")
	flashduty, pagerduty := "flashduty@2026-05-27", "pagerduty@2026-08-19"
	const once, often = 1, -1
	tests := map[string]struct {
		ref      string
		handle   func(*endpoint, net.Conn)
		url      func(*endpoint) string
		press    sender.Press
		options  []sender.Option
		outcome  string
		repeats  int // often: until the window is over
		gotext   string
		inferred bool
	}{
		"Flashduty: the request is read and no headers come":     {ref: flashduty, handle: answering("", stall), outcome: "timeout in headers", gotext: "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"},
		"Flashduty: headers come and the body stalls":            {ref: flashduty, handle: answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", stall), outcome: "timeout in body", repeats: once, gotext: "context deadline exceeded (Client.Timeout or context cancellation while reading body)"},
		"Flashduty: closed before an answer, the request read":   {ref: flashduty, handle: answering("", closeNow), outcome: "closed in headers", repeats: once, gotext: "EOF"},
		"Flashduty: closed with the request unread":              {ref: flashduty, handle: unread, outcome: "reset in headers", gotext: "connection reset by peer"},
		"Flashduty: closed in mid body":                          {ref: flashduty, handle: answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", closeNow), outcome: "closed in body", repeats: once, gotext: "unexpected EOF", inferred: true},
		"Flashduty: the TLS handshake stalls":                    {ref: flashduty, handle: stall, url: (*endpoint).https, outcome: "timeout in tls", gotext: "awaiting headers)"},
		"Flashduty: the SYN is dropped, one deadline for all":    {ref: flashduty, handle: stall, press: sender.Press{Fault: sender.DialFault{Kind: sender.DialDroppedSYN}}, outcome: "timeout in connect", gotext: "awaiting headers)"},
		"Flashduty: the SYN is dropped, a shorter dial time-out": {ref: flashduty, handle: stall, press: sender.Press{Fault: sender.DialFault{Kind: sender.DialDroppedSYN}}, options: []sender.Option{sender.WithDialTimeout(20 * time.Millisecond)}, outcome: "timeout in connect", repeats: once, gotext: ": i/o timeout"},
		"Flashduty: a reset":                                     {ref: flashduty, handle: answering("", reset), outcome: "reset in headers", gotext: "connection reset by peer"},
		"Flashduty: closed between two headers":                  {ref: flashduty, handle: answering("HTTP/1.1 200 OK\r\nA: b\r\n", closeNow), outcome: "closed in headers", repeats: once, gotext: "unexpected EOF", inferred: true},
		"Flashduty: closed inside a header":                      {ref: flashduty, handle: answering("HTTP/1.1 200 OK\r\nContent-Le", closeNow), outcome: "closed in headers", gotext: `missing colon: "Content-Le"`},
		"Flashduty: closed inside the status":                    {ref: flashduty, handle: answering("HTTP/1.1 20", closeNow), outcome: "closed in headers", gotext: `malformed HTTP status code "20"`},
		"Flashduty: connection refused":                          {ref: flashduty, url: nobody, outcome: "refused in connect", gotext: "connection refused"},
		"Flashduty: TLS to a plain port":                         {ref: flashduty, handle: func(_ *endpoint, c net.Conn) { io.WriteString(c, "HTTP/1.1 400 Bad Request\r\n\r\n") }, url: (*endpoint).https, outcome: "plain_http in tls", gotext: "http: server gave HTTP response to HTTPS client"},
		"Flashduty: no such name":                                {ref: flashduty, url: noName, options: []sender.Option{sender.WithNetwork(resolving(t, 3))}, outcome: "not_found in dns", gotext: "no such host"},
		"Flashduty: the name server is silent, a shorter dial time-out": {ref: flashduty, url: noName, options: []sender.Option{sender.WithNetwork(resolving(t, -1)), sender.WithDialTimeout(20 * time.Millisecond)},
			outcome: "timeout in dns", repeats: once, gotext: "i/o timeout"},
		"Flashduty: a bad certificate": {ref: flashduty, handle: overTLS(unknown.config(), stall), url: (*endpoint).https, outcome: "cert_unknown_authority in tls"},
		"Flashduty: a 500":             {ref: flashduty, handle: status("500 Oops"), outcome: "answered"},
		"Flashduty: a 404":             {ref: flashduty, handle: status("404 Not Found"), outcome: "answered"},
		"Flashduty of 2024: nothing is documented to be repeated": {ref: "flashduty@2024-11-20", handle: answering("", closeNow), outcome: "closed in headers"},

		"PagerDuty: no headers":            {ref: pagerduty, handle: answering("", stall), outcome: "timeout in headers", repeats: often},
		"PagerDuty: a stalled handshake":   {ref: pagerduty, handle: stall, url: (*endpoint).https, outcome: "timeout in tls", repeats: often},
		"PagerDuty: a dropped SYN":         {ref: pagerduty, handle: stall, press: sender.Press{Fault: sender.DialFault{Kind: sender.DialDroppedSYN}}, outcome: "timeout in connect", repeats: often},
		"PagerDuty: 500":                   {ref: pagerduty, handle: status("500 Oops"), outcome: "answered", repeats: often},
		"PagerDuty: 599":                   {ref: pagerduty, handle: status("599 Odd"), outcome: "answered", repeats: often},
		"PagerDuty: 429":                   {ref: pagerduty, handle: status("429 Too Many Requests"), outcome: "answered", repeats: often},
		"PagerDuty: refused":               {ref: pagerduty, url: nobody, outcome: "refused in connect", repeats: often},
		"PagerDuty: no such name":          {ref: pagerduty, url: noName, options: []sender.Option{sender.WithNetwork(resolving(t, 3))}, outcome: "not_found in dns", repeats: often},
		"PagerDuty: the name server fails": {ref: pagerduty, url: noName, options: []sender.Option{sender.WithNetwork(resolving(t, 2))}, outcome: "unreachable in dns", repeats: often},
		"PagerDuty: reset":                 {ref: pagerduty, handle: answering("", reset), outcome: "reset in headers", repeats: often},
		"PagerDuty: closed":                {ref: pagerduty, handle: answering("", closeNow), outcome: "closed in headers", repeats: often},
		"PagerDuty: an expired certificate": {ref: pagerduty, handle: overTLS(expired.config(), stall), url: (*endpoint).https,
			options: []sender.Option{sender.WithRootCAs(expired.pem)}, outcome: "cert_expired in tls", repeats: often},
		"PagerDuty: 400":                  {ref: pagerduty, handle: status("400 Bad Request"), outcome: "answered"},
		"PagerDuty: 401":                  {ref: pagerduty, handle: status("401 Unauthorized"), outcome: "answered"},
		"PagerDuty: 404":                  {ref: pagerduty, handle: status("404 Not Found"), outcome: "answered"},
		"PagerDuty: a redirect":           {ref: pagerduty, handle: status("302 Found"), outcome: "answered"},
		"PagerDuty: an unknown authority": {ref: pagerduty, handle: overTLS(unknown.config(), stall), url: (*endpoint).https, outcome: "cert_unknown_authority in tls"},
		"PagerDuty: another host's certificate": {ref: pagerduty, handle: overTLS(unknown.config(), stall), url: func(e *endpoint) string { return strings.Replace(e.https(), "127.0.0.1", "localhost", 1) },
			options: []sender.Option{sender.WithRootCAs(unknown.pem)}, outcome: "cert_wrong_host in tls"},
		"PagerDuty: a client certificate is wanted": {ref: pagerduty, handle: overTLS(&tls.Config{Certificates: []tls.Certificate{unknown.tls}, ClientAuth: tls.RequireAnyClientCert}, stall),
			url: (*endpoint).https, options: []sender.Option{sender.WithRootCAs(unknown.pem)}, outcome: "cert_required in tls"},
		"PagerDuty of 2020: four repeats, inferred": {ref: "pagerduty@2020-10-09", handle: status("503 Busy"), outcome: "answered", repeats: 4},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := &endpoint{}
			if tt.handle != nil {
				e = serve(t, tt.handle)
			}
			url := (*endpoint).url
			if tt.url != nil {
				url = tt.url
			}
			deadline := time.Minute // of what ends by itself, on a machine that is busy
			if strings.HasPrefix(tt.outcome, "timeout") {
				deadline = 500 * time.Millisecond
			}
			if tt.repeats == often && deadline < time.Minute {
				deadline /= 5
			}
			options := append([]sender.Option{sender.WithClock(platformTime()), sender.WithSeed(7), sender.WithDeadline(deadline)}, tt.options...)
			s := senderOn(t, tt.ref, sender.Action{Name: "restart", URL: url(e)}, options...)
			tt.press.Action = "restart"
			d, err := s.Press(t.Context(), tt.press)
			if err != nil {
				t.Fatal(err)
			}
			want, ended := tt.repeats+1, sender.EndedExhausted
			switch {
			case tt.repeats == often:
				want = len(d.Attempts) // as many as fit in the window
				checkWindow(t, tt.ref, d)
			case tt.repeats == 0:
				ended = sender.EndedDropped
			}
			if len(d.Attempts) != want || d.Ended != ended || d.Delivered {
				t.Fatalf("%d attempts, ended %s; want %d, %s: %s", len(d.Attempts), d.Ended, want, ended, d.Consequence.Text)
			}
			if tt.handle != nil && tt.press.Fault.Kind == "" && e.connections.Load() != int64(want) {
				t.Errorf("%d connections at the listener, %d attempts reported", e.connections.Load(), want)
			}
			for i, a := range d.Attempts {
				// So many attempts with so little time: on a busy machine one may be cut a phase early.
				cut := tt.repeats == often && deadline < time.Minute && a.Outcome.Kind == sender.Timeout
				if a.Outcome.String() != tt.outcome && !cut {
					t.Errorf("attempt %d: %s (%s), want %s", i+1, a.Outcome, a.Error, tt.outcome)
				}
				if !strings.HasSuffix(a.GoText, tt.gotext) {
					t.Errorf("attempt %d: a Go client says %q, want it to end in %q", i+1, a.GoText, tt.gotext)
				}
			}
			if tt.inferred {
				one := senderOn(t, tt.ref, sender.Action{Name: "restart", URL: url(e)})
				d, err := one.Press(t.Context(), sender.Press{Action: "restart"})
				if err != nil || !strings.Contains(d.Consequence.Text, "repeated once (inferred ") || d.Ended != sender.EndedOpen {
					t.Errorf("ended %s, %q, %v", d.Ended, d.Consequence.Text, err)
				}
			}
		})
	}
}

// checkWindow asks that the repeats fill the documented window and no more, with
// waits that the schedule allows.
func checkWindow(t *testing.T, ref string, d sender.Delivery) {
	t.Helper()
	p := schemaOf(t, ref)
	rule, schedule := p.Retry(), p.RetrySchedule()
	last := d.Last().Platform - d.Attempts[0].Platform
	if last < rule.Within || last > rule.Within+time.Minute {
		t.Errorf("the last repeat came after %s, want %s", last, rule.Within)
	}
	for i := 1; i < len(d.Attempts)-1; i++ { // the last wait ends with the window
		waited := d.Attempts[i].Platform - d.Attempts[i-1].Platform
		low := time.Duration(float64(schedule.Wait(i)) * (1 - schedule.Jitter))
		high := time.Duration(float64(schedule.Wait(i))*(1+schedule.Jitter)) + 10*time.Second // real time passes too
		if waited < low || waited > high {
			t.Errorf("repeat %d after %s, want %s to %s", i, waited, low, high)
		}
	}
}

// nobody is the URL of a port at which nobody listens.
func nobody(*endpoint) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return "http://" + l.Addr().String() + "/hook"
}

// noName is a URL whose name is asked of the test's own name server.
func noName(*endpoint) string { return "http://nowhere.invalid/hook" }

// TestRepeatsCarryTheSame asks for the same id, bytes and headers in every
// attempt, and that each says why it was made and when.
func TestRepeatsCarryTheSame(t *testing.T) {
	e := record(t, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	s := senderOn(t, "pagerduty@2020-10-09", sender.Action{Name: "restart", URL: e.url()}, sender.WithClock(platformTime()))
	d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	head, body := e.next(t)
	for i := 1; i < len(d.Attempts); i++ {
		again, bodyAgain := e.next(t)
		if diff := cmp.Diff(head, again); diff != "" || body != bodyAgain {
			t.Errorf("attempt %d is another request:\n%s", i+1, diff)
		}
	}
	var reasons []string
	for i, a := range d.Attempts {
		reasons = append(reasons, a.Reason)
		if i > 0 && a.Platform <= d.Attempts[i-1].Platform {
			t.Errorf("attempt %d at %s, the one before at %s", a.Number, a.Platform, d.Attempts[i-1].Platform)
		}
	}
	want := []string{"", "repeat 1 after status 503", "repeat 2 after status 503", "repeat 3 after status 503", "repeat 4 after status 503"}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Errorf("reasons mismatch (-want +got):\n%s", diff)
	}
}

// TestTwoDaysTakeAMoment holds 48 hours of repeats to 200 ms.
func TestTwoDaysTakeAMoment(t *testing.T) {
	e := serve(t, answering("", stall))
	s := senderOn(t, "pagerduty@2026-08-19", sender.Action{Name: "restart", URL: e.url()}, sender.WithClock(platformTime()), sender.WithDeadline(time.Millisecond))
	best := time.Hour
	for range 5 { // the machine may be busy with something else
		began := time.Now()
		d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
		if err != nil || d.Ended != sender.EndedExhausted {
			t.Fatalf("ended %s, %v", d.Ended, err)
		}
		best = min(best, time.Since(began))
		if best < 200*time.Millisecond {
			break
		}
		if err := s.Enable("restart"); err != nil {
			t.Fatal(err)
		}
	}
	if best >= 200*time.Millisecond {
		t.Errorf("48 h of repeats took %s", best)
	}
}

// TestNoRepeatIsCrowdedByTheEnd tries many seeds: whatever the jitter, the last
// repeat ends the time and has its distance to the one before.
func TestNoRepeatIsCrowdedByTheEnd(t *testing.T) {
	e := serve(t, answering("HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", stall))
	profile := schemaOf(t, "pagerduty@2026-08-19")
	schedule, window := profile.RetrySchedule(), profile.Retry().Within
	least := time.Duration(float64(schedule.First) * (1 - schedule.Jitter))
	for seed := range uint64(60) {
		s := senderOn(t, profile.Ref(), sender.Action{Name: "restart", URL: e.url()}, sender.WithClock(platformTime()), sender.WithSeed(seed))
		d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
		if err != nil {
			t.Fatal(err)
		}
		for i, a := range d.Attempts[1:] {
			if gap := a.Platform - d.Attempts[i].Platform; gap < least {
				t.Errorf("seed %d: attempt %d comes %s after the one before, want %s or more", seed, a.Number, gap, least)
			}
		}
		if last := d.Last().Platform - d.Attempts[0].Platform; last < window {
			t.Errorf("seed %d: the last repeat comes after %s, want it at the end of %s", seed, last, window)
		}
	}
}

// TestRetryAfter tries what answers ask for, where the platform is assumed to
// heed it.
func TestRetryAfter(t *testing.T) {
	tests := map[string]struct {
		value string
		heeds bool
		want  time.Duration
	}{
		"not heeded, as nobody documents it": {"3600", false, time.Minute},
		"longer than the schedule":           {"90", true, 90 * time.Second},
		"shorter than the schedule":          {"5", true, time.Minute},
		"longer than the cap":                {"100000", true, 2 * time.Minute},
		"more digits than a number has":      {strings.Repeat("9", 400), true, 2 * time.Minute},
		"zero":                               {"0", true, time.Minute},
		"negative":                           {"-5", true, time.Minute},
		"a float":                            {"1e300", true, time.Minute},
		"a date in the past":                 {"Wed, 21 Oct 2015 07:28:00 GMT", true, time.Minute},
		"a date beyond all time":             {"Fri, 31 Dec 9999 23:59:59 GMT", true, 2 * time.Minute},
		"no date":                            {"soon", true, time.Minute},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			e := serve(t, answering("HTTP/1.1 503 Busy\r\nRetry-After: "+tt.value+"\r\nContent-Length: 0\r\n\r\n", stall))
			p := schemaOf(t, "pagerduty@2026-08-19")
			if tt.heeds {
				p = assume(t, p, "retry_after", `{"respected":true,"cap":"2m"}`)
			}
			r := sender.NewRegistry(p)
			mustAdd(t, r, sender.Action{Name: "restart", URL: e.url()})
			d, err := sender.New(r, sender.WithClock(platformTime()), sender.WithRepeats(1), sender.WithSeed(1)).Press(t.Context(), sender.Press{Action: "restart"})
			if err != nil || len(d.Attempts) != 2 || d.Ended != sender.EndedOpen {
				t.Fatalf("%d attempts, ended %s, %v", len(d.Attempts), d.Ended, err)
			}
			waited := d.Attempts[1].Platform - d.Attempts[0].Platform
			if low, high := tt.want*9/10, tt.want*11/10+10*time.Second; waited < low || waited > high {
				t.Errorf("repeated after %s, want %s give or take a tenth", waited, tt.want)
			}
		})
	}
}

// TestJitterShortensNoRetryAfter tries many seeds: who heeds a Retry-After does
// not come before its time.
func TestJitterShortensNoRetryAfter(t *testing.T) {
	e := serve(t, answering("HTTP/1.1 503 Busy\r\nRetry-After: 90\r\nContent-Length: 0\r\n\r\n", stall))
	p := assume(t, schemaOf(t, "pagerduty@2026-08-19"), "retry_after", `{"respected":true,"cap":"2m"}`)
	for seed := range uint64(20) {
		r := sender.NewRegistry(p)
		mustAdd(t, r, sender.Action{Name: "restart", URL: e.url()})
		d, err := sender.New(r, sender.WithClock(platformTime()), sender.WithRepeats(1), sender.WithSeed(seed)).Press(t.Context(), sender.Press{Action: "restart"})
		if err != nil || len(d.Attempts) != 2 {
			t.Fatalf("%d attempts, %v", len(d.Attempts), err)
		}
		if waited := d.Attempts[1].Platform - d.Attempts[0].Platform; waited < 90*time.Second {
			t.Errorf("seed %d: repeated after %s, and the answer asked for 90 s", seed, waited)
		}
	}
}

func assume(t testing.TB, p *schema.Profile, fact, value string) *schema.Profile {
	t.Helper()
	assumed, err := p.Assume(fact, value)
	if err != nil {
		t.Fatal(err)
	}
	return assumed
}
