package console

import (
	"bytes"
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gorilla/mux"
	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// call is one call of the API at work. An operation reads it, and changes the
// console through it.
type call struct {
	console   *Console
	operation *schema.Operation // nil: unknown
	request   *http.Request     // without its body
	ctx       context.Context   // of the request, with the clock's hold
	path      map[string]string // what stands in the names of the operation's path
	query     url.Values
	body      any // as Operation.Check gives it; nil: none
	by        sender.Person
	left      standing // of the rate
	status    int      // of the answer; 0: the operation's
	notes     []string // what was accepted and is not documented
	about     string   // the incident that was read
	entered   bool     // an entry of this call is on the timeline
	number    string   // the id of the request, where the platform gives it one
}

// ServeHTTP answers one call of the platform's API. What happened, or why it was
// refused, is on the timeline before the answer leaves.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.calls.begin()
	defer c.calls.end()
	held, release := c.sender.Clock().Hold(r.Context())
	defer release()
	k := &call{console: c, request: r, ctx: held}
	answer := k.answer(w)
	c.toldAll()
	answer(w)
}

// answer carries the call out and returns what writes the answer.
func (k *call) answer(w http.ResponseWriter) func(http.ResponseWriter) {
	body, refused := k.carryOut(w)
	if refused != nil {
		body = k.refused(refused)
	} else if !k.entered {
		k.enter(Entry{What: Read, Incident: k.about})
	}
	return func(w http.ResponseWriter) {
		header := w.Header()
		header.Set("Content-Type", "application/json; charset=utf-8")
		k.console.door.head(k, header)
		if k.status != http.StatusNoContent {
			header.Set("Content-Length", strconv.Itoa(len(body)))
		}
		w.WriteHeader(k.status)
		_, _ = w.Write(body) // who has gone is not told
	}
}

// write is the body of an answer that succeeds.
func (k *call) write(value any) ([]byte, *refusal) {
	if k.status == 0 {
		k.status = k.operation.Answer
	}
	if k.status == http.StatusNoContent {
		return nil, nil
	}
	body, err := encode(k.console.door.success(k, value))
	if err != nil {
		return nil, k.fails("the answer cannot be written: %v", err)
	}
	return body, nil
}

func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// refused puts the refusal on the timeline and returns the body of its answer.
func (k *call) refused(r *refusal) []byte {
	api, known := k.console.api.Errors[r.name]
	if !known {
		r = k.fails("api.json has no error %s for: %s", r.name, r.why)
		api = k.console.api.Errors[r.name]
	}
	k.status = api.HTTP
	k.enter(Entry{What: Refused, Incident: k.about, Reason: strings.TrimSuffix(api.Message, ".") + ": " + r.why})
	body, err := encode(k.console.door.failure(k, api, r))
	if err != nil {
		panic(err) // a door that cannot say no
	}
	return body
}

// fails is the refusal of what is our own fault.
func (k *call) fails(why string, args ...any) *refusal { return k.refuse(failed, why, args...) }

func (k *call) refuse(why reason, text string, args ...any) *refusal {
	return refuse(k.console.door.refusals[why], text, args...)
}

// carryOut asks for all that every operation asks for, and then carries out the
// call's; what it returns is the body of the answer. A panic is a refusal, and
// nothing of the console is locked then.
func (k *call) carryOut(w http.ResponseWriter) (body []byte, refused *refusal) {
	defer func() {
		if p := recover(); p != nil {
			body, refused = nil, k.fails("panic: %v", p)
		}
	}()
	steps := []func() *refusal{
		k.find, k.authorize, k.count, k.checkQuery, func() *refusal { return k.read(w) }, k.identify,
	}
	for _, step := range steps {
		if refused := step(); refused != nil {
			return nil, refused
		}
	}
	value, refused := k.console.door.operations[k.operation.Name](k)
	if refused != nil {
		return nil, refused
	}
	return k.write(value)
}

// find finds the operation.
func (k *call) find() *refusal {
	var match mux.RouteMatch
	found := k.console.router.Match(k.request, &match)
	switch {
	case errors.Is(match.MatchErr, mux.ErrMethodMismatch):
		return k.refuse(noMethod, "%s is no method of %s", shortened(k.request.Method), shortened(k.request.URL.Path))
	case !found || match.Route == nil:
		return k.refuse(noRoute, "no operation has the path %s", shortened(k.request.URL.Path))
	}
	k.operation, _ = k.console.api.Operation(match.Route.GetName())
	k.path = match.Vars
	return nil
}

func (k *call) authorize() *refusal {
	key := k.console.door.key(k.request)
	switch {
	case key == "":
		return k.refuse(noKey, "no key; documented: %s", k.console.door.keyForm)
	case subtle.ConstantTimeCompare([]byte(key), []byte(k.console.settings.key)) != 1:
		return k.refuse(noKey, "another key than the console's")
	}
	return nil
}

func (k *call) count() *refusal {
	left, ok := k.console.rates.take(k.console.clock())
	k.left = left
	if ok {
		return nil
	}
	return k.refuse(tooMany, "%d calls in %s are all used; there are more in %s", left.limit, left.per, left.reset.Round(time.Millisecond))
}

// checkQuery reads the query and asks whether it is as documented.
func (k *call) checkQuery() *refusal {
	var err error
	if k.query, err = url.ParseQuery(k.request.URL.RawQuery); err != nil {
		return k.refuse(badInput, "the query cannot be read: %v", err)
	}
	return k.check(k.operation.CheckQuery(k.query))
}

// read reads the body and asks whether it is as documented.
func (k *call) read(w http.ResponseWriter) *refusal {
	most := k.console.limits.body
	body, err := io.ReadAll(http.MaxBytesReader(w, k.request.Body, most))
	var larger *http.MaxBytesError
	switch {
	case errors.As(err, &larger):
		return k.refuse(tooLarge, "the body has more than %d bytes", most)
	case err != nil:
		return k.refuse(badInput, "the body did not come whole: %v", err)
	}
	if refused := k.checkType(body); refused != nil {
		return refused
	}
	value, found := k.operation.Check(body)
	k.body = value
	return k.check(found)
}

// checkType asks whether a body is of the type that is documented.
func (k *call) checkType(body []byte) *refusal {
	want := k.console.limits.media
	if want == "" || len(body) == 0 {
		return nil
	}
	sent := k.request.Header.Get("Content-Type")
	if media, _, err := mime.ParseMediaType(sent); err == nil && media == want {
		return nil
	}
	why := fmt.Sprintf("Content-Type: %s; documented: %s", shortened(sent), want)
	if _, refuses := k.console.door.refusals[badType]; refuses {
		return k.refuse(badType, "%s", why)
	}
	k.note(why)
	return nil
}

// check notes what is no more than odd, and refuses what is wrong.
func (k *call) check(found []schema.Violation) *refusal {
	for _, v := range found {
		if v.Severity == schema.SeverityWarning {
			k.note(v.String())
		}
	}
	wrong := schema.Errors(found)
	if len(wrong) == 0 {
		return nil
	}
	var why []string
	for _, v := range wrong {
		why = append(why, strings.TrimPrefix(v.String(), "error "))
	}
	r := k.refuse(badInput, "%s", strings.Join(why, "; "))
	r.breaks = wrong
	return r
}

// identify asks who calls.
func (k *call) identify() *refusal {
	if k.operation.From && k.request.Header.Get("From") == "" {
		return k.refuse(noFrom, "header From: missing; documented: the e-mail address of a user")
	}
	var refused *refusal
	k.by, refused = k.console.door.caller(k)
	return refused
}

// note says what was accepted and is not documented.
func (k *call) note(text string) { k.notes = append(k.notes, text) }

// enter puts entries on the timeline as this call's.
func (k *call) enter(entries ...Entry) {
	k.console.mu.Lock()
	defer k.console.mu.Unlock()
	k.console.enter(k.mine(entries)...)
}

// mine says on entries by whom and by which call they were made.
func (k *call) mine(entries []Entry) []Entry {
	for n := range entries {
		e := &entries[n]
		e.By, e.Call, e.Status = k.by, k.request.Method+" "+k.request.URL.Path, k.status
		if e.Status == 0 && k.operation != nil {
			e.Status = k.operation.Answer
		}
		e.Call = shortened(e.Call)
		e.Notes, k.notes = append(e.Notes, k.notes...), nil
	}
	k.entered = k.entered || len(entries) > 0
	return entries
}

// shortened makes what a stranger sent fit for a line.
func shortened(text string) string {
	const most = 200
	if len(text) <= most && strings.IndexFunc(text, odd) < 0 {
		return text
	}
	quoted := strconv.QuoteToGraphic(text)
	quoted = quoted[1 : len(quoted)-1]
	if len(quoted) > most {
		quoted = strings.ToValidUTF8(quoted[:most], "") + "..."
	}
	return quoted
}

// odd reports whether a letter is not shown as it is.
func odd(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }
