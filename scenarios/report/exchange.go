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
	var b bytes.Buffer
	a := d.Last()
	target, host := d.URL, ""
	if u, err := url.Parse(d.URL); err == nil {
		target, host = u.RequestURI(), u.Host
	}
	fmt.Fprintf(&b, "> %s %s HTTP/1.1\n", Clean(d.Push.Method), Clean(schema.RedactURL(target)))
	fmt.Fprintf(&b, "> Host: %s\n", Clean(host))
	header := d.Push.Header.Clone()
	for _, h := range d.Press.Header {
		header.Add(h.Name, h.Value)
	}
	writeHeader(&b, ">", schema.RedactHeader(header, secretHeaders...))
	writeBody(&b, ">", d.Push.Body, int64(len(d.Push.Body)))
	if a.Status != 0 {
		fmt.Fprintf(&b, "< %d %s\n", a.Status, http.StatusText(a.Status))
		writeHeader(&b, "<", schema.RedactHeader(a.Header, secretHeaders...))
		writeBody(&b, "<", a.Body, a.BodyBytes)
	} else {
		b.WriteString("< (no answer)\n")
	}
	_, err := w.Write(b.Bytes())
	return err
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

func writeBody(b *bytes.Buffer, mark string, body []byte, all int64) {
	fmt.Fprintf(b, "%s\n", mark)
	if len(body) > 0 {
		for _, line := range bytes.Split(bytes.TrimSuffix(body, []byte("\n")), []byte("\n")) {
			fmt.Fprintf(b, "%s %s\n", mark, Clean(string(line)))
		}
	}
	if rest := all - int64(len(body)); rest > 0 {
		fmt.Fprintf(b, "%s (%d more bytes)\n", mark, rest)
	}
}
