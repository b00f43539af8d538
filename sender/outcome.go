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

// handshakeKind tells why a TLS handshake failed. asked says that the other side
// wanted a client certificate, of which we have none.
func handshakeKind(err error, conn *watchedConn, asked bool) Kind {
	if kind := certificateKind(err); kind != "" {
		return kind
	}
	var record tls.RecordHeaderError
	if errors.As(err, &record) {
		// A server that speaks plain HTTP answers the hello with a status line.
		if string(record.RecordHeader[:]) == "HTTP/" {
			return PlainHTTP
		}
		return TLSOther
	}
	if isAlert(err) {
		if asked {
			return CertRequired
		}
		return TLSOther
	}
	return connectionKind(conn, TLSOther)
}

// certificateKind tells what was wrong with the other side's certificate, or ""
// when it was not at fault.
func certificateKind(err error) Kind {
	var (
		invalid   x509.CertificateInvalidError
		authority x509.UnknownAuthorityError
		host      x509.HostnameError
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
	}
	return ""
}

// isAlert reports whether err is an alert that the other side sent. crypto/tls
// keeps the alert's own type to itself and marks it by the operation.
func isAlert(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "remote error"
}

// connectionKind tells how the connection below ended, and otherwise when it did
// not end: the bytes that came were at fault.
func connectionKind(conn *watchedConn, otherwise Kind) Kind {
	if conn.readErr != nil {
		if kind := socketKind(conn.readErr); kind != "" {
			return kind
		}
	}
	if conn.writeErr != nil {
		if kind := socketKind(conn.writeErr); kind != "" {
			return kind
		}
	}
	return otherwise
}

// answerKind tells why no whole answer could be read.
func answerKind(err error, conn *watchedConn, asked bool) Kind {
	cut := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
	switch {
	case errors.Is(err, errHeadTooLarge):
		return TooLarge
	case isAlert(err) && asked:
		return CertRequired
	case isAlert(err):
		return TLSOther
	case conn.ended() && !cut:
		// All that was needed had come before the end, and made no sense.
		return Malformed
	}
	return connectionKind(conn, Malformed)
}

// goText is what a Go http.Client whose Timeout is the deadline prints for an
// attempt that ended with kind in phase. Flashduty words its retry rule in these
// texts. said is the error below.
func goText(method, url string, o Outcome, said error) string {
	switch {
	case o.Kind == Answered:
		return ""
	case o.Kind == Canceled && o.Phase == PhaseBody:
		return context.Canceled.Error()
	case o.Kind == Timeout && o.Phase == PhaseBody:
		return "context deadline exceeded (Client.Timeout or context cancellation while reading body)"
	case o.Phase == PhaseBody:
		return goSaid(o, said)
	}
	return goOperation(method) + ` "` + url + `": ` + goSaid(o, said)
}

func goSaid(o Outcome, said error) string {
	switch {
	case o.Kind == Canceled:
		return context.Canceled.Error()
	case o.Kind == Timeout && errors.Is(said, errStopped):
		return "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
	case o.Kind == PlainHTTP:
		return "http: server gave HTTP response to HTTPS client"
	case o.Kind == TooLarge:
		return fmt.Sprintf("net/http: server response headers exceeded %d bytes; aborted", maxHeadBytes)
	case o.Kind == Malformed && o.Phase == PhaseHeaders:
		return "net/http: HTTP/1.x transport connection broken: " + said.Error()
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
