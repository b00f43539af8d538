package report

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"sort"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// Exchange writes the request of a delivery and the answer to its newest
// attempt, as lines that begin with > and <. Secrets are redacted,
// those of secretHeaders beside the well-known ones, and bytes that a terminal
// could act on are escaped.
func Exchange(w io.Writer, d sender.Delivery, secretHeaders ...string) error {
	push := d.Push
	push.Header = push.Header.Clone()
	for _, h := range d.Press.Header {
		push.Header.Add(h.Name, h.Value)
	}
	var b bytes.Buffer
	writeRequest(&b, push, d.URL, secretHeaders)
	a := d.Last()
	switch {
	case len(d.Attempts) == 0:
		b.WriteString("< (nothing was sent)\n")
	case a.Status == 0:
		b.WriteString("< (no answer)\n")
	default:
		fmt.Fprintf(&b, "< %d %s\n", a.Status, http.StatusText(a.Status))
		writeHeader(&b, "<", schema.RedactHeader(a.Header, secretHeaders...))
		writeBody(&b, "<", hideQuery(d.URL, a.Body), a.BodyBytes-int64(len(a.Body)))
	}
	_, err := w.Write(b.Bytes())
	return err
}

// Asked writes a request as Exchange does, without an answer.
func Asked(w io.Writer, push schema.Push, url string, secretHeaders ...string) error {
	var b bytes.Buffer
	writeRequest(&b, push, url, secretHeaders)
	_, err := w.Write(b.Bytes())
	return err
}

func writeRequest(b *bytes.Buffer, push schema.Push, to string, secretHeaders []string) {
	target, host := to, ""
	if u, err := url.Parse(to); err == nil {
		target, host = u.RequestURI(), u.Host
	}
	fmt.Fprintf(b, "> %s %s HTTP/1.1\n", Clean(push.Method), Clean(schema.RedactURL(target)))
	fmt.Fprintf(b, "> Host: %s\n", Clean(host))
	writeHeader(b, ">", schema.RedactHeader(push.Header, secretHeaders...))
	writeBody(b, ">", hideQuery(to, push.Body), 0)
}

func writeHeader(b *bytes.Buffer, mark string, h http.Header) {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, value := range h[name] {
			fmt.Fprintf(b, "%s %s: %s\n", mark, Clean(name), Clean(value))
		}
	}
}

// hideQuery takes the secrets of the endpoint's URL out of a body: a platform may
// write into its push where it sends it.
func hideQuery(endpoint string, body []byte) []byte {
	return []byte(schema.RedactText(string(body), schema.SecretsIn(endpoint)))
}

func writeBody(b *bytes.Buffer, mark string, body []byte, rest int64) {
	fmt.Fprintf(b, "%s\n", mark)
	if len(body) > 0 {
		for _, line := range bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n")) {
			fmt.Fprintf(b, "%s %s\n", mark, Clean(string(line)))
		}
	}
	if rest > 0 {
		fmt.Fprintf(b, "%s (%d more bytes)\n", mark, rest)
	}
}
