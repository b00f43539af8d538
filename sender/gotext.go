package sender

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"syscall"
)

// What a Go client says by itself.
const (
	goAwaiting  = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
	goReading   = "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
	goPlainHTTP = "http: server gave HTTP response to HTTPS client"
	goBroken    = "net/http: HTTP/1.x transport connection broken: "
	goTooLarge  = "net/http: server response headers exceeded"
)

// goText is what a Go http.Client whose Timeout is the deadline prints for an
// attempt that ended so; Flashduty words its retry rule in these texts. said is
// the error below.
func (w *wire) goText(o Outcome, said error) string {
	text := w.goSaid(o, said)
	if o.Phase == PhaseBody {
		return text
	}
	return goOperation(w.request.method) + ` "` + w.attempt.URL + `": ` + text
}

func (w *wire) goSaid(o Outcome, said error) string {
	answering := o.Phase == PhaseWrite || o.Phase == PhaseHeaders
	switch {
	case o.Kind == Canceled:
		return context.Canceled.Error()
	case errors.Is(said, errStopped) && o.Phase == PhaseBody:
		return goReading
	case errors.Is(said, errStopped):
		return goAwaiting
	case o.Kind == PlainHTTP:
		return goPlainHTTP
	case o.Kind == TooLarge:
		return fmt.Sprintf(goBroken+goTooLarge+" %d bytes; aborted", maxHeadBytes)
	case answering && w.attempt.FirstByte == 0 && o.Kind != Reset && isEnd(w.head.err):
		return w.head.err.Error()
	case answering && w.attempt.FirstByte > 0:
		return goBroken + said.Error()
	}
	return said.Error()
}

// goOperation spells a method as net/http's client does in its errors: "Post".
func goOperation(method string) string {
	if method == "" {
		return "Get"
	}
	return method[:1] + strings.ToLower(method[1:])
}

// GoSaying is a text that stands in what a Go client prints, whatever the
// addresses around it, and the outcomes of which it prints it, the likeliest
// first. An outcome without a kind or a phase is one of any. A "…" in the text is
// what differs each time.
type GoSaying struct {
	Text  string
	Means []Outcome
	// Limit is the phase whose own limit speaks, where the client has one that is
	// shorter than Client.Timeout: the dialer's is that of connect. "" is none.
	Limit Phase
}

// GoSayings returns what a Go client with Client.Timeout says of attempts that
// are not answered, as Attempt.GoText has it. Several outcomes read alike.
func GoSayings() []GoSaying {
	out := make([]GoSaying, len(goSayings))
	for i, s := range goSayings {
		s.Means = slices.Clone(s.Means)
		out[i] = s
	}
	return out
}

// goSayings take the errors' own words where there are errors.
var goSayings = []GoSaying{
	{goAwaiting, []Outcome{{Timeout, PhaseHeaders}, {Timeout, PhaseTLS}, {Timeout, PhaseConnect}, {Timeout, PhaseDNS}, {Timeout, PhaseWrite}}, ""},
	{"Client.Timeout exceeded while awaiting headers", []Outcome{{Timeout, PhaseHeaders}, {Timeout, PhaseTLS}, {Timeout, PhaseConnect}, {Timeout, PhaseDNS}, {Timeout, PhaseWrite}}, ""},
	{goReading, []Outcome{{Timeout, PhaseBody}}, ""},
	{"while reading body", []Outcome{{Timeout, PhaseBody}}, ""},
	{context.DeadlineExceeded.Error(), []Outcome{{Timeout, PhaseHeaders}, {Timeout, PhaseBody}, {Timeout, PhaseTLS}, {Timeout, PhaseConnect}, {Timeout, PhaseDNS}, {Timeout, PhaseWrite}}, ""},
	{context.Canceled.Error(), []Outcome{{Kind: Canceled}}, ""},
	{os.ErrDeadlineExceeded.Error(), []Outcome{{Timeout, PhaseConnect}, {Timeout, PhaseDNS}}, PhaseConnect}, // "i/o timeout"
	{"net/http: TLS handshake timeout", []Outcome{{Timeout, PhaseTLS}}, PhaseTLS},
	{"net/http: timeout awaiting response headers", []Outcome{{Timeout, PhaseHeaders}}, PhaseHeaders},
	{"no such host", []Outcome{{NotFound, PhaseDNS}}, ""}, // a net.DNSError's
	{"server misbehaving", []Outcome{{Unreachable, PhaseDNS}}, ""},
	{syscall.ECONNREFUSED.Error(), []Outcome{{Refused, PhaseConnect}}, ""},
	{syscall.EHOSTUNREACH.Error(), []Outcome{{Unreachable, PhaseConnect}}, ""},
	{syscall.ENETUNREACH.Error(), []Outcome{{Unreachable, PhaseConnect}}, ""},
	{syscall.ECONNRESET.Error(), []Outcome{{Reset, PhaseHeaders}, {Kind: Reset}}, ""},
	{syscall.EPIPE.Error(), []Outcome{{Reset, PhaseHeaders}, {Reset, PhaseWrite}}, ""},
	{goBroken + io.ErrUnexpectedEOF.Error(), []Outcome{{Closed, PhaseHeaders}, {Reset, PhaseHeaders}}, ""},
	{io.ErrUnexpectedEOF.Error(), []Outcome{{Closed, PhaseBody}, {Closed, PhaseHeaders}, {Reset, PhaseHeaders}}, ""},
	{io.EOF.Error(), []Outcome{{Closed, PhaseHeaders}, {Closed, PhaseTLS}}, ""},
	{"server closed idle connection", []Outcome{{Closed, PhaseHeaders}}, ""},
	{"certificate has expired or is not yet valid", []Outcome{{CertExpired, PhaseTLS}, {CertNotYetValid, PhaseTLS}}, ""},
	{"certificate has expired or is not yet valid: current time … is after", []Outcome{{CertExpired, PhaseTLS}}, ""},
	{"certificate has expired or is not yet valid: current time … is before", []Outcome{{CertNotYetValid, PhaseTLS}}, ""},
	{x509.UnknownAuthorityError{}.Error(), []Outcome{{CertUnknownAuthority, PhaseTLS}}, ""},
	{"x509: certificate is valid for", []Outcome{{CertWrongHost, PhaseTLS}}, ""},
	{"x509: certificate is not valid for any names", []Outcome{{CertWrongHost, PhaseTLS}}, ""},
	{"cannot validate certificate for", []Outcome{{CertWrongHost, PhaseTLS}}, ""},
	{"certificates are out of order", []Outcome{{CertOutOfOrder, PhaseTLS}}, ""},
	{"remote error: tls: certificate required", []Outcome{{CertRequired, PhaseTLS}}, ""},
	{"remote error: tls: bad certificate", []Outcome{{CertRequired, PhaseTLS}}, ""},
	{"remote error: tls: protocol version not supported", []Outcome{{TLSOther, PhaseTLS}}, ""},
	{"remote error: tls:", []Outcome{{CertRequired, PhaseTLS}, {TLSOther, PhaseTLS}}, ""},
	{"tls: server selected unsupported protocol version", []Outcome{{TLSOther, PhaseTLS}}, ""},
	{"first record does not look like a TLS handshake", []Outcome{{TLSOther, PhaseTLS}}, ""},
	{goPlainHTTP, []Outcome{{PlainHTTP, PhaseTLS}}, ""},
	{goTooLarge, []Outcome{{TooLarge, PhaseHeaders}}, ""},
	{"malformed HTTP", []Outcome{{Malformed, PhaseHeaders}}, ""},
	{"malformed MIME header", []Outcome{{Malformed, PhaseHeaders}}, ""},
	{"message cannot contain multiple Content-Length headers", []Outcome{{Malformed, PhaseHeaders}}, ""},
	{"bad Content-Length", []Outcome{{Malformed, PhaseHeaders}}, ""},
	{"unsupported transfer encoding", []Outcome{{Malformed, PhaseHeaders}}, ""},
	{"invalid byte in chunk length", []Outcome{{Malformed, PhaseBody}}, ""},
	{"malformed chunked encoding", []Outcome{{Malformed, PhaseBody}}, ""},
}
