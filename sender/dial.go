package sender

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http/httptrace"
	"os"
	"strings"
	"syscall"
)

// Network makes connections. A *net.Dialer is one, and so is anything in memory;
// it is given names as they stand in the URL and resolves them itself.
type Network interface {
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
}

// dial opens the attempt's connection: to the endpoint, or to the proxy and
// through it. Phases dns and connect.
func (w *wire) dial(ctx context.Context) error {
	endpoint := w.leadsTo()
	address, proxy := endpoint, w.plan.proxy
	if proxy != nil {
		address = net.JoinHostPort(proxy.Hostname(), portOf(proxy))
	}
	for _, one := range []string{endpoint, address} {
		if err := refuseMetadataAt(one); err != nil {
			return err
		}
	}
	conn, err := w.connect(ctx, address)
	if err != nil {
		return err
	}
	w.open(ctx, conn)
	if err := refuseMetadataAt(conn.RemoteAddr().String()); err != nil {
		return err
	}
	if proxy != nil && w.request.secure {
		return tunnel(w.conn, proxy, endpoint)
	}
	return nil
}

// leadsTo returns the address that the connection leads to, and notes where it is
// not the endpoint's own.
func (w *wire) leadsTo() string {
	to, moved := w.plan.connectTo[strings.ToLower(w.request.address)]
	if !moved {
		return w.request.address
	}
	w.note("dialed " + to + " in place of " + w.request.address)
	return to
}

// connect dials address, within the dialer's own limit where there is one.
func (w *wire) connect(ctx context.Context, address string) (net.Conn, error) {
	limit := w.plan.dialTimeout
	limited := limit > 0 && limit < w.plan.deadline
	began := w.since() // before the limit's own clock, which may be exact
	dialing, cancel := ctx, context.CancelFunc(func() {})
	if limited {
		dialing, cancel = context.WithTimeout(ctx, limit)
	}
	defer cancel()
	conn, err := w.knock(dialing, address)
	if err == nil || !limited || dialKind(err) != Timeout || ctx.Err() != nil || w.since()-began < limit {
		return conn, err
	}
	w.attempt.DialTimeout = limit
	if errors.Is(err, context.DeadlineExceeded) && !isTimeout(err) {
		err = &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrDeadlineExceeded}
	}
	return nil, err
}

// isTimeout reports whether package net made err of a deadline.
func isTimeout(err error) bool {
	var op *net.OpError
	var name *net.DNSError
	return errors.As(err, &op) || errors.As(err, &name)
}

// knock opens a connection, unless the dialer is told to fail.
func (w *wire) knock(ctx context.Context, address string) (net.Conn, error) {
	if d := w.plan.dialDelay; d > 0 {
		if err := hesitate(ctx, d, address); err != nil {
			w.note("our own dialer was to wait " + inWords(d) + " before it connected to " + address + ": nothing was sent")
			return nil, err
		}
		w.note("our own dialer waited " + inWords(d) + " before it connected to " + address)
	}
	if fault := w.plan.fault; fault != nil {
		w.note("our own dialer " + fault.did + " " + address + ": nothing was sent")
		w.phase = fault.phase
		return nil, fault.dial(ctx, address)
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		DNSStart: func(httptrace.DNSStartInfo) { w.phase = PhaseDNS }, // connecting had not begun
		DNSDone: func(done httptrace.DNSDoneInfo) {
			if done.Err == nil {
				w.enter(PhaseConnect)
			}
		},
	})
	if from, ok := w.plan.network.(SourceNetwork); ok && w.plan.source.IsValid() {
		return from.DialFrom(ctx, w.plan.source, "tcp", address)
	}
	return w.network().DialContext(ctx, "tcp", address)
}

// network is the injected one, or the system's with the attempt's own source.
func (w *wire) network() Network {
	if w.plan.network != nil {
		return w.plan.network
	}
	return &net.Dialer{
		LocalAddr: tcpSource(w.plan.source),
		// Looks at what a name resolved to, before the first packet leaves.
		Control: func(_, address string, _ syscall.RawConn) error { return refuseMetadataAt(address) },
		// No keep-alive probes on a connection that lives for one request.
		KeepAliveConfig: net.KeepAliveConfig{Enable: false},
		KeepAlive:       -1,
	}
}

// secureConn shakes hands over the open connection. Phase tls.
func (w *wire) secureConn() error {
	config := &tls.Config{
		MinVersion:         w.plan.tls.Oldest,
		MaxVersion:         w.plan.tls.Newest,
		ServerName:         w.request.host,
		RootCAs:            w.plan.roots,
		InsecureSkipVerify: w.plan.insecure,
		NextProtos:         []string{"http/1.1"},
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
			w.asked = true
			if w.plan.certificate != nil {
				return w.plan.certificate, nil
			}
			return &tls.Certificate{}, nil
		},
	}
	if w.plan.inOrder && !w.plan.insecure {
		config.VerifyConnection = inOrder
	}
	conn := tls.Client(w.conn, config)
	w.stream = conn
	return conn.Handshake() // ends with the attempt: its deadline is on the connection
}

// chainOrderError says which of an endpoint's certificates does not stand behind
// the one that it signed.
type chainOrderError struct{ number int }

func (e chainOrderError) Error() string {
	return fmt.Sprintf("tls: the endpoint's certificates are out of order: number %d did not sign number %d", e.number, e.number-1)
}

// inOrder refuses what crypto/tls puts in order by itself.
func inOrder(state tls.ConnectionState) error {
	for i, one := range state.PeerCertificates[1:] {
		if !bytes.Equal(state.PeerCertificates[i].RawIssuer, one.RawSubject) {
			return chainOrderError{i + 2}
		}
	}
	return nil
}

// ours returns err when this machine could not do its part, so that nothing can
// be said about the other side.
func (w *wire) ours(err error) error {
	var no syscall.Errno
	var address *net.AddrError
	switch {
	case errors.Is(err, ErrMetadata):
		return err
	case errors.As(err, &no) && isOurs(no):
		return fmt.Errorf("connect to %s: %w", w.request.address, err)
	case w.plan.source.IsValid() && errors.As(err, &address):
		return fmt.Errorf("%w: %s is %s, and %s has no such address (%v)", ErrSource, w.plan.source, family(w.plan.source), w.request.host, err)
	}
	return nil
}
