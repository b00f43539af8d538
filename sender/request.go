package sender

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/hookdrill/hookdrill/schema"
)

// wireRequest is a push as bytes and where they go.
type wireRequest struct {
	method  string
	secure  bool   // over TLS
	host    string // the name that is resolved and that the certificate must bear
	address string // HOST:PORT of the endpoint
	shown   string // the URL without its secrets

	written *bytes.Buffer // head and body as they go on the wire; another request's after free
}

// bytes are the request's, until free.
func (r *wireRequest) bytes() []byte { return r.written.Bytes() }

// buffers are those in which requests are written.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// free gives the bytes back when no attempt writes them any more.
func (r *wireRequest) free() {
	const room = 64 << 10 // a large body's buffer is not kept
	if r.written.Cap() <= room {
		r.written.Reset()
		buffers.Put(r.written)
	}
}

// newWireRequest writes push, aimed at target, in HTTP/1.1. It goes in absolute
// form to a plain proxy. net/http writes it, in one piece: every attempt of one push
// has the same bytes.
func newWireRequest(push schema.Push, target, proxy *url.URL) (wireRequest, error) {
	r := wireRequest{method: push.Method, secure: target.Scheme == "https"}
	header := push.Header.Clone()
	if header == nil {
		header = http.Header{}
	}
	if _, set := header["User-Agent"]; !set {
		header["User-Agent"] = []string{""} // none, in place of net/http's own
	}
	plain := proxy != nil && !r.secure
	if plain {
		if authorization := proxyAuthorization(proxy); authorization != "" {
			header.Set("Proxy-Authorization", authorization)
		}
	}
	request := &http.Request{Method: push.Method, URL: target, Header: header, Body: http.NoBody, ContentLength: int64(len(push.Body))}
	if len(push.Body) > 0 {
		request.Body = io.NopCloser(bytes.NewReader(push.Body))
	}
	r.written = buffers.Get().(*bytes.Buffer)
	r.written.Grow(len(push.Body) + 1<<10)
	write := request.Write
	if plain {
		write = request.WriteProxy
	}
	if err := write(r.written); err != nil {
		return wireRequest{}, fmt.Errorf("write the request: %w", err)
	}
	host, err := hostOf(r.bytes(), target)
	if err != nil {
		return wireRequest{}, err
	}
	r.host, r.address = host, net.JoinHostPort(host, portOf(target))
	return r, nil
}

// hostOf returns the name under which the endpoint is looked up: what the
// request's Host line says, where an international name stands in its ASCII
// form; an IPv6 address comes from the URL, because the line has no zone.
func hostOf(request []byte, target *url.URL) (string, error) {
	name := target.Hostname()
	if strings.Contains(name, ":") {
		return name, nil
	}
	_, rest, _ := bytes.Cut(request, []byte("\r\nHost: "))
	line, _, _ := bytes.Cut(rest, []byte("\r\n"))
	host, _, _ := strings.Cut(string(line), ":")
	if host == "" {
		return "", fmt.Errorf("%w: %q is no host name", ErrBadURL, name)
	}
	return host, nil
}

// portOf returns u's port, or the one of its scheme.
func portOf(u *url.URL) string {
	switch port := u.Port(); {
	case port != "":
		return port
	case u.Scheme == "https":
		return "443"
	}
	return "80"
}
