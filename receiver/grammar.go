package receiver

import (
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"os"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// The bounds of what a behavior may ask for.
const (
	MaxDelay        = 24 * time.Hour
	MaxResponseFile = 1 << 20 // bytes of a "body file"
	maxFirst        = 1_000_000
	maxTurns        = 1_000
)

// BehaviorError says what is wrong with the text of a behavior, and where.
type BehaviorError struct {
	Text    string
	Column  int    // of the word at fault, in characters from 1
	Problem string // `unknown word "rset"`
	Hint    string // `did you mean "reset"?`, "" for none
}

// Error writes `behavior "first 2 rset", column 9: unknown word "rset"; did you mean "reset"?`.
func (e *BehaviorError) Error() string {
	s := fmt.Sprintf("behavior %s, column %d: %s", strconv.Quote(e.Text), e.Column, e.Problem)
	if e.Hint != "" {
		s += "; " + e.Hint
	}
	return s
}

// ParseOption changes how ParseBehavior reads.
type ParseOption func(*parser)

// BodiesFrom lets "body file NAME" read files below root, and nothing outside
// of it. Without it the step is an error.
func BodiesFrom(root *os.Root) ParseOption { return func(p *parser) { p.root = root } }

// ParseBehavior reads a behavior:
//
//	behavior = turn { "then" turn }
//	turn     = [ "first" N ] step { "+" step }
//	step     = "delay" DURATION            before the status: late headers; after it: a late body; after the body: a late end
//	         | "status" CODE
//	         | "redirect" [CODE] TARGET    302 without a code
//	         | "header" NAME VALUE         after the status
//	         | "body" TEXT | "body base64" TEXT | "body file" NAME
//	         | "hang" | "close" | "reset"  the end: nothing more, FIN, RST
//
// Steps happen in the order in which they stand. Words are split at spaces;
// TEXT and VALUE reach to the next " + " or " then ". base64 is the URL alphabet
// without padding, which needs no quotes in YAML. A turn without "first" is one
// request, the last turn is all others. A turn that writes nothing else answers
// with status 200. An error is a *BehaviorError.
//
//	first 2 reset then status 200
//	delay 900ms + status 200
//	status 429 + header Retry-After 30 then status 200
func ParseBehavior(text string, opts ...ParseOption) (Behavior, error) {
	p := &parser{text: text, words: split(text)}
	for _, o := range opts {
		o(p)
	}
	turns, err := p.behavior()
	if err != nil {
		return nil, err
	}
	if len(turns) == 1 {
		return turns[0].Behavior, nil
	}
	return NewTurns(turns...), nil
}

// word is one word with its column, in characters from 1.
type word struct {
	text   string
	column int
}

func split(text string) []word {
	var out []word
	column := 0
	inside := false
	for _, r := range text {
		column++
		if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
			inside = false
			continue
		}
		if !inside {
			out = append(out, word{column: column})
			inside = true
		}
		out[len(out)-1].text += string(r)
	}
	return out
}

type parser struct {
	text  string
	words []word
	at    int
	root  *os.Root
}

// stage is how far a turn has got.
type stage int

const (
	beforeHead stage = iota
	afterHead
	afterBodyDelay
	afterBody
	afterEndDelay
	afterEnd
)

func (p *parser) behavior() ([]Turn, error) {
	if !utf8.ValidString(p.text) {
		return nil, &BehaviorError{Text: p.text, Column: 1, Problem: "the text is not UTF-8"}
	}
	var turns []Turn
	for {
		begin := p.peek()
		t, err := p.turn()
		if err != nil {
			return nil, err
		}
		turns = append(turns, t)
		if p.at == len(p.words) {
			if t.First > 0 {
				return nil, p.wrong(begin, "nothing is said for the requests after the first "+strconv.Itoa(t.First), `add "then status 200", or leave "first" out of the last turn`)
			}
			return turns, nil
		}
		if len(turns) == maxTurns {
			return nil, p.wrong(p.peek(), fmt.Sprintf("more than %d turns", maxTurns), "")
		}
		p.at++ // "then"
		if t.First == 0 {
			turns[len(turns)-1].First = 1
		}
	}
}

func (p *parser) turn() (Turn, error) {
	t := Turn{}
	if p.peek().text == "first" {
		p.at++
		n, err := p.number("first", 1, maxFirst)
		if err != nil {
			return t, err
		}
		t.First = n
	}
	a, at := Answer{}, beforeHead
	for {
		begin := p.peek()
		if err := p.step(&a, &at); err != nil {
			return t, err
		}
		switch next := p.peek(); next.text {
		case "+":
			p.at++
		case "then", "":
			a.Status = a.status()
			t.Behavior = a
			return t, p.whole(begin, a)
		default:
			return t, p.wrong(next, fmt.Sprintf("%q after a whole step", next.text), `join steps with "+", turns with "then"`)
		}
	}
}

// whole finds what only the whole turn shows.
func (p *parser) whole(at word, a Answer) error {
	if a.Status != 0 && !bodyAllowed(a.Status) && (len(a.Body) > 0 || a.BodyDelay > 0 || a.EndDelay > 0 || a.End != Answered) {
		return p.wrong(at, fmt.Sprintf("an answer with status %d has no body", a.Status), "it ends with its headers; put the delay before the status")
	}
	return nil
}

func (p *parser) step(a *Answer, at *stage) error {
	w := p.peek()
	f, ok := steps[w.text]
	if !ok {
		return p.unknown(w)
	}
	p.at++
	if *at == afterEnd {
		return p.wrong(w, fmt.Sprintf("%q after %q", w.text, string(a.End)), "nothing follows on that connection")
	}
	return f(p, w, a, at)
}

// steps are the words that begin a step.
var steps = map[string]func(*parser, word, *Answer, *stage) error{
	"delay":    (*parser).delay,
	"status":   (*parser).status,
	"redirect": (*parser).redirect,
	"header":   (*parser).header,
	"body":     (*parser).bodyStep,
	"hang":     (*parser).end,
	"close":    (*parser).end,
	"reset":    (*parser).end,
}

func (p *parser) delay(w word, a *Answer, at *stage) error {
	value := p.peek()
	d, err := p.duration(value)
	if err != nil {
		return err
	}
	p.at++
	switch *at {
	case beforeHead:
		if a.Delay > 0 {
			return p.wrong(w, "a second delay before the status", "one delay with the sum would do")
		}
		a.Delay = d
	case afterHead:
		a.BodyDelay, *at = d, afterBodyDelay
	case afterBody:
		a.EndDelay, *at = d, afterEndDelay
	default:
		return p.wrong(w, "a second delay in the same place", "one delay with the sum would do")
	}
	return nil
}

func (p *parser) duration(w word) (time.Duration, error) {
	d, err := time.ParseDuration(w.text)
	switch {
	case w.text == "" || w.text == "+" || w.text == "then":
		return 0, p.wrong(w, "delay of how long?", "900ms, 1.5s or 2m would do")
	case err != nil:
		if _, bare := strconv.ParseFloat(w.text, 64); bare == nil {
			return 0, p.wrong(w, fmt.Sprintf("%q has no unit", w.text), fmt.Sprintf("%sms or %ss?", w.text, w.text))
		}
		return 0, p.wrong(w, fmt.Sprintf("%q is no duration", w.text), "900ms, 1.5s or 2m would do")
	case d <= 0 || d > MaxDelay:
		return 0, p.wrong(w, fmt.Sprintf("%q is out of bounds", w.text), "more than 0 and at most 24h would do")
	}
	return d, nil
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
	if to.text == "" || to.text == "+" || to.text == "then" {
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
	if !isToken(name.text) || name.text == "then" || name.text == "+" {
		return p.wrong(name, fmt.Sprintf("%q is no name of a header", name.text), `"header Retry-After 30"`)
	}
	p.at++
	key := http.CanonicalHeaderKey(name.text)
	if key == "Content-Length" || key == "Transfer-Encoding" || key == "Trailer" {
		return p.wrong(name, key+" is written by the receiver itself", "leave it out")
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
	if *at == beforeHead {
		*at = afterHead // of the status 200 that goes without saying
	}
	if *at > afterBodyDelay {
		return p.wrong(w, "a second body", "")
	}
	*at = afterBody
	var err error
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

func (p *parser) end(w word, a *Answer, at *stage) error {
	a.End, *at = End(w.text), afterEnd
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

func (p *parser) rest() (words []string) {
	for w := p.peek(); w.text != "" && w.text != "+" && w.text != "then"; w = p.peek() {
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

// peek returns the next word; at the end an empty one behind the text.
func (p *parser) peek() word {
	if p.at < len(p.words) {
		return p.words[p.at]
	}
	return word{column: utf8.RuneCountInString(strings.TrimRight(p.text, " \t\r\n")) + 1}
}

func (p *parser) number(of string, low, high int) (int, error) {
	w := p.peek()
	n, err := strconv.Atoi(w.text)
	if err != nil || n < low || n > high || strconv.Itoa(n) != w.text {
		found := strconv.Quote(w.text)
		if w.text == "" {
			found = "nothing"
		}
		return 0, p.wrong(w, fmt.Sprintf("%s after %q", found, of), fmt.Sprintf("a number from %d to %d would do", low, high))
	}
	p.at++
	return n, nil
}

func (p *parser) wrong(at word, problem, hint string) error {
	return &BehaviorError{Text: p.text, Column: at.column, Problem: problem, Hint: hint}
}

func (p *parser) unknown(w word) error {
	known := make([]string, 0, len(steps))
	for name := range steps {
		known = append(known, name)
	}
	sort.Strings(known)
	if w.text == "" || w.text == "then" || w.text == "+" {
		return p.wrong(w, "a step is missing", "one of "+strings.Join(known, ", "))
	}
	if near := nearest(w.text, append(known, "first")); near != "" {
		return p.wrong(w, fmt.Sprintf("unknown word %q", w.text), fmt.Sprintf("did you mean %q?", near))
	}
	return p.wrong(w, fmt.Sprintf("unknown word %q", w.text), "one of "+strings.Join(known, ", "))
}

// nearest returns the word that w may have been meant as, "" for none.
func nearest(w string, known []string) string {
	best, at := "", 3 // at most two slips
	if len(w) > 32 {
		return ""
	}
	for _, k := range known {
		if d := distance(w, k); d < at && d < len(k) {
			best, at = k, d
		}
	}
	return best
}

// distance counts the characters to insert, delete or replace.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}

// fieldValue reports whether s can stand in a header: no CR, LF, NUL or other
// control character but tab.
func fieldValue(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return true
}

// String gives the text that ParseBehavior reads.
func (a Answer) String() string {
	if a.plain() {
		return "status " + strconv.Itoa(a.status())
	}
	var steps []string
	add := func(words ...string) { steps = append(steps, strings.Join(words, " ")) }
	if a.Delay > 0 {
		add("delay", a.Delay.String())
	}
	switch status := a.status(); {
	case a.Redirect != "" && status == http.StatusFound:
		add("redirect", a.Redirect)
	case a.Redirect != "":
		add("redirect", strconv.Itoa(status), a.Redirect)
	case status != 0:
		add("status", strconv.Itoa(status))
	}
	names := make([]string, 0, len(a.Header))
	for name := range a.Header {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, value := range a.Header[name] {
			add(strings.TrimRight("header "+name+" "+spelled([]byte(value)), " "))
		}
	}
	if a.BodyDelay > 0 {
		add("delay", a.BodyDelay.String())
	}
	switch {
	case a.BodyFile != "":
		add("body file", a.BodyFile)
	case len(a.Body) > 0:
		add("body", spelled(a.Body))
	}
	if a.EndDelay > 0 {
		add("delay", a.EndDelay.String())
	}
	if a.End != Answered {
		add(string(a.End))
	}
	return strings.Join(steps, " + ")
}

// plain reports whether a is a status and nothing else, which most are.
func (a Answer) plain() bool {
	return a.Delay == 0 && a.Redirect == "" && len(a.Header) == 0 && a.BodyDelay == 0 && len(a.Body) == 0 && a.BodyFile == "" &&
		a.EndDelay == 0 && a.End == Answered
}

// spelled writes text as inline reads it: as it is where words and single
// spaces say all, else as base64.
func spelled(text []byte) string {
	s := string(text)
	words := split(s)
	plain := make([]string, len(words))
	for i, w := range words {
		plain[i] = w.text
		if w.text == "+" || w.text == "then" || i == 0 && (w.text == "base64" || w.text == "file") || !fieldValue(w.text) {
			plain = nil
			break
		}
	}
	if utf8.ValidString(s) && strings.Join(plain, " ") == s {
		return s
	}
	return "base64 " + base64.RawURLEncoding.EncodeToString(text)
}
