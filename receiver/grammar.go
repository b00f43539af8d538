package receiver

import (
	"fmt"
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
	MaxLength       = 1 << 30 // bytes that a "length" may promise
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
//	turn     = [ "first" N ] ( step { "+" step } | below )
//	step     = "delay" DURATION            before the status: late headers; after it: a late body; after the body: a late end
//	         | "status" CODE
//	         | "redirect" [CODE] TARGET    302 without a code
//	         | "header" NAME VALUE         after the status
//	         | "body" TEXT | "body base64" TEXT | "body file" NAME
//	         | "length" N                  after the headers: a Content-Length of more than there is of the body, for one that is broken off
//	         | "cut headers"               after the headers: without the empty line that ends them; an end follows
//	         | "hang" | "close" | "reset"  the end: nothing more, FIN, RST
//	below    = "accept" [ "+" "delay" DURATION ] "+" ( "hang" | "close" | "reset" )
//	         | [ "delay" DURATION "+" ] ( "close unread" | "stall tls" )
//
// A turn "below" is below HTTP (see Fault) and takes the next connection before
// anything of it is read; every other turn takes the next request. So "first 2
// accept + reset then status 200" resets two connections and answers all
// requests that come on later ones. On a connection that was open before, the
// request that meets a turn below HTTP takes it.
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
//	status 200 + length 1000 + body half + reset
//	first 1 stall tls then status 200
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

	// of the turn at hand
	below    bool // it is below HTTP
	lengthAt word // where its length stands
}

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
	p.below, p.lengthAt = false, word{}
	for {
		begin := p.peek()
		if err := p.step(&a, &at); err != nil {
			return t, err
		}
		switch next := p.peek(); next.text {
		case "+":
			p.at++
		case "then", "":
			if p.below {
				t.Behavior = Fault{Delay: a.Delay, End: a.End}
				return t, p.ended(next, a, "accept")
			}
			a.Status = a.status()
			t.Behavior = a
			return t, p.whole(begin, next, a)
		default:
			return t, p.wrong(next, fmt.Sprintf("%q after a whole step", next.text), `join steps with "+", turns with "then"`)
		}
	}
}

// whole finds what only the whole turn shows.
func (p *parser) whole(at, next word, a Answer) error {
	switch {
	case a.Cut:
		return p.ended(next, a, "cut headers")
	case a.Length > 0 && a.Length <= int64(len(a.Body)):
		return p.wrong(p.lengthAt, fmt.Sprintf("length %d for a body of %d bytes", a.Length, len(a.Body)), "a length is for a body that is broken off, and more than that; the true one is written without")
	case a.Length > 0 && !bodyAllowed(a.Status):
		at = p.lengthAt
	case a.Length > 0 && a.End == Answered:
		return p.ended(next, a, "length")
	}
	if a.Status != 0 && !bodyAllowed(a.Status) && (len(a.Body) > 0 || a.Length > 0 || a.BodyDelay > 0 || a.EndDelay > 0 || a.End != Answered) {
		return p.wrong(at, fmt.Sprintf("an answer with status %d has no body", a.Status), "it ends with its headers; put the delay before the status")
	}
	return nil
}

// ended asks for an end after what leaves none of its own.
func (p *parser) ended(next word, a Answer, after string) error {
	if a.End != Answered {
		return nil
	}
	return p.wrong(next, fmt.Sprintf("%q, and then?", after), "hang, close or reset would end it")
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
