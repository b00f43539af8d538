package receiver

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

var reference = regexp.MustCompile(`\$\{[^}]*\}`)

// The roots of what a reaction can refer to.
const (
	requestRoot = "request."
	bodyRoot    = "body."
	answerRoot  = "answer."
)

// known is what the reactions to one request can refer to. One after the other
// uses it.
type known struct {
	request *Request
	push    *document         // the request's body; nil until it is asked for
	answers map[int]*document // by the index of the reaction that they were given to
	newest  int               // of them
}

// keep remembers the answer to the reaction of that index.
func (k *known) keep(index int, body []byte) {
	if k.answers == nil {
		k.answers = map[int]*document{}
	}
	k.answers[index], k.newest = &document{bytes: body}, index
}

// answer finds what "/POINTER" or "N./POINTER" means: the newest answer, or that
// to the reaction of that number, from 1.
func (k *known) answer(ref string) (d *document, pointer, what string) {
	number, rest, numbered := strings.Cut(ref, ".")
	n, err := strconv.Atoi(number)
	if !numbered || err != nil {
		return k.answers[k.newest], ref, "the answer"
	}
	return k.answers[n-1], rest, "answer " + number
}

// value returns what stands for ${ref}: a string, or any other JSON value.
func (k *known) value(ref string) (any, error) {
	if pointer, is := strings.CutPrefix(ref, answerRoot); is {
		d, pointer, what := k.answer(pointer)
		if d == nil {
			return nil, fmt.Errorf("${%s}: no reaction before this one has an answer", shown(ref))
		}
		return d.at(pointer, what)
	}
	name := strings.TrimPrefix(ref, requestRoot)
	if pointer, is := strings.CutPrefix(name, bodyRoot); is {
		if k.push == nil {
			k.push = &document{bytes: k.request.Body}
		}
		return k.push.at(pointer, "the request's body")
	}
	if value, ok := k.request.Values[name]; ok && value != nil {
		return value, nil
	}
	return nil, fmt.Errorf("${%s}: the request has no %s", shown(ref), shown(name))
}

// document is a body of which members are asked for. It is read once.
type document struct {
	bytes []byte
	read  bool
	tree  schema.Tree
	err   error
}

// at returns what stands at a JSON pointer; what names the document for an error.
func (d *document) at(pointer, what string) (any, error) {
	if !d.read {
		d.read = true
		d.tree, d.err = schema.ReadTree(d.bytes)
	}
	if d.err != nil {
		return nil, fmt.Errorf("%s is no JSON: %w", what, d.err)
	}
	var path []string
	if pointer != "" {
		for _, token := range strings.Split(strings.TrimPrefix(pointer, "/"), "/") {
			path = append(path, unescapeToken.Replace(token))
		}
	}
	found, ok := d.tree.At(path...)
	if !ok {
		return nil, fmt.Errorf("nothing at %s of %s: %s", shown(pointer), what, escaped(d.tree.Nearest(path...)))
	}
	if written := found.JSON(); written[0] != '"' {
		return json.RawMessage(written), nil
	}
	return found.String(), nil
}

var unescapeToken = strings.NewReplacer("~1", "/", "~0", "~")

// writing says how a value is written into a text.
type writing int

// The ways to write a value.
const (
	plain  writing = iota // texts as they are, everything else as JSON
	inURL                 // one segment of the path, or one value of the query, whatever it holds
	inJSON                // inside a string of a JSON body
)

// expand fills in the references of text.
func expand(text string, from *known, as writing) (string, error) {
	var b strings.Builder
	last := 0
	for _, at := range reference.FindAllStringIndex(text, -1) {
		begin, end := at[0], at[1]
		value, err := from.value(text[begin+2 : end-1])
		if err != nil {
			return "", err
		}
		if _, isText := value.(string); as == inJSON && !isText && isWhole(text, begin, end) {
			begin, end = begin-1, end+1 // a number stays one
		}
		b.WriteString(text[last:begin])
		b.WriteString(as.write(value, text[:begin]))
		if last = end; b.Len() > maxExpanded {
			return "", fmt.Errorf("the expanded text is longer than %d bytes", maxExpanded)
		}
	}
	b.WriteString(text[last:])
	return b.String(), nil
}

// isWhole reports whether what stands from begin to end is all of a string that is
// a value of a JSON text.
func isWhole(text string, begin, end int) bool {
	opens := strings.HasSuffix(text[:begin], `"`) && !strings.HasSuffix(text[:begin], `\"`)
	return opens && strings.HasPrefix(text[end:], `"`) && !strings.HasPrefix(strings.TrimLeft(text[end+1:], " \t\r\n"), ":")
}

// write writes a value behind the text before.
func (w writing) write(value any, before string) string {
	text, isText := value.(string)
	if !isText {
		text = marshal(value)
	}
	switch {
	case w == inURL && before == "":
		return text // a link
	case w == inURL && strings.Contains(before, "?"):
		return url.QueryEscape(text)
	case w == inURL:
		return segment(text)
	case w == inJSON && isText:
		quoted := marshal(text)
		return quoted[1 : len(quoted)-1]
	default:
		return text
	}
}

// segment keeps a value one segment of a path.
func segment(text string) string {
	escaped := url.PathEscape(text)
	if escaped == "." || escaped == ".." {
		escaped = strings.ReplaceAll(escaped, ".", "%2E")
	}
	return escaped
}

// marshal writes a value that came from JSON; it always can.
func marshal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
