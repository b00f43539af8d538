package sender

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// The errors that the wire itself makes, so that an outcome is told by what it
// is and never by its text.
var (
	errHeadTooLarge = fmt.Errorf("the head of the answer is longer than %d bytes", maxHeadBytes)
	errStopped      = errors.New("the press was canceled")
)

// deadlineError is the cause of an attempt's context once its time is up.
type deadlineError struct{ after time.Duration }

func (e deadlineError) Error() string { return fmt.Sprintf("no answer within %s", inWords(e.after)) }

// refusedByProxy is what a proxy that will not open a tunnel answers.
type refusedByProxy struct{ status string }

func (e refusedByProxy) Error() string { return "the proxy answered " + e.status }

// stopped tells why an attempt's context ended: its own deadline, or the caller.
func stopped(ctx context.Context) (Kind, bool) {
	if ctx.Err() == nil {
		return "", false
	}
	var mine deadlineError
	if errors.As(context.Cause(ctx), &mine) {
		return Timeout, true
	}
	return Canceled, true
}

// dialKind tells what a failed dial was, by the type of its error.
func dialKind(err error) Kind {
	var name *net.DNSError
	var proxy refusedByProxy
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return NotFound
	case errors.As(err, &name) && name.IsTimeout:
		return Timeout
	case errors.Is(err, context.DeadlineExceeded):
		return Timeout // of a network with a shorter patience of its own
	case errors.As(err, &name), errors.As(err, &proxy):
		return Unreachable
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return Closed
	}
	if kind := socketKind(err); kind != "" {
		return kind
	}
	return Unreachable
}

// socketKind tells what a socket's error was, or "" when it is none.
func socketKind(err error) Kind {
	var no syscall.Errno
	if errors.As(err, &no) {
		return errnoKind(no)
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return Timeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrClosedPipe):
		return Closed
	}
	return ""
}

// handshakeKind tells why the TLS handshake failed.
func (w *wire) handshakeKind(err error) Kind {
	if kind := certificateKind(err); kind != "" {
		return kind
	}
	var record tls.RecordHeaderError
	switch {
	case errors.As(err, &record):
		return w.recordKind(string(record.RecordHeader[:]))
	case isAlert(err):
		return w.unlikeVersion(w.alertKind())
	}
	return w.unlikeVersion(w.connectionKind(TLSOther))
}

// unlikeVersion says which versions were offered where a handshake failed for
// another reason than those that have a kind of their own: they may be it.
func (w *wire) unlikeVersion(kind Kind) Kind {
	if kind == TLSOther && !w.asked && w.plan.tls != (schema.TLSVersions{}) {
		w.note("offered TLS " + w.plan.tls.String() + ", as the platform does")
	}
	return kind
}

// recordKind tells what answered our hello, by its first bytes: a server that
// speaks plain HTTP sends a status line, or only text.
func (w *wire) recordKind(header string) Kind {
	if strings.IndexFunc(header, func(r rune) bool { return r < ' ' || r > '~' }) < 0 {
		w.note("the endpoint speaks no TLS: its URL should begin with http://")
	}
	if header == "HTTP/" {
		return PlainHTTP
	}
	return TLSOther
}

// alertKind tells what an alert meant: TLS 1.3 says what is missing only after
// the handshake, TLS 1.2 with an alert of many meanings.
func (w *wire) alertKind() Kind {
	switch {
	case !w.asked:
		return TLSOther
	case w.plan.certificate != nil:
		w.note("the endpoint asked for a client certificate, and refused the one that it was shown")
		return TLSOther
	}
	return CertRequired
}

// answerKind tells why no whole answer could be read.
func (w *wire) answerKind(err error) Kind {
	ended := isEnd(w.head.err)
	switch {
	case errors.Is(err, errHeadTooLarge):
		return TooLarge
	case isAlert(w.head.err):
		return w.alertKind()
	case w.head.err == nil:
		return Malformed
	case ended && !isEnd(err) && !w.head.midLine():
		return Malformed // all its lines had come, and made no sense
	case ended && !w.conn.wasReset():
		return Closed
	case w.request.secure:
		return w.connectionKind(TLSOther)
	}
	return w.connectionKind(Malformed)
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) }

// connectionKind tells how the connection below ended, and otherwise when it did
// not end.
func (w *wire) connectionKind(otherwise Kind) Kind {
	if w.conn.wasReset() {
		return Reset
	}
	for _, err := range []error{w.conn.readErr, w.conn.writeErr} {
		if err == nil {
			continue
		}
		if kind := socketKind(err); kind != "" {
			return kind
		}
	}
	return otherwise
}

// certificateKind tells what was wrong with the other side's certificate, or ""
// when it was not at fault.
func certificateKind(err error) Kind {
	var (
		invalid   x509.CertificateInvalidError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
		order     chainOrderError
	)
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		// One reason stands for both ends of a certificate's life.
		if invalid.Cert != nil && time.Now().Before(invalid.Cert.NotBefore) {
			return CertNotYetValid
		}
		return CertExpired
	case errors.As(err, &authority):
		return CertUnknownAuthority
	case errors.As(err, &host):
		return CertWrongHost
	case errors.As(err, &order):
		return CertOutOfOrder
	}
	return ""
}

// isAlert reports whether err is an alert that the other side sent. crypto/tls
// keeps the alert's own type to itself and marks it by the operation.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}
