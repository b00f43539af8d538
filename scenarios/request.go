package scenarios

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// answerWithin bounds a request that is no press, connecting and reading
// included.
const answerWithin = 10 * time.Second

// request sends what is no press. What came of it is in the Answer; an error says
// that it was not sent.
func (p *play) request(ctx context.Context, r RequestStep) (*Answer, error) {
	target, err := url.Parse(r.URL)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("request %s: no URL with a host", brief(r.URL))
	}
	for _, s := range p.seats {
		if at, err := url.Parse(s.url); err == nil && s.real() && at.Host == target.Host && len(s.Hosts) > 0 {
			return nil, fmt.Errorf("not sent: endpoint %s is real and takes presses about %s only (hosts:); what a request does nobody can tell", s.name, strings.Join(s.Hosts, ", "))
		}
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerWithin, fmt.Errorf("no whole answer within %s", answerWithin))
	defer cancel()
	began := time.Now()
	a := &Answer{}
	if r.Raw != "" {
		err = p.raw(ctx, target, r.Raw, a)
	} else {
		err = p.fetch(ctx, target, r, a)
	}
	a.Took = time.Since(began)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		a.Status, a.Error = 0, err.Error()
	}
	return a, nil
}

// fetch sends an HTTP request over a connection of its own.
func (p *play) fetch(ctx context.Context, target *url.URL, r RequestStep, a *Answer) error {
	method := r.Method
	if method == "" {
		if method = http.MethodGet; r.Body != "" {
			method = http.MethodPost
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, target.String(), strings.NewReader(r.Body))
	if err != nil {
		return err
	}
	for name, value := range r.Header {
		if strings.EqualFold(name, "Host") {
			request.Host = value
			continue
		}
		request.Header.Set(name, value)
	}
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: p.connecting().DialContext, TLSClientConfig: p.trusting()}
	response, err := transport.RoundTrip(request)
	if err != nil {
		return err
	}
	return a.read(response)
}

// raw writes bytes as they are and reads one answer.
func (p *play) raw(ctx context.Context, target *url.URL, text string, a *Answer) error {
	host := target.Host
	if target.Port() == "" {
		host = net.JoinHostPort(target.Hostname(), map[bool]string{true: "443", false: "80"}[target.Scheme == "https"])
	}
	conn, err := p.connecting().DialContext(ctx, "tcp", host)
	if err != nil {
		return err
	}
	if target.Scheme == "https" {
		config := p.trusting()
		config.ServerName = target.Hostname()
		conn = tls.Client(conn, config)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if _, err := io.WriteString(conn, text); err != nil {
		return err
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return err
	}
	return a.read(response)
}

// read takes in a whole answer.
func (a *Answer) read(response *http.Response) error {
	defer response.Body.Close()
	a.Status, a.Header = response.StatusCode, response.Header
	var err error
	a.Body, err = io.ReadAll(io.LimitReader(response.Body, maxCountBytes))
	return err
}

// trusting is a TLS configuration that trusts the mocks.
func (p *play) trusting() *tls.Config {
	config := &tls.Config{NextProtos: []string{"http/1.1"}}
	if pem := p.authorities(); pem != nil {
		config.RootCAs = x509.NewCertPool()
		config.RootCAs.AppendCertsFromPEM(pem)
	}
	return config
}
