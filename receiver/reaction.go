package receiver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// The bounds of reactions.
const (
	DefaultReactionTimeout = 10 * time.Second // a whole call
	maxReactions           = 64               // calls at the same time
	maxExpanded            = 1 << 20          // bytes of an expanded text
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
// neutral name of the push, and nothing else. In a URL the value is escaped, in
// a JSON body it is escaped as in a string. A request that lacks the name makes
// the reaction an error in the entry; redirects are not followed.
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
			if !strings.HasPrefix(found, "${request.") {
				return fmt.Errorf("%s in %q: only ${request.NAME} is known here", found, shown(text))
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

// reactor carries out reactions.
type reactor struct {
	client  *http.Client
	timeout time.Duration
	slots   chan struct{}
}

// newReactor makes a client that does what a reaction says and no more: no
// proxy, no redirect, no repeat, no connection left behind.
func newReactor(timeout time.Duration) *reactor {
	return &reactor{
		timeout: timeout,
		slots:   make(chan struct{}, maxReactions),
		client: &http.Client{
			Transport:     &http.Transport{DisableKeepAlives: true, DisableCompression: true, DialContext: (&net.Dialer{}).DialContext},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// run carries r out for the request; false when it was done before and is due
// once only.
func (k *reactor) run(ctx context.Context, j *Journal, index int, r Reaction, request *Request) (Reacted, bool) {
	done := Reacted{Call: redactCall(r.Call)}
	key, err := r.onceKey(index, request)
	if err != nil {
		done.Error = err.Error()
		return done, true
	}
	if key != "" && !j.claim(key) {
		return Reacted{}, false
	}
	begun := time.Now()
	done.Call, done.Status, err = k.call(ctx, r, request)
	done.Took = time.Since(begun)
	if err != nil {
		done.Error = shown(withoutURL(err).Error())
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

func (k *reactor) call(ctx context.Context, r Reaction, request *Request) (call string, status int, err error) {
	call = redactCall(r.Call)
	if err := r.Check(); err != nil {
		return call, 0, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, k.timeout, fmt.Errorf("no answer within %s", k.timeout))
	defer cancel()
	req, err := r.request(ctx, request)
	if err != nil {
		return call, 0, err
	}
	call = req.Method + " " + schema.RedactURL(req.URL.String())
	select {
	case k.slots <- struct{}{}:
		defer func() { <-k.slots }()
	case <-ctx.Done():
		return call, 0, context.Cause(ctx)
	}
	resp, err := k.client.Do(req)
	if err != nil {
		if ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		return call, 0, err
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the answer was taken whole
	return call, resp.StatusCode, nil
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

// request makes the HTTP request with every ${request.NAME} filled in.
func (r Reaction) request(ctx context.Context, from *Request) (*http.Request, error) {
	method, target, _ := strings.Cut(r.Call, " ")
	target, err := expand(strings.TrimSpace(target), from, forURL)
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

var reference = regexp.MustCompile(`\$\{[^}]*\}`)

// expand fills in ${request.NAME}; as says how a value is written at an offset
// of the text.
func expand(text string, from *Request, as func(value any, before string) string) (string, error) {
	var b strings.Builder
	last := 0
	for _, at := range reference.FindAllStringIndex(text, -1) {
		name := strings.TrimSuffix(strings.TrimPrefix(text[at[0]:at[1]], "${request."), "}")
		value, ok := from.Values[name]
		if !ok || value == nil {
			return "", fmt.Errorf("${request.%s}: the request has no %s", shown(name), shown(name))
		}
		b.WriteString(text[last:at[0]])
		b.WriteString(as(value, text[:at[0]]))
		if last = at[1]; b.Len() > maxExpanded {
			return "", fmt.Errorf("the expanded text is longer than %d bytes", maxExpanded)
		}
	}
	b.WriteString(text[last:])
	return b.String(), nil
}

func plain(value any, _ string) string {
	if s, ok := value.(string); ok {
		return s
	}
	return marshal(value)
}

// forURL keeps a value one segment of the path or one value of the query,
// whatever it holds.
func forURL(value any, before string) string {
	if strings.Contains(before, "?") {
		return url.QueryEscape(plain(value, ""))
	}
	escaped := url.PathEscape(plain(value, ""))
	if escaped == "." || escaped == ".." {
		escaped = strings.ReplaceAll(escaped, ".", "%2E")
	}
	return escaped
}

// inJSON writes the inside of a JSON string; other values as they are.
func inJSON(value any, _ string) string {
	s, ok := value.(string)
	if !ok {
		return marshal(value)
	}
	quoted := marshal(s)
	return quoted[1 : len(quoted)-1]
}

// marshal writes a value that came from JSON; it always can.
func marshal(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Sprint(value)
	}
	return string(text)
}
