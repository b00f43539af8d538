package receiver

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

// stage is how far a turn has got.
type stage int

const (
	beforeHead stage = iota
	accepted         // below HTTP
	afterHead
	afterCut
	afterHeadDelay
	afterBodyDelay
	afterBody
	afterMidDelay // or the delay before the end
	afterRest
	afterEndDelay
	afterFlaw // only an end follows
	afterEnd
)

func (p *parser) step(a *Answer, at *stage) error {
	w := p.peek()
	f, ok := steps[w.text]
	if !ok {
		return p.unknown(w)
	}
	p.at++
	if *at == afterEnd {
		return p.wrong(w, fmt.Sprintf("%q after %q", w.text, cmp.Or(string(a.End), string(a.Flaw.Kind))), "nothing follows on that connection")
	}
	if ending := w.text == "hang" || w.text == "close" || w.text == "reset" || w.text == "stall"; !ending {
		switch {
		case *at == accepted && w.text != "delay":
			return p.wrong(w, fmt.Sprintf("%q after \"accept\"", w.text), "no request is read there: delay, hang, close or reset would do")
		case *at == afterCut && w.text != "delay":
			return p.wrong(w, fmt.Sprintf("%q after \"cut headers\"", w.text), "hang, close or reset would do")
		case *at == afterFlaw:
			return p.wrong(w, fmt.Sprintf("%q after %q", w.text, string(a.Flaw.Kind)), "hang, close or reset would do")
		}
	}
	return f(p, w, a, at)
}

// steps are the words that begin a step.
var steps = map[string]func(*parser, word, *Answer, *stage) error{
	"big":      (*parser).flaw,
	"many":     (*parser).flaw,
	"chunks":   (*parser).flaw,
	"gzip":     (*parser).flaw,
	"garbage":  (*parser).flaw,
	"endless":  (*parser).flaw,
	"drip":     (*parser).drip,
	"delay":    (*parser).delay,
	"status":   (*parser).status,
	"redirect": (*parser).redirect,
	"header":   (*parser).header,
	"length":   (*parser).length,
	"cut":      (*parser).cut,
	"body":     (*parser).bodyStep,
	"tls":      (*parser).handshake,
	"accept":   (*parser).accept,
	"read":     (*parser).accept,
	"stall":    (*parser).end,
	"hang":     (*parser).end,
	"close":    (*parser).end,
	"reset":    (*parser).end,
}

func (p *parser) status(w word, a *Answer, at *stage) error {
	n, err := p.number("status", 200, 999)
	if err != nil {
		return err
	}
	if *at != beforeHead {
		return p.wrong(w, "a second status", `turns are joined with "then"`)
	}
	a.Status, *at = n, afterHead
	return nil
}

func (p *parser) redirect(w word, a *Answer, at *stage) error {
	if *at != beforeHead {
		return p.wrong(w, "a redirect after the status", `"redirect 307 /path" names its own status`)
	}
	if n, err := strconv.Atoi(p.peek().text); err == nil {
		if n < 300 || n > 399 {
			return p.wrong(p.peek(), fmt.Sprintf("%d is no redirect", n), "300 to 399 would do")
		}
		a.Status = n
		p.at++
	}
	to := p.peek()
	if p.over(to) {
		return p.wrong(to, "redirect to where?", "/path or a URL would do")
	}
	if !fieldValue(to.text) {
		return p.wrong(to, "a control character in the target", "")
	}
	p.at++
	a.Redirect, *at = to.text, afterHead
	return nil
}

func (p *parser) header(w word, a *Answer, at *stage) error {
	if *at != afterHead {
		return p.wrong(w, "a header stands directly after the status", `"status 200 + header Retry-After 30"`)
	}
	name := p.peek()
	if !isToken(name.text) || p.over(name) {
		return p.wrong(name, fmt.Sprintf("%q is no name of a header", name.text), `"header Retry-After 30"`)
	}
	p.at++
	key := http.CanonicalHeaderKey(name.text)
	if key == "Content-Length" || key == "Transfer-Encoding" || key == "Trailer" {
		hint := "leave it out"
		if key == "Content-Length" {
			hint = `leave it out, or lie with "length 1000"`
		}
		return p.wrong(name, key+" is written by the receiver itself", hint)
	}
	begin := p.peek()
	value, err := p.inline()
	if err != nil {
		return err
	}
	if !fieldValue(string(value)) {
		return p.wrong(begin, "a control character in the header's value", "")
	}
	if a.Header == nil {
		a.Header = http.Header{}
	}
	a.Header[key] = append(a.Header[key], string(value))
	return nil
}

func (p *parser) bodyStep(w word, a *Answer, at *stage) error {
	var err error
	switch {
	case *at == afterMidDelay:
		a.MidDelay, a.EndDelay, *at = a.EndDelay, 0, afterRest
		begin := p.peek()
		if a.Rest, err = p.inline(); err == nil && len(a.Rest) == 0 {
			return p.wrong(begin, "a body of what?", "leave it out for none")
		}
		return err
	case *at > afterBodyDelay:
		return p.wrong(w, "a second body", `"body half + delay 1s + body rest" comes in two parts`)
	}
	a.Cut, *at = false, afterBody
	if p.peek().text == "file" {
		a.Body, a.BodyFile, err = p.file()
		return err
	}
	begin := p.peek()
	if a.Body, err = p.inline(); err == nil && len(a.Body) == 0 {
		return p.wrong(begin, "a body of what?", "leave it out for none")
	}
	return err
}

// length is the Content-Length of a body that is broken off.
func (p *parser) length(w word, a *Answer, at *stage) error {
	if *at != afterHead {
		return p.wrong(w, "a length stands directly after the status and its headers", `"status 200 + length 1000 + body half + close"`)
	}
	if a.Length > 0 {
		return p.wrong(w, "a second length", "")
	}
	n, err := p.number("length", 1, MaxLength)
	a.Length, p.lengthAt = int64(n), w
	if err != nil || p.peek().text != "and" {
		return err
	}
	p.at++
	n, err = p.number("and", 1, MaxLength)
	a.OtherLength = int64(n)
	return err
}

func (p *parser) cut(w word, a *Answer, at *stage) error {
	if next := p.peek(); next.text != "headers" {
		return p.wrong(next, "cut what?", `"cut headers" would do`)
	}
	p.at++
	switch {
	case *at != afterHead:
		return p.wrong(w, `"cut headers" stands directly after the status and its headers`, `"status 200 + header X-A b + cut headers + close"`)
	case a.Length > 0:
		return p.wrong(w, `"cut headers" after a length`, "headers that are cut have no body: leave one of them out")
	case a.Flaw.ofBody():
		return p.wrong(w, fmt.Sprintf("\"cut headers\" after %q", string(a.Flaw.Kind)), "headers that are cut have no body: leave one of them out")
	}
	a.Cut, *at = true, afterCut
	return nil
}

// accept begins a turn below HTTP, and so does read.
func (p *parser) accept(w word, a *Answer, at *stage) error {
	if *at != beforeHead || a.Delay > 0 || a.HandshakeDelay > 0 {
		return p.wrong(w, fmt.Sprintf("%q is the first step of its turn", w.text), fmt.Sprintf(`"%s + delay 1s + reset"`, w.text))
	}
	p.below, p.read, *at = true, w.text == "read", accepted
	return nil
}

func (p *parser) end(w word, a *Answer, at *stage) error {
	end := End(w.text)
	switch next := p.peek(); {
	case w.text == "close" && next.text == "unread":
		end = CloseUnread
		p.at++
	case w.text == "close" && next.text == "next" && *at != accepted:
		end = CloseNext
		p.at++
	case w.text == "stall" && next.text != "tls":
		return p.wrong(next, "stall what?", `"stall tls" would do`)
	case w.text == "stall":
		end = StallTLS
		p.at++
	}
	if end == CloseUnread || end == StallTLS {
		if p.read {
			return p.wrong(w, fmt.Sprintf("%q after \"read\"", string(end)), "hang, close or reset would do")
		}
		if a.HandshakeDelay > 0 {
			return p.wrong(w, fmt.Sprintf("%q after \"tls delay\"", string(end)), "a status follows, or hang, close or reset")
		}
		if *at > accepted {
			return p.wrong(w, fmt.Sprintf("%q after a status", string(end)), "it is below HTTP: no request is read there, none is answered")
		}
		p.below = true
	}
	a.End, *at = end, afterEnd
	return nil
}

// inline reads text up to the step's end; "base64 TEXT" is any bytes.
func (p *parser) inline() ([]byte, error) {
	begin := p.peek()
	words := p.rest()
	if begin.text != "base64" {
		return []byte(strings.Join(words, " ")), nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.Join(words[1:], ""))
	if err != nil {
		return nil, p.wrong(begin, "what follows is not base64", "the URL alphabet without padding, as in base64 aGVsbG8")
	}
	return raw, nil
}

// over reports whether w is no part of the step any more. "else" is one only
// where a choice waits for it.
func (p *parser) over(w word) bool {
	return w.text == "" || w.text == "+" || w.text == "then" || w.text == "else" && p.nested > 0
}

func (p *parser) rest() (words []string) {
	for w := p.peek(); !p.over(w); w = p.peek() {
		words = append(words, w.text)
		p.at++
	}
	return words
}

// file reads a response file below the root that the caller opened.
func (p *parser) file() ([]byte, string, error) {
	begin := p.peek()
	p.at++
	name := strings.Join(p.rest(), " ")
	if p.root == nil {
		return nil, "", p.wrong(begin, "there is no folder to read response files from here", `"body TEXT" would do`)
	}
	body, err := readResponse(p.root, name)
	if err != nil {
		return nil, "", p.wrong(begin, fmt.Sprintf("response file %q: %v", name, err), "")
	}
	return body, name, nil
}

// readResponse looks before it opens: opening a fifo would wait for a writer.
func readResponse(root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("not a regular file")
	case info.Size() > MaxResponseFile:
		return nil, fmt.Errorf("%d bytes; at most %d would do", info.Size(), MaxResponseFile)
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	body, err := io.ReadAll(io.LimitReader(f, MaxResponseFile+1))
	if len(body) > MaxResponseFile {
		return nil, fmt.Errorf("it grew over %d bytes", MaxResponseFile)
	}
	return body, err
}
