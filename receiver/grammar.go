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
	MaxBigHeader    = 4 << 20 // bytes of a "big header"
	maxFirst        = 1_000_000
	maxTurns        = 1_000
	maxChoices      = 100
	maxDrip         = 1 << 20
	maxHeaders      = 100_000
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
//	turn     = [ "first" N ] [ "limit" N "per" DURATION ] one
//	one      = ( "every" N | "chance" PERCENT ) one "else" one
//	         | "fault" NAME               the one of that name in Faults
//	         | step { "+" step } | below
//	step     = "tls" "delay" DURATION      first: a late answer to the client's hello, where there is TLS
//	         | "delay" DURATION            before the status: late headers; after it: a late body; after the body: a late end
//	         | "delay" LATENCY             before the status: another delay for each request
//	         | "drip" N "every" DURATION   before the status: the whole answer so slowly; after it: its body
//	         | "status" CODE
//	         | "redirect" [CODE] TARGET    302 without a code; "itself" and "plaintext" (http in place of https) are targets too
//	         | "header" NAME VALUE         after the status
//	         | "big header" BYTES | "many headers" N
//	         | "body" TEXT | "body base64" TEXT | "body file" NAME
//	         | "length" N [ "and" M ]      after the headers: a Content-Length that is not that of the body; with M a second one
//	         | "chunks bad size" | "chunks without end" | "gzip cut" | "gzip lie"
//	         | "cut headers"               after the headers: without the empty line that ends them; an end follows, or a delay after which they go on
//	         | "garbage"                   in place of the status: a line that is no HTTP
//	         | "endless 100" | "endless 103" | "endless headers" | "endless body"
//	         | "hang" | "close" | "reset"  the end: nothing more, FIN, RST
//	         | "close next"                the end: a whole answer, and FIN as the next request on the connection begins to come
//	below    = ( "accept" | "read" ) [ "+" "delay" DURATION ] "+" ( "hang" | "close" | "reset" )
//	         | [ "delay" DURATION "+" ] ( "close unread" | "stall tls" )
//	LATENCY  = "uniform" FROM TO | "normal" MEAN DEVIATION | "lognormal" MEDIAN P99
//	         | "quantiles" PERCENT DURATION { PERCENT DURATION }
//
// A limit answers so many requests in each span, and 429 with a Retry-After to the
// others. A body after a delay after the body is the rest of it: "body half + delay 1s +
// body rest". For a status that has no body, a length says that one is meant:
// "status 204 + length 5 + body hello".
//
// A turn "below" is below HTTP (see Fault) and takes the next connection before
// anything of it is read; every other turn takes the next request. So "first 2
// accept + reset then status 200" resets two connections and answers all
// requests that come on later ones. On a connection that was open before, the
// request that meets a turn below HTTP takes it. A turn with a "tls delay" is taken
// by the next connection, too, and answers its first request.
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
//	every 3 reset else chance 10% delay 2s + status 200 else status 200
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

	nested int // choices so far

	// of the turn at hand
	below    bool // it is below HTTP
	read     bool // and read first
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
	var err error
	if p.peek().text == "limit" {
		t.Behavior, err = p.quota()
	} else {
		t.Behavior, err = p.one()
	}
	if err != nil {
		return t, err
	}
	if next := p.peek(); next.text != "then" && next.text != "" {
		return t, p.wrong(next, fmt.Sprintf("%q after a whole turn", next.text), `"else" belongs to "every" and "chance", turns are joined with "then"`)
	}
	return t, nil
}

// one reads a behavior without turns, up to what it does not know.
func (p *parser) one() (Behavior, error) {
	switch p.peek().text {
	case "every", "chance":
		return p.choice()
	case "fault":
		p.at++
		return p.fault()
	}
	a, at := Answer{}, beforeHead
	p.below, p.read, p.lengthAt = false, false, word{}
	for {
		begin := p.peek()
		if err := p.step(&a, &at); err != nil {
			return nil, err
		}
		switch next := p.peek(); next.text {
		case "+":
			p.at++
		case "then", "else", "":
			if p.below {
				return Fault{Read: p.read, Delay: a.Delay, End: a.End}, p.ended(next, a, "accept")
			}
			if a.HeadDelay > 0 && a.End == Answered {
				a.Cut = false // they go on
			}
			a.Status = a.status()
			return a, p.whole(begin, next, a)
		default:
			return nil, p.wrong(next, fmt.Sprintf("%q after a whole step", next.text), `join steps with "+", turns with "then"`)
		}
	}
}

// whole finds what only the whole turn shows.
func (p *parser) whole(at, next word, a Answer) error {
	bodyless := a.Status != 0 && !bodyAllowed(a.Status)
	switch {
	case a.Cut:
		return p.ended(next, a, "cut headers")
	case a.Length > 0 && a.OtherLength == 0 && a.Length == a.whole() && !bodyless:
		return p.wrong(p.lengthAt, fmt.Sprintf("length %d for a body of %d bytes", a.Length, a.whole()), "a length is for a body that has another; the true one is written without")
	case a.Length > 0 && a.Flaw.ofBody():
		return p.wrong(p.lengthAt, fmt.Sprintf("a length with %q", string(a.Flaw.Kind)), "leave one of them out")
	case a.Length > a.whole() && a.OtherLength == 0 && bodyless:
		at = p.lengthAt
	case a.Length > a.whole() && a.OtherLength == 0 && a.End == Answered:
		return p.ended(next, a, "length")
	case a.End == CloseNext && (a.rough() || a.Length > 0 || a.EndDelay > 0):
		return p.wrong(next, `"close next" after an answer that is not whole`, `"close" would do: no client asks again on that connection`)
	case bodyless && a.Length > 0 && a.Length == a.whole():
		return nil
	}
	if bodyless && (a.whole() > 0 || a.Length > 0 || a.BodyDelay > 0 || a.EndDelay > 0 || a.Flaw.ofBody() || a.End == Hang || a.End == Close || a.End == Reset) {
		return p.wrong(at, fmt.Sprintf("an answer with status %d has no body", a.Status), "it ends with its headers; put the delay before the status, or say with its length that it has one")
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
	if p.over(w) {
		return p.wrong(w, "a step is missing", "one of "+strings.Join(known, ", "))
	}
	if near := nearest(w.text, append(known, "first", "every", "chance", "fault", "limit")); near != "" {
		return p.wrong(w, fmt.Sprintf("unknown word %q", w.text), fmt.Sprintf("did you mean %q?", near))
	}
	return p.wrong(w, fmt.Sprintf("unknown word %q", w.text), "one of "+strings.Join(known, ", "))
}
