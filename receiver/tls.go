package receiver

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
)

// WithTLS speaks TLS with this certificate chain and key.
func WithTLS(certPEM, keyPEM []byte) ServerOption {
	return func(s *Server) { s.keyPair = [2][]byte{certPEM, keyPEM} }
}

// WithMadeTLS speaks TLS with a certificate that is made at Start, by an
// authority that is made too (CA, CAPEM). Without hosts it is for localhost,
// 127.0.0.1 and ::1.
func WithMadeTLS(hosts ...string) ServerOption {
	return WithMadeTLSKind(TLSValid, hosts...)
}

// WithMadeTLSKind is WithMadeTLS with what is wrong with the certificate. A kind
// that TLSKinds lacks is an error at Start.
func WithMadeTLSKind(kind TLSKind, hosts ...string) ServerOption {
	return func(s *Server) { s.made, s.hosts = kind, hosts }
}

// WithClientCertificate refuses, in the TLS handshake, clients without a
// certificate that one of these authorities signed; nil is the made authority,
// whose client certificates ClientCertificate makes. What a client that was let
// in is called is in Request.ClientCN, for CheckClientCertificate. Without TLS
// it is an error at Start.
func WithClientCertificate(authoritiesPEM []byte) ServerOption {
	return func(s *Server) { s.mutual, s.clients = true, authoritiesPEM }
}

// tlsConfig returns nil for a server that speaks plain HTTP.
func (s *Server) tlsConfig() (*tls.Config, error) {
	var pair tls.Certificate
	var err error
	switch {
	case s.made == TLSPlain && !s.mutual:
		return nil, nil
	case s.made != "" && s.made != TLSPlain:
		if !slices.Contains(TLSKinds(), s.made) {
			return nil, fmt.Errorf("make a certificate of kind %q: one of %v would do", s.made, TLSKinds())
		}
		if s.ca, err = makeAuthority(); err != nil {
			return nil, fmt.Errorf("make a certificate authority: %w", err)
		}
		if pair, err = s.ca.issue(s.made, s.hosts); err != nil {
			return nil, fmt.Errorf("make a certificate for %s: %w", strings.Join(s.hosts, ", "), err)
		}
	case s.keyPair[0] != nil:
		if pair, err = tls.X509KeyPair(s.keyPair[0], s.keyPair[1]); err != nil {
			return nil, fmt.Errorf("read the certificate and its key: %w", err)
		}
	case s.mutual:
		return nil, errors.New("require a client certificate: the endpoint does not speak TLS")
	default:
		return nil, nil
	}
	config := &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}
	switch s.made {
	case TLSOldOnly:
		config.MinVersion, config.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
	case TLSNewOnly:
		config.MinVersion = tls.VersionTLS13
	case TLSClientAsked:
		config.ClientAuth = tls.RequestClientCert
	case TLSClientWrongName:
		config.VerifyConnection = nobodyElse
	}
	if s.mutual || s.made == TLSClientRequired || s.made == TLSClientWrongName {
		config.ClientAuth = tls.RequireAndVerifyClientCert
		config.ClientCAs, err = s.clientAuthorities()
	}
	return config, err
}

// nobodyElse refuses clients with another name than anotherName.
func nobodyElse(state tls.ConnectionState) error {
	if name := state.PeerCertificates[0].Subject.CommonName; name != anotherName {
		return fmt.Errorf("the client certificate is for %s, wanted %s", shown(name), anotherName)
	}
	return nil
}

func (s *Server) clientAuthorities() (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	switch {
	case s.clients != nil:
		if !pool.AppendCertsFromPEM(s.clients) {
			return nil, errors.New("read the authorities of client certificates: no PEM certificate among them")
		}
	case s.ca == nil:
		return nil, errors.New("require a client certificate: the certificate is not made here, so name the authorities to trust")
	default:
		pool.AddCert(s.ca.certificate)
	}
	return pool, nil
}

// brokenHandshake says how a connection ended whose TLS handshake did not; broken
// is false for any other.
func brokenHandshake(conn net.Conn) (done Done, broken bool) {
	t, ok := conn.(*tls.Conn)
	if !ok || t.ConnectionState().HandshakeComplete {
		return Done{}, false
	}
	err := t.Handshake() // has ended: what it returned is said again
	if alert, heard := alertInTheClear(t); heard && isOurs(err) {
		err = &net.OpError{Op: "remote error", Err: alert}
	}
	done.Error = shown(fmt.Sprintf("TLS handshake: %v", err))
	switch {
	case errors.Is(err, net.ErrClosed):
		done.Ended = EndedStopped
	case isTheirs(err):
		done.Ended = EndedClientGone
	default:
		done.Ended = EndedClosed // we refused it, or it took too long
	}
	return done, true
}

// alertInTheClear returns the alert that was the last thing to come on conn, when
// it came unencrypted. OpenSSL refuses a certificate so, while TLS 1.3 has the
// server wait for encrypted bytes alone: crypto/tls says "bad record MAC" to that.
func alertInTheClear(conn net.Conn) (tls.AlertError, bool) {
	c := countedOf(conn)
	if c == nil {
		return 0, false
	}
	const ( // a record of type alert, of version 3.x and 2 bytes: level and description
		record = 0x15_03_00_00_02_00_00
		fixed  = 0xff_ff_00_ff_ff_00_00
	)
	tail := c.tail.Load()
	return tls.AlertError(tail & 0xff), tail&fixed == record
}

// isOurs reports whether a handshake ended because we said what is wrong.
func isOurs(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "local error"
}

// isTheirs reports whether a handshake ended because the client went away or said
// what is wrong. crypto/tls marks its errors by their operation: "remote error" is
// an alert of the client's, "local error" one of ours.
func isTheirs(err error) bool {
	var op *net.OpError
	return errors.Is(err, io.EOF) || errors.As(err, &op) && op.Op != "local error" && !op.Timeout()
}

// ClientCertificate makes a client certificate with that common name, signed by
// the made authority, whatever the kind of the server's own. It is an error
// before Start and without WithMadeTLS.
func (s *Server) ClientCertificate(cn string) (certPEM, keyPEM []byte, err error) {
	if s.ca == nil {
		return nil, nil, errors.New("make a client certificate: there is no made authority to sign it")
	}
	made, err := s.ca.issueClient(cn)
	if err != nil {
		return nil, nil, fmt.Errorf("make a client certificate for %s: %w", shown(cn), err)
	}
	key, err := x509.MarshalPKCS8PrivateKey(made.PrivateKey)
	if err != nil {
		return nil, nil, fmt.Errorf("make a client certificate for %s: %w", shown(cn), err)
	}
	return toPEM("CERTIFICATE", made.Certificate[0]), toPEM("PRIVATE KEY", key), nil
}

// CA returns the authority to trust for the made certificate, nil without
// WithMadeTLS and where the kind has none. CAPEM returns it as PEM.
func (s *Server) CA() *x509.Certificate {
	if s.ca == nil || !s.made.trusted() {
		return nil
	}
	return s.ca.certificate
}

// CAPEM returns what CA returns, as PEM.
func (s *Server) CAPEM() []byte {
	if s.ca == nil || !s.made.trusted() {
		return nil
	}
	return s.ca.pem
}
