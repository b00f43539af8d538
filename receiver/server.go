package receiver

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// The limits of a Server without options.
const (
	DefaultListen         = "127.0.0.1:0"
	DefaultHeaderTimeout  = 3 * time.Second  // for a request's header, TLS handshake included
	DefaultReadTimeout    = 5 * time.Second  // for a whole request
	DefaultIdleTimeout    = 60 * time.Second // for the next request on a connection
	DefaultMaxHeader      = 32 << 10         // bytes of a request's line and header
	DefaultMaxConnections = 4096             // at the same time; more wait to be accepted

	closeTimeout = 10 * time.Second
)

// Endpoint is what a Server serves: a Receiver, or Namespaces of them. Close
// ends what waits in it.
type Endpoint interface {
	http.Handler
	Close() error
}

// Server is a listener for one endpoint: limits, TLS, connection numbers. It
// speaks HTTP/1.1 and HTTP/1.0 only and serves nothing but its endpoint.
type Server struct {
	endpoint Endpoint
	handler  http.Handler
	listen   string
	listener net.Listener
	bounded  *limited
	keyPair  [2][]byte // certificate and key, PEM
	hosts    []string  // of a certificate that is made
	made     TLSKind   // "": none is made
	ca       *authority
	clients  []byte // authorities of client certificates, PEM
	mutual   bool   // a client certificate is required
	maxConns int
	http     *http.Server
	closed   chan struct{} // Serve has returned
	numbers  atomic.Uint64
	faults   sync.WaitGroup // connections that HTTP never has

	mu    sync.Mutex
	conns map[net.Conn]*connection // those that HTTP has
}

// ServerOption changes how a Server works.
type ServerOption func(*Server)

// WithListen listens on addr, HOST:PORT or "unix:/path", in place of
// DefaultListen. Port 0 is any free port.
func WithListen(addr string) ServerOption { return func(s *Server) { s.listen = addr } }

// WithListener serves l, which the server then owns.
func WithListener(l net.Listener) ServerOption { return func(s *Server) { s.listener = l } }

// WithHeaderTimeout closes connections whose header takes longer than d.
func WithHeaderTimeout(d time.Duration) ServerOption {
	return func(s *Server) { s.http.ReadHeaderTimeout = d }
}

// WithReadTimeout refuses requests that take longer than d to arrive whole.
func WithReadTimeout(d time.Duration) ServerOption {
	return func(s *Server) { s.http.ReadTimeout = d }
}

// WithMaxConnections bounds the connections that are open at the same time.
func WithMaxConnections(n int) ServerOption { return func(s *Server) { s.maxConns = n } }

// WithServerErrorLog writes what net/http finds wrong below a request, a failed
// TLS handshake for one; without it there is silence.
func WithServerErrorLog(w io.Writer) ServerOption {
	return func(s *Server) { s.http.ErrorLog = log.New(oneLine{w}, "", 0) }
}

// WithWrap puts f's handler in front of the endpoint.
func WithWrap(f func(http.Handler) http.Handler) ServerOption {
	return func(s *Server) { s.handler = f(s.handler) }
}

// NewServer returns a server for e that does not listen yet.
func NewServer(e Endpoint, opts ...ServerOption) *Server {
	s := &Server{
		endpoint: e, handler: e, listen: DefaultListen, maxConns: DefaultMaxConnections,
		closed: make(chan struct{}), conns: map[net.Conn]*connection{},
		http: &http.Server{
			ReadHeaderTimeout: DefaultHeaderTimeout, ReadTimeout: DefaultReadTimeout, IdleTimeout: DefaultIdleTimeout,
			MaxHeaderBytes:               DefaultMaxHeader - 4096, // net/http adds as much of slack
			DisableGeneralOptionsHandler: true,                    // "OPTIONS *" is a request like any other
			Protocols:                    new(http.Protocols),
			ErrorLog:                     log.New(io.Discard, "", 0),
		},
	}
	s.http.Protocols.SetHTTP1(true) // and nothing else: h2 cannot be hijacked
	s.http.ConnContext, s.http.ConnState = s.connContext, s.follow
	for _, o := range opts {
		o(s)
	}
	return s
}

// Start listens and serves in the background; an address that cannot be
// listened on is an error that names it.
func (s *Server) Start() error {
	config, err := s.tlsConfig()
	if err != nil {
		return err
	}
	if s.listener == nil {
		if s.listener, err = open(s.listen); err != nil {
			return err
		}
	}
	s.http.Handler = http.HandlerFunc(s.serve)
	s.bounded = &limited{Listener: s.listener, free: make(chan struct{}, s.maxConns), closed: make(chan struct{})}
	var l net.Listener = sieve{s.bounded, func(conn net.Conn) net.Conn { return s.take(conn, config) }}
	if config != nil {
		l = tls.NewListener(l, config)
	}
	go func() {
		defer close(s.closed)
		_ = s.http.Serve(l) // returns when Close closes the listener
	}()
	return nil
}

// Addr returns the address that s listens on, nil before Start.
func (s *Server) Addr() net.Addr {
	if s.listener == nil {
		return nil
	}
	return s.listener.Addr()
}

// URL returns the base URL, "http://127.0.0.1:40123", once started; of a unix
// socket "unix:/path".
func (s *Server) URL() string {
	switch a := s.Addr().(type) {
	case nil:
		return ""
	case *net.UnixAddr:
		return "unix:" + a.Name
	default:
		scheme := "http://"
		if s.made != "" || s.keyPair[0] != nil {
			scheme = "https://"
		}
		return scheme + reachable(a)
	}
}

// reachable names this machine where the listener has every address.
func reachable(a net.Addr) string {
	ap, err := netip.ParseAddrPort(a.String())
	switch {
	case err != nil || !ap.Addr().IsUnspecified():
		return a.String()
	case ap.Addr().Is4():
		return netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), ap.Port()).String()
	}
	return netip.AddrPortFrom(netip.IPv6Loopback(), ap.Port()).String()
}

// Close closes the listener, ends waiting behaviors, lets running answers end
// (10 s at most) and returns. A connection without a whole request is cut.
func (s *Server) Close() error {
	if s.bounded == nil {
		return s.endpoint.Close()
	}
	_ = s.bounded.Close()
	err := s.endpoint.Close()
	s.cutFresh()
	ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
	defer cancel()
	if late := s.http.Shutdown(ctx); late != nil {
		_ = s.http.Close()
		err = errors.Join(err, fmt.Errorf("answers were still running %s after the end: %w", closeTimeout, late))
	}
	<-s.closed
	s.faults.Wait()
	return err
}

// take lets the endpoint have a connection that it wants before HTTP. It returns
// the connection that HTTP is to have, nil for none.
func (s *Server) take(conn net.Conn, config *tls.Config) net.Conn {
	e, ok := s.endpoint.(below)
	if !ok {
		return conn
	}
	taken := e.takeConn(config != nil)
	if d := taken.hello.HandshakeDelay; d > 0 {
		return &lateHello{Conn: conn, delay: d, of: taken.of, turn: taken.hello}
	}
	if taken.serve == nil {
		return conn
	}
	c, given := s.number(conn), conn
	if config != nil {
		given = tls.Server(&records{Conn: conn}, config)
	}
	s.faults.Add(1)
	go func() {
		defer s.faults.Done()
		defer conn.Close()
		taken.serve(given, c)
	}()
	return nil
}

// number gives each connection its number and reads its addresses once.
func (s *Server) number(conn net.Conn) *connection {
	c := &connection{number: s.numbers.Add(1), opened: time.Now()}
	c.local, c.unix = addrPort(conn.LocalAddr())
	c.peer, _ = addrPort(conn.RemoteAddr())
	return c
}

func (s *Server) connContext(ctx context.Context, conn net.Conn) context.Context {
	c := s.number(conn)
	c.hello = helloOf(conn)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conns[conn] = c
	return context.WithValue(ctx, connectionKey{}, c)
}

// serve hands a request to the endpoint, and notes that there was one.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	if c, ok := r.Context().Value(connectionKey{}).(*connection); ok {
		c.served.Store(true)
	}
	s.handler.ServeHTTP(w, r)
}

// follow notes whether anything came on a connection. One that ends within its TLS
// handshake, or on which all that came was what net/http takes for no request, is
// told to the endpoint.
func (s *Server) follow(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	c := s.conns[conn]
	if c != nil && state == http.StateActive {
		c.begun = true
	}
	if state == http.StateClosed || state == http.StateHijacked {
		delete(s.conns, conn)
	}
	s.mu.Unlock()
	e, ok := s.endpoint.(below)
	if !ok || c == nil || state != http.StateClosed || c.served.Load() {
		return
	}
	if c.begun {
		e.missed(c, noRequest(conn))
		return
	}
	if done, broken := brokenHandshake(conn); broken {
		if c.hello != nil {
			done.Asked = c.hello.turn.String()
		}
		e.missed(c, done)
	}
}

// noRequest says how a connection ended on which something came that net/http took
// for no request, and answered by itself if at all.
func noRequest(conn net.Conn) Done {
	done := Done{Ended: EndedClosed, Error: "no request: what came is no whole head of HTTP/1.1, or too large, or expects what there is not"}
	switch c := countedOf(conn); {
	case c == nil:
	case c.left.Load():
		done.Ended = EndedClientGone
	case c.cut.Load():
		done.Ended = EndedStopped
	}
	return done
}

func (s *Server) cutFresh() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn, c := range s.conns {
		if !c.begun {
			_ = conn.Close()
		}
	}
}

// oneLine writes each message of net/http as one line without control bytes.
type oneLine struct{ w io.Writer }

func (o oneLine) Write(p []byte) (int, error) {
	_, err := io.WriteString(o.w, escaped(strings.TrimRight(string(p), "\n"))+"\n")
	return len(p), err
}
