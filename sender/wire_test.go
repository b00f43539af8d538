package sender_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// slack is how much later than its deadline an attempt may end on a machine that
// does other things too. What hangs takes forever.
const slack = 4 * time.Second

// fault is one thing that goes wrong, made on loopback.
type fault struct {
	url     func(t *testing.T) string // where it happens
	network sender.Network            // nil: the system's
	make    func(t *testing.T) sender.Network
	roots   []byte
	body    []byte // nil: composed

	want    sender.Outcome
	written sender.Written // "" where it is luck
	note    string         // that is given
	// blind says that a plain Go client says something else, and why.
	blind string
	// loud says that it takes all of a processor, and is made alone.
	loud bool
}

func at(handle func(*endpoint, net.Conn)) func(*testing.T) string {
	return func(t *testing.T) string { return serve(t, handle).url() }
}

func atTLS(handle func(*endpoint, net.Conn)) func(*testing.T) string {
	return func(t *testing.T) string { return serve(t, handle).https() }
}

func named(url string) func(*testing.T) string { return func(*testing.T) string { return url } }

func failing(err error) sender.Network {
	return networkFunc(func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: err}
	})
}

// faults is each kind in each phase in which it can be made.
func faults(t *testing.T) map[string]fault {
	const day = 24 * time.Hour
	good := issue(t, -day, day, "127.0.0.1")
	expired := issue(t, -3*day, -2*day, "127.0.0.1")
	early := issue(t, 2*day, 3*day, "127.0.0.1")
	other := issue(t, -day, day, "elsewhere.example")
	nameless := issue(t, -day, day)
	with := func(c certificate) *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c.tls}} }
	mutual := func(version uint16) *tls.Config {
		config := with(good)
		config.ClientAuth, config.MaxVersion = tls.RequireAnyClientCert, version
		return config
	}
	inside := func(handle func(*endpoint, net.Conn)) func(*testing.T) string {
		return atTLS(overTLS(with(good), handle))
	}
	stranger := func(t *testing.T) string { return serve(t, overTLS(with(good), answering(ok, closeNow))).https() }
	dropped := networkFunc(func(ctx context.Context, _, _ string) (net.Conn, error) {
		<-ctx.Done()
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: ctx.Err()}
	})
	refused := func(t *testing.T) string {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		return "http://" + l.Addr().String() + "/hook"
	}
	dns := func(code int) func(*testing.T) sender.Network {
		return func(t *testing.T) sender.Network { return resolving(t, code) }
	}
	large := bytes.Repeat([]byte("x"), 32<<20) // more than two sockets hold
	o := func(k sender.Kind, p sender.Phase) sender.Outcome { return sender.Outcome{Kind: k, Phase: p} }

	return map[string]fault{
		"answered":               {url: at(answering(ok, stall)), want: o(sender.Answered, sender.PhaseBody), written: sender.WrittenAll},
		"answered over TLS":      {url: inside(answering(ok, stall)), roots: good.pem, want: o(sender.Answered, sender.PhaseBody), written: sender.WrittenAll},
		"answered until the end": {url: at(answering("HTTP/1.1 200 OK\r\n\r\nok", closeNow)), want: o(sender.Answered, sender.PhaseBody), written: sender.WrittenAll},
		"answered after two 1xx": {url: at(answering("HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"+ok, stall)), want: o(sender.Answered, sender.PhaseBody), written: sender.WrittenAll},

		"the name does not exist":        {url: named("http://no-such-host.example:80/"), make: dns(3), want: o(sender.NotFound, sender.PhaseDNS), written: sender.WrittenNone},
		"the name server fails":          {url: named("http://no-such-host.example:80/"), make: dns(2), want: o(sender.Unreachable, sender.PhaseDNS), written: sender.WrittenNone},
		"the name server is silent":      {url: named("http://no-such-host.example:80/"), make: dns(-1), want: o(sender.Timeout, sender.PhaseDNS), written: sender.WrittenNone},
		"nobody listens":                 {url: refused, want: o(sender.Refused, sender.PhaseConnect), written: sender.WrittenNone},
		"no packet comes back":           {url: named("http://192.0.2.1/"), network: dropped, want: o(sender.Timeout, sender.PhaseConnect), written: sender.WrittenNone},
		"no route":                       {url: named("http://192.0.2.1/"), network: failing(os.NewSyscallError("connect", syscall.EHOSTUNREACH)), want: o(sender.Unreachable, sender.PhaseConnect), written: sender.WrittenNone},
		"the system gives up connecting": {url: named("http://192.0.2.1/"), network: failing(os.NewSyscallError("connect", syscall.ETIMEDOUT)), want: o(sender.Timeout, sender.PhaseConnect), written: sender.WrittenNone},
		"the handshake stalls":           {url: atTLS(stall), want: o(sender.Timeout, sender.PhaseTLS), written: sender.WrittenNone},
		"reset in the handshake":         {url: atTLS(func(e *endpoint, c net.Conn) { c.Read(make([]byte, 4096)); reset(e, c) }), want: o(sender.Reset, sender.PhaseTLS), written: sender.WrittenNone},
		"closed in the handshake":        {url: atTLS(func(e *endpoint, c net.Conn) { c.Read(make([]byte, 4096)) }), want: o(sender.Closed, sender.PhaseTLS), written: sender.WrittenNone},
		"a certificate that expired":     {url: atTLS(overTLS(with(expired), stall)), roots: expired.pem, want: o(sender.CertExpired, sender.PhaseTLS), written: sender.WrittenNone},
		"a certificate not yet valid":    {url: atTLS(overTLS(with(early), stall)), roots: early.pem, want: o(sender.CertNotYetValid, sender.PhaseTLS), written: sender.WrittenNone},
		"a certificate of nobody known":  {url: stranger, want: o(sender.CertUnknownAuthority, sender.PhaseTLS), written: sender.WrittenNone},
		"a certificate for another host": {url: atTLS(overTLS(with(other), stall)), roots: other.pem, want: o(sender.CertWrongHost, sender.PhaseTLS), written: sender.WrittenNone},
		"a certificate without names":    {url: atTLS(overTLS(with(nameless), stall)), roots: nameless.pem, want: o(sender.CertWrongHost, sender.PhaseTLS), written: sender.WrittenNone},
		"a client certificate, TLS 1.2":  {url: atTLS(overTLS(mutual(tls.VersionTLS12), stall)), roots: good.pem, want: o(sender.CertRequired, sender.PhaseTLS), written: sender.WrittenNone},
		"a client certificate, TLS 1.3":  {url: atTLS(overTLS(mutual(tls.VersionTLS13), stall)), roots: good.pem, want: o(sender.CertRequired, sender.PhaseTLS), blind: "the alert and the end of the connection race each other"},
		"plain HTTP behind https": {url: atTLS(func(e *endpoint, c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, "HTTP/1.0 400 Bad Request\r\n\r\n")
		}), want: o(sender.PlainHTTP, sender.PhaseTLS), written: sender.WrittenNone, note: "the endpoint speaks no TLS: its URL should begin with http://"},
		"no TLS and no HTTP behind https": {url: atTLS(func(e *endpoint, c net.Conn) {
			c.Read(make([]byte, 4096))
			io.WriteString(c, "220 mail.example ESMTP\r\n")
		}), want: o(sender.TLSOther, sender.PhaseTLS), written: sender.WrittenNone, note: "the endpoint speaks no TLS: its URL should begin with http://"},
		"an alert in the handshake": {url: atTLS(func(e *endpoint, c net.Conn) { c.Read(make([]byte, 4096)); c.Write([]byte{21, 3, 3, 0, 2, 2, 40}) }), want: o(sender.TLSOther, sender.PhaseTLS), written: sender.WrittenNone},

		"the request is not taken":          {url: at(func(e *endpoint, c net.Conn) { <-e.ending }), body: large, want: o(sender.Timeout, sender.PhaseWrite), written: sender.WrittenPart},
		"reset while the request is taken":  {url: at(func(e *endpoint, c net.Conn) { io.ReadFull(c, make([]byte, 1<<20)); reset(e, c) }), body: large, want: o(sender.Reset, sender.PhaseWrite), written: sender.WrittenPart, blind: "which of the two ends first is luck"},
		"answered while the request is not": {url: at(func(e *endpoint, c net.Conn) { io.ReadFull(c, make([]byte, 1<<20)); io.WriteString(c, ok); <-e.ending }), body: large, want: o(sender.Answered, sender.PhaseBody), written: sender.WrittenPart},

		"no answer":                           {url: at(answering("", stall)), want: o(sender.Timeout, sender.PhaseHeaders), written: sender.WrittenAll},
		"no answer over TLS":                  {url: inside(answering("", stall)), roots: good.pem, want: o(sender.Timeout, sender.PhaseHeaders), written: sender.WrittenAll},
		"half a head":                         {url: at(answering("HTTP/1.1 200 OK\r\nContent-", stall)), want: o(sender.Timeout, sender.PhaseHeaders), written: sender.WrittenAll},
		"a head in drips":                     {url: at(answering("HTTP/1.1 200 OK\r\n", forever("X-A: b\r\n", 20*time.Millisecond))), want: o(sender.Timeout, sender.PhaseHeaders), written: sender.WrittenAll},
		"informational answers in drips":      {url: at(answering("", forever("HTTP/1.1 102 Processing\r\n\r\n", 20*time.Millisecond))), want: o(sender.Timeout, sender.PhaseHeaders), written: sender.WrittenAll},
		"reset before the answer":             {url: at(answering("", reset)), want: o(sender.Reset, sender.PhaseHeaders), written: sender.WrittenAll},
		"reset in the head":                   {url: at(answering("HTTP/1.1 200 OK\r\nContent-", reset)), want: o(sender.Reset, sender.PhaseHeaders), written: sender.WrittenAll, blind: "net/http says unexpected EOF or connection reset, as it comes"},
		"closed before the answer":            {url: at(answering("", closeNow)), want: o(sender.Closed, sender.PhaseHeaders), written: sender.WrittenAll},
		"closed between two header lines":     {url: at(answering("HTTP/1.1 200 OK\r\nA: b\r\n", closeNow)), want: o(sender.Closed, sender.PhaseHeaders), written: sender.WrittenAll},
		"cut off over TLS":                    {url: inside(answering("", func(e *endpoint, c net.Conn) { c.(*tls.Conn).NetConn().Close() })), roots: good.pem, want: o(sender.Closed, sender.PhaseHeaders), written: sender.WrittenAll},
		"closed in the head":                  {url: at(answering("HTTP/1.1 200 OK\r\nContent-", closeNow)), want: o(sender.Closed, sender.PhaseHeaders), written: sender.WrittenAll},
		"closed over TLS":                     {url: inside(answering("", closeNow)), roots: good.pem, want: o(sender.Closed, sender.PhaseHeaders), written: sender.WrittenAll},
		"an answer that is no HTTP":           {url: at(answering("hello\r\n\r\n", stall)), want: o(sender.Malformed, sender.PhaseHeaders), written: sender.WrittenAll},
		"no HTTP and then the end":            {url: at(answering("hello\r\n\r\n", closeNow)), want: o(sender.Malformed, sender.PhaseHeaders), written: sender.WrittenAll},
		"a header line without a colon":       {url: at(answering("HTTP/1.1 200 OK\r\nnope\r\n\r\n", stall)), want: o(sender.Malformed, sender.PhaseHeaders), written: sender.WrittenAll},
		"a status that is no number":          {url: at(answering("HTTP/1.1 abc OK\r\n\r\n", stall)), want: o(sender.Malformed, sender.PhaseHeaders), written: sender.WrittenAll},
		"two content lengths":                 {url: at(answering("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", stall)), want: o(sender.Malformed, sender.PhaseHeaders), written: sender.WrittenAll},
		"TLS behind http":                     {url: at(answering("\x15\x03\x01\x00\x02\x02\x0a\r\n", stall)), want: o(sender.Malformed, sender.PhaseHeaders), written: sender.WrittenAll, note: "the endpoint speaks TLS: its URL should begin with https://"},
		"a head without end":                  {url: at(answering("HTTP/1.1 200 OK\r\n", forever("X-A: "+strings.Repeat("b", 8000)+"\r\n", 0))), want: o(sender.TooLarge, sender.PhaseHeaders), written: sender.WrittenAll, loud: true},
		"informational answers at full speed": {url: at(answering("", forever("HTTP/1.1 102 Processing\r\nX-A: "+strings.Repeat("b", 8000)+"\r\n\r\n", 0))), want: o(sender.TooLarge, sender.PhaseHeaders), written: sender.WrittenAll, loud: true},

		"no body":                    {url: at(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", stall)), want: o(sender.Timeout, sender.PhaseBody), written: sender.WrittenAll},
		"a body in drips":            {url: at(answering("HTTP/1.1 200 OK\r\n\r\n", forever("x", 20*time.Millisecond))), want: o(sender.Timeout, sender.PhaseBody), written: sender.WrittenAll},
		"a body without end":         {url: at(answering("HTTP/1.1 200 OK\r\n\r\n", forever(strings.Repeat("x", 8000), 0))), want: o(sender.Timeout, sender.PhaseBody), written: sender.WrittenAll, loud: true},
		"closed in the body":         {url: at(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", closeNow)), want: o(sender.Closed, sender.PhaseBody), written: sender.WrittenAll},
		"closed in a chunk":          {url: at(answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", closeNow)), want: o(sender.Closed, sender.PhaseBody), written: sender.WrittenAll},
		"reset in the body":          {url: at(answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", func(e *endpoint, c net.Conn) { reset(e, c) })), want: o(sender.Reset, sender.PhaseBody), written: sender.WrittenAll, blind: "an RST may overtake the head on its way to the reader"},
		"a chunk that is none":       {url: at(answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", stall)), want: o(sender.Malformed, sender.PhaseBody), written: sender.WrittenAll},
		"a chunk longer than a line": {url: at(answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;"+strings.Repeat("x", 9000), stall)), want: o(sender.Malformed, sender.PhaseBody), written: sender.WrittenAll},
	}
}

// TestOutcomes makes each kind in each phase and asks what the sender says of
// it, how long it took, and whether a plain Go client says what GoText claims.
func TestOutcomes(t *testing.T) {
	for name, f := range faults(t) {
		t.Run(name, func(t *testing.T) {
			if !f.loud {
				t.Parallel()
			}
			deadline := 400 * time.Millisecond
			if f.want.Kind != sender.Timeout {
				deadline = 20 * time.Second // never met, however busy the machine
			}
			if f.make != nil {
				f.network = f.make(t)
			}
			url := f.url(t)
			plain := make(chan string, 1)
			go func() { plain <- plainClient(url, f, deadline) }()
			d := mustPress(t, url, f.body, f.options(deadline)...)
			a := d.Last()

			if a.Outcome != f.want {
				t.Errorf("outcome = %v (%s), want %v", a.Outcome, a.Error, f.want)
			}
			if f.written != "" && a.Written != f.written {
				t.Errorf("written = %s, want %s", a.Written, f.written)
			}
			if a.Took > deadline+slack {
				t.Errorf("took %v, with a deadline of %v", a.Took, deadline)
			}
			if f.note != "" && !slices.Contains(a.Notes, f.note) {
				t.Errorf("notes %q, want %q among them", a.Notes, f.note)
			}
			checkPhases(t, a)
			if answered := f.want.Kind == sender.Answered; answered != (a.Error == "") || answered != (a.GoText == "") || answered != a.Delivered {
				t.Errorf("error %q, Go text %q, delivered %v, with outcome %v", a.Error, a.GoText, a.Delivered, a.Outcome)
			}
			if said := <-plain; f.blind == "" && addressless(said) != addressless(a.GoText) {
				t.Errorf("GoText mismatch:\n  sender: %s\nnet/http: %s", a.GoText, said)
			}
		})
	}
}

func (f fault) options(deadline time.Duration) []sender.Option {
	options := []sender.Option{sender.WithDeadline(deadline)}
	if f.network != nil {
		options = append(options, sender.WithNetwork(f.network))
	}
	if f.roots != nil {
		options = append(options, sender.WithRootCAs(f.roots))
	}
	return options
}

// checkPhases asks that phases come in order, are never negative and together
// are the attempt.
func checkPhases(t *testing.T, a sender.Attempt) {
	t.Helper()
	order := []sender.Phase{sender.PhaseDNS, sender.PhaseConnect, sender.PhaseTLS, sender.PhaseWrite, sender.PhaseHeaders, sender.PhaseBody}
	var sum time.Duration
	next := 0
	for _, p := range a.Phases {
		for next < len(order) && order[next] != p.Phase {
			next++
		}
		if next == len(order) {
			t.Fatalf("phases are out of order: %v", a.Phases)
		}
		if p.Took < 0 {
			t.Errorf("phase %s took %v", p.Phase, p.Took)
		}
		sum += p.Took
	}
	if last := a.Phases[len(a.Phases)-1].Phase; last != a.Outcome.Phase && a.Outcome.Kind != sender.CertRequired {
		t.Errorf("the last phase is %s, but the outcome is %v", last, a.Outcome)
	}
	if sum != a.Took {
		t.Errorf("phases take %v together, the attempt %v", sum, a.Took)
	}
}

// plainClient is what a plain Go client prints for the same fault.
func plainClient(url string, f fault, deadline time.Duration) string {
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, MaxResponseHeaderBytes: 1 << 20}
	if f.network != nil {
		transport.DialContext = f.network.DialContext
	}
	if f.roots != nil {
		pool := x509.NewCertPool()
		pool.AppendCertsFromPEM(f.roots)
		transport.TLSClientConfig = &tls.Config{RootCAs: pool}
	}
	client := http.Client{Timeout: deadline, Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := client.Post(url, "application/json", bytes.NewReader(f.body))
	if err != nil {
		return err.Error()
	}
	defer answer.Body.Close()
	if _, err := io.Copy(io.Discard, answer.Body); err != nil {
		return err.Error()
	}
	return ""
}

var addresses = regexp.MustCompile(`127\.0\.0\.1:\d+|current time \S+ is|seed \d+`)

// addressless blanks what differs between two connections.
func addressless(s string) string { return addresses.ReplaceAllString(s, "*") }

func mustPress(t testing.TB, url string, body []byte, options ...sender.Option) sender.Delivery {
	t.Helper()
	s := newSender(t, url, options...)
	d, err := s.Press(context.Background(), sender.Press{Action: "restart", Body: body})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// newSender returns a sender with one action, restart, that leads to url.
func newSender(t testing.TB, url string, options ...sender.Option) *sender.Sender {
	t.Helper()
	return senderOn(t, "flashduty@2024-11-20", sender.Action{Name: "restart", Label: "Restart host", URL: url}, options...)
}

func senderOn(t testing.TB, ref string, action sender.Action, options ...sender.Option) *sender.Sender {
	t.Helper()
	p, err := schema.Open(ref)
	if err != nil {
		t.Fatal(err)
	}
	r := sender.NewRegistry(p)
	if err := r.Add(action); err != nil {
		t.Fatal(err)
	}
	return sender.New(r, options...)
}

// toldOnWriting is a connection whose reset the writer is told of; the reader sees
// no more than the end.
type toldOnWriting struct {
	net.Conn
	written chan struct{}
}

func (c toldOnWriting) Write([]byte) (int, error) {
	defer close(c.written)
	return 0, &net.OpError{Op: "write", Net: "tcp", Err: os.NewSyscallError("write", syscall.ECONNRESET)}
}

func (c toldOnWriting) Read([]byte) (int, error) {
	<-c.written
	return 0, io.EOF
}

func TestAResetIsToldByWhoWasTold(t *testing.T) {
	network := networkFunc(func(context.Context, string, string) (net.Conn, error) {
		near, far := net.Pipe()
		t.Cleanup(func() { far.Close() })
		return toldOnWriting{near, make(chan struct{})}, nil
	})
	a := mustPress(t, "http://memory.example/", nil, sender.WithNetwork(network)).Last()
	const text = "write tcp: write: connection reset by peer"
	if want := (sender.Outcome{Kind: sender.Reset, Phase: sender.PhaseWrite}); a.Outcome != want || a.Error != text {
		t.Errorf("%s: %s; want %s: %s", a.Outcome, a.Error, want, text)
	}
	if want := `Post "http://memory.example/": ` + text; a.GoText != want {
		t.Errorf("GoText %q, want %q", a.GoText, want)
	}
}
