package receiver

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"net/http"
	"strings"
)

// Flaw is something wrong with an answer beyond its times and its end.
type Flaw struct {
	Kind FlawKind // "" is none
	Size int      // of BigHeader bytes, of ManyHeaders lines
}

// FlawKind names a flaw, in the words of the grammar.
type FlawKind string

// The kinds of flaws. After those in place of an answer, and after those without
// end, nothing follows.
const (
	Garbage        FlawKind = "garbage"            // in place of an answer: a line that is no HTTP
	Endless100     FlawKind = "endless 100"        // in place of an answer: 100 Continue, over and over
	Endless103     FlawKind = "endless 103"        // in place of an answer: 103 Early Hints, over and over
	EndlessHeaders FlawKind = "endless headers"    // after the status: headers without end
	EndlessBody    FlawKind = "endless body"       // after the headers: a body without end, in chunks
	BigHeader      FlawKind = "big header"         // one header more, of Size bytes
	ManyHeaders    FlawKind = "many headers"       // Size headers more
	ChunksBadSize  FlawKind = "chunks bad size"    // the body in chunks, and then one whose size is no number
	ChunksUnended  FlawKind = "chunks without end" // the body in chunks, and no last chunk
	GzipCut        FlawKind = "gzip cut"           // the body in gzip, of which the end is missing
	GzipLie        FlawKind = "gzip lie"           // the body as it is, said to be gzip
)

// flawKinds are sorted.
var flawKinds = []FlawKind{
	BigHeader, ChunksBadSize, ChunksUnended, Endless100, Endless103, EndlessBody, EndlessHeaders, Garbage, GzipCut, GzipLie, ManyHeaders,
}

const (
	garbage  = "220 drill.invalid ready\r\n"
	badChunk = "size\r\n"
)

// headless reports whether no status line is written that counts.
func (f Flaw) headless() bool {
	return f.Kind == Garbage || f.Kind == Endless100 || f.Kind == Endless103
}

// endless reports whether it is written until the client has gone.
func (f Flaw) endless() bool { return strings.HasPrefix(string(f.Kind), "endless") }

// chunked reports whether the body is written in chunks, by hand.
func (f Flaw) chunked() bool {
	return f.Kind == ChunksBadSize || f.Kind == ChunksUnended || f.Kind == EndlessBody
}

// unfinished reports whether an end must follow.
func (f Flaw) unfinished() bool { return f.Kind == Garbage || f.chunked() }

// ofBody reports whether it is about the body.
func (f Flaw) ofBody() bool { return f.chunked() || f.Kind == GzipCut || f.Kind == GzipLie }

// fill writes the headers that the flaw consists in or needs.
func (f Flaw) fill(h http.Header) {
	switch f.Kind {
	case BigHeader:
		h["X-Big"] = []string{strings.Repeat("x", f.Size)}
	case ManyHeaders:
		for i := range f.Size {
			h[fmt.Sprintf("X-Line-%07d", i+1)] = []string{"x"}
		}
	case GzipCut, GzipLie:
		h["Content-Encoding"] = []string{"gzip"}
	}
}

// encode returns the body as it goes out.
func (f Flaw) encode(body []byte) []byte {
	if f.Kind != GzipCut || len(body) == 0 {
		return body
	}
	var whole bytes.Buffer
	w, _ := gzip.NewWriterLevel(&whole, gzip.NoCompression) // the level is a good one, and a buffer takes everything
	_, _ = w.Write(body)
	_ = w.Close()
	const trailer = 8 // checksum and size
	return whole.Bytes()[:whole.Len()-trailer-len(body)/2]
}

// unit is what is written over and over: about a kilobyte, so that a client that
// reads it all is kept busy by its size and not by its pieces.
func (f Flaw) unit() string {
	line := "X-Endless: " + strings.Repeat("x", 1000) + "\r\n"
	switch f.Kind {
	case Endless100:
		return "HTTP/1.1 100 Continue\r\n" + line + "\r\n"
	case Endless103:
		return "HTTP/1.1 103 Early Hints\r\n" + line + "\r\n"
	case EndlessBody:
		return "3e8\r\n" + strings.Repeat("x", 1000) + "\r\n"
	}
	return line
}

// block is a whole number of units.
func (f Flaw) block() []byte {
	unit := f.unit()
	return bytes.Repeat([]byte(unit), blockSize/len(unit))
}
