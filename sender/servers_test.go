package sender_test

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"io"
	"math/big"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// endpoint is a raw TCP listener that does as it is told with each connection
// and counts what comes: an oracle that shares nothing with the sender.
type endpoint struct {
	net.Listener
	connections atomic.Int64
	requests    atomic.Int64
	ending      chan struct{}
}

// serve listens on loopback until the test ends. Its connections end with it.
func serve(t testing.TB, handle func(e *endpoint, conn net.Conn)) *endpoint {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := &endpoint{Listener: l, ending: make(chan struct{})}
	var handling sync.WaitGroup
	var mu sync.Mutex
	open := map[net.Conn]bool{}
	handling.Add(1)
	go func() {
		defer handling.Done()
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			e.connections.Add(1)
			mu.Lock()
			open[conn] = true
			mu.Unlock()
			handling.Add(1)
			go func() {
				defer handling.Done()
				handle(e, conn)
				conn.Close()
				mu.Lock()
				delete(open, conn)
				mu.Unlock()
			}()
		}
	}()
	t.Cleanup(func() {
		close(e.ending)
		l.Close()
		mu.Lock()
		for conn := range open {
			conn.Close()
		}
		mu.Unlock()
		handling.Wait()
	})
	return e
}

func (e *endpoint) url() string   { return "http://" + e.Addr().String() + "/hook" }
func (e *endpoint) https() string { return "https://" + e.Addr().String() + "/hook" }

// stall holds the connection until the other side or the test ends.
func (e *endpoint) stall(conn net.Conn) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		io.Copy(io.Discard, conn)
	}()
	select {
	case <-gone:
	case <-e.ending:
		conn.Close()
		<-gone
	}
}

// request reads one request and counts it.
func (e *endpoint) request(conn net.Conn) *http.Request {
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return nil
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return nil
	}
	e.requests.Add(1)
	return r
}

// answering reads each request, writes text and then goes on with after.
func answering(text string, after func(e *endpoint, conn net.Conn)) func(*endpoint, net.Conn) {
	return func(e *endpoint, conn net.Conn) {
		e.request(conn)
		io.WriteString(conn, text)
		after(e, conn)
	}
}

func stall(e *endpoint, conn net.Conn) { e.stall(conn) }

func closeNow(*endpoint, net.Conn) {}

// reset ends the connection with an RST.
func reset(_ *endpoint, conn net.Conn) {
	if c, ok := conn.(*tls.Conn); ok {
		conn = c.NetConn()
	}
	conn.(*net.TCPConn).SetLinger(0)
	conn.Close()
}

// forever writes text again and again until nobody takes it; a pause lies
// between two of them.
func forever(text string, pause time.Duration) func(*endpoint, net.Conn) {
	return func(e *endpoint, conn net.Conn) {
		tick := time.NewTimer(pause)
		defer tick.Stop()
		for {
			if _, err := io.WriteString(conn, text); err != nil {
				return
			}
			if pause == 0 {
				continue
			}
			select {
			case <-tick.C:
				tick.Reset(pause)
			case <-e.ending:
				return
			}
		}
	}
}

const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

// certificate is made at run time; nothing secret lies in the repository.
type certificate struct {
	tls tls.Certificate
	pem []byte
}

func (c certificate) config() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{c.tls}} }

// issue makes a self-signed certificate for names, valid in the given hours from
// now.
func issue(t testing.TB, from, to time.Duration, names ...string) certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "drill"},
		NotBefore: time.Now().Add(from), NotAfter: time.Now().Add(to),
		IsCA: true, BasicConstraintsValid: true,
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return certificate{
		tls: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key},
		pem: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
	}
}

// overTLS shakes hands and then handles what is inside.
func overTLS(config *tls.Config, inside func(*endpoint, net.Conn)) func(*endpoint, net.Conn) {
	return func(e *endpoint, conn net.Conn) {
		secure := tls.Server(conn, config)
		if secure.Handshake() != nil {
			return
		}
		inside(e, secure)
		secure.Close()
	}
}

// networkFunc is a Network of one func.
type networkFunc func(ctx context.Context, network, address string) (net.Conn, error)

func (f networkFunc) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	return f(ctx, network, address)
}

// nameServer is a DNS server on loopback that answers every question with code
// and, where it is given, an IPv4 address; below zero it never answers.
func nameServer(t testing.TB, code int, address ...byte) *net.Resolver {
	t.Helper()
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 1500)
		for {
			n, from, err := server.ReadFrom(buffer)
			if err != nil {
				return
			}
			if code >= 0 {
				server.WriteTo(dnsAnswer(buffer[:n], code, address), from)
			}
		}
	}()
	t.Cleanup(func() { server.Close(); <-done })
	return &net.Resolver{
		PreferGo: true,
		Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
			// Not the default resolver: a test may be changing that.
			return (&net.Dialer{Resolver: new(net.Resolver)}).DialContext(ctx, "udp", server.LocalAddr().String())
		},
	}
}

// dnsAnswer answers a question as RFC 1035 has it, for type A with the address.
func dnsAnswer(question []byte, code int, address []byte) []byte {
	const header = 12
	end := header
	for question[end] != 0 { // labels
		end += int(question[end]) + 1
	}
	kind := question[end+2]
	answer := append([]byte{}, question[:end+5]...)
	answer[2] |= 0x80                       // an answer
	answer[3] = 0x80 | byte(code)           // recursion is available
	copy(answer[6:header], make([]byte, 6)) // no other records
	if kind == 1 && len(address) == 4 {
		answer[7] = 1
		answer = append(answer, 0xc0, header, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4) // the name above, A, IN, 1 s, 4 bytes
		answer = append(answer, address...)
	}
	return answer
}

// resolving is a network whose names are asked of a name server that gives this
// code.
func resolving(t testing.TB, code int) networkFunc {
	dialer := &net.Dialer{Resolver: nameServer(t, code)}
	return dialer.DialContext
}
