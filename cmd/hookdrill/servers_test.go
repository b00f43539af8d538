package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// server is a loopback server that counts what reaches it.
type server struct {
	*httptest.Server
	reached chan struct{} // one token for each request
}

// kinds of servers. Each handler ends when its client goes away or the test does.
var serverKinds = map[string]func(context.Context) http.HandlerFunc{
	"ok": func(context.Context) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }
	},
	"echo": func(context.Context) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("X-Ticket", r.Header.Get("X-Ticket"))
			io.WriteString(w, "you sent "+r.Header.Get("X-Ticket"))
		}
	},
	// mutual asks for a client certificate, whoever signed it.
	"mutual": func(context.Context) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { io.Copy(io.Discard, r.Body) }
	},
	"hostile": func(context.Context) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			w.Header().Set("Set-Cookie", "session=of-the-server")
			w.WriteHeader(http.StatusInternalServerError)
			io.WriteString(w, "\x1b[2J\u202egone\x00")
		}
	},
	// hang never answers.
	"hang": func(ctx context.Context) http.HandlerFunc {
		return func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			select {
			case <-r.Context().Done():
			case <-ctx.Done():
			}
		}
	},
	// late answers after 1.2 s, when a deadline of 1 s has passed.
	"late": func(ctx context.Context) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			select {
			case <-time.After(1200 * time.Millisecond):
			case <-r.Context().Done():
			case <-ctx.Done():
			}
		}
	},
	// endless begins a body and never ends it.
	"endless": func(ctx context.Context) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			block := []byte(strings.Repeat("hookdrill ", 1<<10))
			for r.Context().Err() == nil && ctx.Err() == nil {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}
	},
}

func serve(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: serve NAME KIND")
	}
	name, kind := args[0], args[1]
	switch kind {
	case "closed": // a port at which nobody listens any more
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Setenv(name, "http://"+l.Addr().String())
		ts.Check(l.Close())
		return
	case "taken": // a port that somebody has
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ts.Check(err)
		ts.Defer(func() { l.Close() })
		ts.Setenv(name, l.Addr().String())
		return
	}
	base, secure := strings.CutSuffix(kind, "-tls")
	behavior, ok := serverKinds[base]
	if !ok {
		ts.Fatalf("no kind of server %q", kind)
	}
	ctx, cancel := context.WithCancel(context.Background())
	s := &server{reached: make(chan struct{}, 1000)}
	handler := behavior(ctx)
	s.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.reached <- struct{}{}
		handler(w, r)
	}))
	if secure {
		s.Config.ErrorLog = log.New(io.Discard, "", 0) // a refused certificate is no news here
		if base == "mutual" {
			s.TLS = &tls.Config{ClientAuth: tls.RequireAnyClientCert}
			writeClient(ts)
		}
		s.StartTLS()
		certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
		ts.Check(os.WriteFile(ts.MkAbs(name+".pem"), certificate, 0o644))
	} else {
		s.Start()
	}
	ts.Defer(func() { cancel(); s.Close() })
	stageOf(ts).servers[name] = s
	ts.Setenv(name, s.URL)
}

// writeClient makes a client certificate: client.pem and client.key.
func writeClient(ts *testscript.TestScript) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ts.Check(err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour)}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	ts.Check(err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	ts.Check(err)
	for name, block := range map[string]*pem.Block{
		"client.pem": {Type: "CERTIFICATE", Bytes: certificate},
		"client.key": {Type: "PRIVATE KEY", Bytes: der},
	} {
		ts.Check(os.WriteFile(ts.MkAbs(name), pem.EncodeToMemory(block), 0o600))
	}
}

func arrived(ts *testscript.TestScript, neg bool, args []string) {
	s := stageOf(ts).servers[args[0]]
	select {
	case <-s.reached:
	case <-time.After(patience):
		ts.Fatalf("no request reached %s", args[0])
	}
}
