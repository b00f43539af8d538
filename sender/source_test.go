package sender_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hookdrill/hookdrill/sender"
)

func addr(s string) netip.Addr { return netip.MustParseAddr(s) }

var (
	noAddress    = os.NewSyscallError("connect", syscall.EADDRNOTAVAIL)
	noDescriptor = os.NewSyscallError("socket", syscall.EMFILE)
)

// elsewhere is a connection that says that it leads to another address.
type elsewhere struct {
	net.Conn
	to net.Addr
}

func (e elsewhere) RemoteAddr() net.Addr { return e.to }

// toMetadata connects to the metadata service, whatever the name.
func toMetadata(context.Context, string, string) (net.Conn, error) {
	conn, other := net.Pipe()
	other.Close()
	return elsewhere{conn, &net.TCPAddr{IP: net.IPv4(169, 254, 169, 254), Port: 80}}, nil
}

func TestSource(t *testing.T) {
	source := addr("127.0.0.2")
	if l, err := net.Listen("tcp", "127.0.0.2:0"); err != nil {
		t.Skipf("this machine has no %s: %v", source, err)
	} else {
		l.Close()
	}
	from := make(chan string, 1)
	e := serve(t, func(e *endpoint, conn net.Conn) {
		from <- conn.RemoteAddr().String()
		answering(ok, stall)(e, conn)
	})
	s := newSender(t, e.url(), sender.WithSource(source))
	d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	if got := <-from; d.Last().Local.Addr() != source || d.Last().Local.String() != got {
		t.Errorf("sent from %s, the endpoint saw %s; want %s", d.Last().Local, got, source)
	}
	if diff := cmp.Diff([]string{"sent from 127.0.0.2"}, d.Overrides); diff != "" {
		t.Errorf("Overrides mismatch (-want +got):\n%s", diff)
	}
}

func TestSourceOfAnotherFamilyThanTheName(t *testing.T) {
	if l, err := net.Listen("tcp", "[::1]:0"); err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	} else {
		l.Close()
	}
	e := serve(t, answering(ok, stall))
	s := newSender(t, "http://ops.example/", sender.WithConnectTo("ops.example:80", e.Addr().String()), sender.WithSource(addr("::1")))
	_, err := s.Press(t.Context(), sender.Press{Action: "restart"})
	if err == nil || !strings.Contains(err.Error(), "::1 is IPv6, and ops.example has no such address") {
		t.Errorf("Press() = %v, want it to say that the families differ", err)
	}
}

func TestIPv6Literal(t *testing.T) {
	l, err := net.Listen("tcp", "[::1]:0")
	if err != nil {
		t.Skipf("this machine has no IPv6: %v", err)
	}
	defer l.Close()
	hosts := make(chan string, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { hosts <- r.Host })}
	go server.Serve(l)
	defer server.Close()
	d := mustPress(t, "http://"+l.Addr().String()+"/", nil)
	if got := <-hosts; !d.Delivered || got != l.Addr().String() || d.Last().Remote.String() != got {
		t.Errorf("delivered %v to %s, Host %s", d.Delivered, d.Last().Remote, got)
	}
}

func TestInternationalName(t *testing.T) {
	e := record(t, ok)
	d := mustPress(t, "http://bücher.example/", nil, sender.WithConnectTo("xn--bcher-kva.example:80", e.Addr().String()))
	head, _ := e.next(t)
	if !d.Delivered || head[1] != "Host: xn--bcher-kva.example" {
		t.Errorf("delivered %v, %q", d.Delivered, head)
	}
	if want := "dialed " + e.Addr().String() + " in place of xn--bcher-kva.example:80"; len(d.Last().Notes) != 1 || d.Last().Notes[0] != want {
		t.Errorf("notes %q, want %q", d.Last().Notes, want)
	}
}

// proxy is an HTTP proxy that keeps the heads of what it was asked.
func proxy(t *testing.T, answer string) (address string, asked chan *http.Request) {
	asked = make(chan *http.Request, 4)
	e := serve(t, func(e *endpoint, conn net.Conn) {
		r, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}
		asked <- r
		if r.Method != http.MethodConnect || answer != "" {
			io.WriteString(conn, answer)
			return
		}
		to, err := net.Dial("tcp", r.Host)
		if err != nil {
			return
		}
		defer to.Close()
		io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n")
		go func() {
			io.Copy(to, conn)
			to.Close()
		}()
		io.Copy(conn, to)
	})
	return e.Addr().String(), asked
}

func TestProxy(t *testing.T) {
	basic := "Basic " + base64.StdEncoding.EncodeToString([]byte("bob:geheim"))

	t.Run("http in absolute form", func(t *testing.T) {
		address, asked := proxy(t, ok)
		d := mustPress(t, "http://ops.example/hook", nil, sender.WithProxy("http://bob:geheim@"+address))
		r := <-asked
		if !d.Delivered || r.URL.String() != "http://ops.example/hook" || r.Header.Get("Proxy-Authorization") != basic {
			t.Errorf("delivered %v; the proxy was asked %s %s with %v", d.Delivered, r.Method, r.URL, r.Header)
		}
		if diff := cmp.Diff([]string{"through the proxy http://[redacted]@" + address}, d.Overrides); diff != "" {
			t.Errorf("Overrides mismatch (-want +got):\n%s", diff)
		}
		if d.Push.Header.Get("Proxy-Authorization") != "" {
			t.Error("the proxy's authorization is part of the push")
		}
	})
	t.Run("https through a tunnel", func(t *testing.T) {
		certificate := issue(t, -time.Hour, time.Hour, "127.0.0.1")
		e := serve(t, overTLS(certificate.config(), answering(ok, stall)))
		address, asked := proxy(t, "")
		d := mustPress(t, e.https(), nil, sender.WithProxy("http://bob:geheim@"+address), sender.WithRootCAs(certificate.pem))
		r := <-asked
		if !d.Delivered || r.Method != http.MethodConnect || r.Host != e.Addr().String() || r.Header.Get("Proxy-Authorization") != basic {
			t.Errorf("delivered %v (%s); the proxy was asked %s %s with %v", d.Delivered, d.Last().Error, r.Method, r.Host, r.Header)
		}
	})
	t.Run("a tunnel that is refused", func(t *testing.T) {
		address, _ := proxy(t, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
		d := mustPress(t, somewhere, nil, sender.WithProxy("http://"+address))
		want := sender.Outcome{Kind: sender.Unreachable, Phase: sender.PhaseConnect}
		if a := d.Last(); a.Outcome != want || a.Error != "the proxy answered 407 Proxy Authentication Required" {
			t.Errorf("%v (%s), want %v", a.Outcome, a.Error, want)
		}
	})
}

func TestEnvironmentProxiesAreIgnoredAndSaid(t *testing.T) {
	e := serve(t, answering(ok, stall))
	t.Setenv("HTTP_PROXY", "http://127.0.0.1:1")
	t.Setenv("HTTPS_PROXY", "http://127.0.0.1:1")
	d := mustPress(t, e.url(), nil, sender.WithGetenv(os.Getenv))
	want := []string{"HTTP_PROXY is set and ignored, as the platform would; --proxy uses it"}
	if diff := cmp.Diff(want, d.Last().Notes); diff != "" || !d.Delivered {
		t.Errorf("delivered %v, Notes mismatch (-want +got):\n%s", d.Delivered, diff)
	}
}

func TestInsecureIsSaid(t *testing.T) {
	certificate := issue(t, -time.Hour, time.Hour, "elsewhere.example")
	e := serve(t, overTLS(certificate.config(), answering(ok, stall)))
	d := mustPress(t, e.https(), nil, sender.WithInsecure())
	if diff := cmp.Diff([]string{"the endpoint's TLS certificate is not verified"}, d.Overrides); diff != "" || !d.Delivered {
		t.Errorf("delivered %v, Overrides mismatch (-want +got):\n%s", d.Delivered, diff)
	}
	s := senderOn(t, "flashduty@2026-05-27", sender.Action{Name: "restart", URL: e.https(), InsecureSkipVerify: true})
	d, err := s.Press(t.Context(), sender.Press{Action: "restart"})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"the action does not verify the endpoint's TLS certificate"}, d.Last().Notes); diff != "" || !d.Delivered {
		t.Errorf("delivered %v, Notes mismatch (-want +got):\n%s", d.Delivered, diff)
	}
}

// TestMemory presses over a network in memory: no address, no name service.
func TestMemory(t *testing.T) {
	var dialed string
	network := networkFunc(func(_ context.Context, _, address string) (net.Conn, error) {
		dialed = address
		here, there := net.Pipe()
		go func() {
			defer there.Close()
			if r, err := http.ReadRequest(bufio.NewReader(there)); err == nil {
				io.Copy(io.Discard, r.Body)
				fmt.Fprint(there, ok)
			}
		}()
		return here, nil
	})
	d := mustPress(t, "http://memory.example/hook", nil, sender.WithNetwork(network))
	a := d.Last()
	if !d.Delivered || dialed != "memory.example:80" || a.Phases[0].Phase != sender.PhaseConnect || a.Local.IsValid() || a.Remote.IsValid() {
		t.Errorf("delivered %v, dialed %s, %+v", d.Delivered, dialed, a)
	}
}

// TestNames resolves through the system's network and a name server of ours.
func TestNames(t *testing.T) {
	system := net.DefaultResolver
	t.Cleanup(func() { net.DefaultResolver = system })
	e := serve(t, answering(ok, stall))
	_, port, _ := net.SplitHostPort(e.Addr().String())

	t.Run("a name is resolved in a phase of its own", func(t *testing.T) {
		net.DefaultResolver = nameServer(t, 0, 127, 0, 0, 1)
		a := mustPress(t, "http://ops.example:"+port+"/", nil, sender.WithDeadline(20*time.Second)).Last()
		if !a.Delivered || a.Phases[0].Phase != sender.PhaseDNS || a.Phases[0].Took <= 0 || a.Phases[1].Phase != sender.PhaseConnect {
			t.Errorf("%v (%s), %v", a.Outcome, a.Error, a.Phases)
		}
	})
	t.Run("a name that leads to the metadata service is refused", func(t *testing.T) {
		net.DefaultResolver = nameServer(t, 0, 169, 254, 169, 254)
		_, err := newSender(t, "http://ops.example/", sender.WithDeadline(20*time.Second)).Press(t.Context(), sender.Press{Action: "restart"})
		if !errors.Is(err, sender.ErrMetadata) || !strings.Contains(err.Error(), "check the URL and its DNS record") {
			t.Errorf("Press() = %v, want ErrMetadata with a hint", err)
		}
	})
}
