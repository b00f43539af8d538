package receiver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// The bounds of reactions.
const (
	DefaultReactionTimeout = 10 * time.Second // a whole call
	maxReactions           = 64               // calls at the same time
	maxExpanded            = 1 << 20          // bytes of an expanded text
	maxAnswer              = 64 << 10         // bytes of an answer
)

// When a reaction is carried out, and how often: Reaction.When and OncePer.
const (
	Before          = "before"
	After           = "after"
	OncePerEventID  = "event_id"
	OncePerIncident = "incident"
)

// Reaction is what the endpoint goes on to do: one HTTP call. Call is
// "METHOD URL" and may, as Body and Headers may, hold ${request.NAME} with a
// neutral name of the push, ${request.body./POINTER} with what stands in the
// push's body, and ${answer./POINTER} with what stands in the answer to the
// reaction before, or ${answer.N./POINTER} in that to the Nth, from 1. What is not
// there makes the reaction an error in the entry; redirects are not followed.
//
// In a URL a value is escaped, but for one that the URL begins with: a link is
// followed as it is. In a JSON body it is escaped as in a string; a string that is
// nothing else takes the value as it is, a number as a number.
//
// A refused request and one that CheckSeen knows have no reactions. Under
// WithRecordOnly nothing is refused.
type Reaction struct {
	Call    string
	Body    string
	Headers map[string]string
	When    string // Before or After the answer; "" is after
	OncePer string // "", OncePerEventID or OncePerIncident: claimed by the first request, whether the call works or not
}

// Check returns what is wrong with r itself, for whoever reads it from a file.
func (r Reaction) Check() error {
	if r.When != "" && r.When != Before && r.When != After {
		return fmt.Errorf("when %q: before or after would do", r.When)
	}
	if r.OncePer != "" && r.OncePer != OncePerEventID && r.OncePer != OncePerIncident {
		return fmt.Errorf("once_per %q: event_id or incident would do", r.OncePer)
	}
	method, target, ok := strings.Cut(r.Call, " ")
	if !ok || !isToken(method) || strings.TrimSpace(target) == "" {
		return fmt.Errorf("call %q: a method and a URL would do, as in POST http://127.0.0.1:8080/hosts", r.Call)
	}
	for _, text := range append([]string{r.Call, r.Body}, values(r.Headers)...) {
		for _, found := range reference.FindAllString(text, -1) {
			if !strings.HasPrefix(found, "${request.") && !strings.HasPrefix(found, "${answer.") {
				return fmt.Errorf("%s in %q: only ${request.NAME}, ${request.body./POINTER} and ${answer./POINTER} are known here", found, shown(text))
			}
		}
	}
	for name := range r.Headers {
		if !isToken(name) {
			return fmt.Errorf("header %q: no name of a header", name)
		}
	}
	return nil
}

func values(m map[string]string) []string {
	out := make([]string, 0, len(m))
	for _, v := range m {
		out = append(out, v)
	}
	return out
}

// Network makes the connections of reactions. A *net.Dialer is one, and so is
// anything in memory.
type Network interface {
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
}

// reactor carries out reactions.
type reactor struct {
	client  *http.Client
	timeout time.Duration
	slots   chan struct{}
}

// newReactor makes a client that does what a reaction says and no more: no
// proxy, no redirect, no repeat, no connection left behind.
func newReactor(timeout time.Duration, network Network) *reactor {
	return &reactor{
		timeout: timeout,
		slots:   make(chan struct{}, maxReactions),
		client: &http.Client{
			Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: network.DialContext},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// run carries r out for what it knows; false when it was done before and is due
// once only. The answer is known to the reaction behind it.
func (k *reactor) run(ctx context.Context, j *Journal, index int, r Reaction, from *known) (Reacted, bool) {
	done := Reacted{Call: redactCall(r.Call)}
	key, err := r.onceKey(index, from.request)
	if err != nil {
		done.Error = err.Error()
		return done, true
	}
	if key != "" && !j.claim(key) {
		return Reacted{}, false
	}
	begun := time.Now()
	var body []byte
	done.Call, body, done.Status, err = k.call(ctx, r, from)
	done.Took = time.Since(begun)
	if err != nil {
		done.Error = shown(withoutURL(err).Error())
	} else {
		from.keep(index, body)
	}
	return done, true
}

func (r Reaction) onceKey(index int, request *Request) (string, error) {
	if r.OncePer == "" {
		return "", nil
	}
	v := request.text(r.OncePer)
	if v == "" {
		return "", fmt.Errorf("once_per %s: the request has no %s", r.OncePer, r.OncePer)
	}
	return fmt.Sprintf("%d %s %s", index, r.OncePer, v), nil
}

func (k *reactor) call(ctx context.Context, r Reaction, from *known) (call string, body []byte, status int, err error) {
	call = redactCall(r.Call)
	if err := r.Check(); err != nil {
		return call, nil, 0, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, k.timeout, fmt.Errorf("no answer within %s", k.timeout))
	defer cancel()
	req, err := r.request(ctx, from)
	if err != nil {
		return call, nil, 0, err
	}
	call = req.Method + " " + schema.RedactURL(req.URL.String())
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return call, nil, 0, context.Cause(ctx)
	}
	resp, err := k.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return call, nil, 0, err
	}
	defer resp.Body.Close()
	body, _ = io.ReadAll(io.LimitReader(resp.Body, maxAnswer)) // so that the answer was taken whole
	return call, body, resp.StatusCode, nil
}

func redactCall(call string) string {
	method, target, _ := strings.Cut(call, " ")
	return method + " " + schema.RedactURL(target)
}

// withoutURL strips what net/http puts before an error: the URL with its
// secrets.
func withoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// request makes the HTTP request with every reference filled in.
func (r Reaction) request(ctx context.Context, from *known) (*http.Request, error) {
	method, target, _ := strings.Cut(r.Call, " ")
	target, err := expand(strings.TrimSpace(target), from, inURL)
	if err != nil {
		return nil, err
	}
	as := plain
	if strings.HasPrefix(strings.TrimSpace(r.Body), "{") || strings.HasPrefix(strings.TrimSpace(r.Body), "[") {
		as = inJSON
	}
	body, err := expand(r.Body, from, as)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return nil, withoutURL(err)
	}
	req.GetBody = nil // net/http repeats nothing by itself
	if body != "" {
		req.Header.Set("Content-Type", contentType([]byte(body)))
	}
	for name, text := range r.Headers {
		value, err := expand(text, from, plain)
		if err != nil {
			return nil, err
		}
		if !fieldValue(value) {
			return nil, fmt.Errorf("header %s: the value holds a control character", name)
		}
		if http.CanonicalHeaderKey(name) == "Host" {
			req.Host = value
			continue
		}
		req.Header.Set(name, value)
	}
	return req, nil
}
