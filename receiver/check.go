package receiver

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"maps"
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/hookdrill/hookdrill/schema"
)

// Check is one test of a request with the status that it answers when it finds
// something. Status 0 or 200 is a finding only. Func gets the receiver's
// profile, nil for an endpoint that no platform pushes to.
type Check struct {
	Name   string
	Status int
	Func   func(*schema.Profile, *Request) []schema.Violation

	secret string // the header whose value is a secret, for CheckHeader
	seen   bool   // run by the journal, which alone knows earlier requests

	compile func(*schema.Profile) // what no request is to wait for; nil: nothing
}

// The statuses that the checks answer when nobody says otherwise.
const (
	DefaultMethodStatus      = http.StatusMethodNotAllowed
	DefaultSourceStatus      = http.StatusForbidden
	DefaultHeaderStatus      = http.StatusUnauthorized
	DefaultClientCertStatus  = http.StatusForbidden
	DefaultContentTypeStatus = http.StatusUnsupportedMediaType
	DefaultSchemaStatus      = http.StatusBadRequest
	DefaultSeenStatus        = http.StatusOK // a finding: answered as ever, but no reaction
)

// DefaultChecks are those of an endpoint that an action pushes to: method,
// content type and schema (lenient). The order for more is method, source,
// header, content_type, schema, seen.
func DefaultChecks() []Check {
	return []Check{
		CheckMethod(DefaultMethodStatus),
		CheckContentType(DefaultContentTypeStatus),
		CheckSchema(schema.Lenient, DefaultSchemaStatus),
	}
}

// CheckMethod refuses every method but the one that the profile documents (fact
// "method"), or POST.
func CheckMethod(status int) Check {
	return Check{Name: "method", Status: status, Func: func(p *schema.Profile, r *Request) []schema.Violation {
		want, source := documentedMethod(p)
		if r.Method == want {
			return nil
		}
		return one("method", shown(r.Method), want, source)
	}}
}

func documentedMethod(p *schema.Profile) (method, source string) {
	if p == nil {
		return http.MethodPost, "RFC 9110"
	}
	f, _ := p.Fact("method")
	return p.Method(), f.Source
}

// CheckHeader refuses a request that lacks the header, has it twice, or has
// another value. Values are compared in constant time and never told.
func CheckHeader(name, value string, status int) Check {
	name = http.CanonicalHeaderKey(name)
	want := sha256.Sum256([]byte(value))
	return Check{Name: "header", Status: status, secret: name, Func: func(_ *schema.Profile, r *Request) []schema.Violation {
		documented := name + " with the configured value"
		switch values := r.Header[name]; len(values) {
		case 0:
			return one("header", name+" is missing", documented, "")
		case 1:
			got := sha256.Sum256([]byte(values[0])) // equal lengths, so that the comparison tells nothing
			if subtle.ConstantTimeCompare(got[:], want[:]) == 1 {
				return nil
			}
			return one("header", name+" has another value", documented, "")
		default:
			return one("header", fmt.Sprintf("%s stands %d times", name, len(values)), documented, "")
		}
	}}
}

// CheckContentType refuses everything but one Content-Type header that says
// application/json, in any case, with charset utf-8 or none.
func CheckContentType(status int) Check {
	return Check{Name: "content_type", Status: status, Func: func(_ *schema.Profile, r *Request) []schema.Violation {
		const documented = "one Content-Type header: application/json, charset utf-8 or none"
		values := r.Header["Content-Type"]
		if len(values) == 1 && isJSON(values[0]) {
			return nil
		}
		switch len(values) {
		case 0:
			return one("content_type", "no Content-Type header", documented, "")
		case 1:
			return one("content_type", shown(values[0]), documented, "")
		default:
			return one("content_type", fmt.Sprintf("%d Content-Type headers", len(values)), documented, "")
		}
	}}
}

// CheckClientCertificate refuses a request whose client showed no certificate
// with the common name cn; "" is any that the profile documents (fact
// "client_certificate", by region). That the certificate can be trusted is for
// TLS to say: see WithClientCertificate.
func CheckClientCertificate(cn string, status int) Check {
	return Check{Name: "client_certificate", Status: status, Func: func(p *schema.Profile, r *Request) []schema.Violation {
		want, source := []string{cn}, ""
		if cn == "" {
			want, source = documentedClients(p)
		}
		if r.ClientCN != "" && slices.Contains(want, r.ClientCN) {
			return nil
		}
		found := "no client certificate"
		if r.ClientCN != "" {
			found = "CN=" + shown(r.ClientCN)
		}
		documented := "a client certificate, whose name is not documented"
		if len(want) > 0 {
			documented = "CN=" + strings.Join(want, " or CN=")
		}
		return one("client_certificate", found, documented, source)
	}}
}

// documentedClients returns the common names that the platform's client
// certificates have, sorted.
func documentedClients(p *schema.Profile) (names []string, source string) {
	if p == nil {
		return nil, ""
	}
	f, ok := p.Fact("client_certificate")
	byRegion := map[string]string{}
	if !ok || json.Unmarshal(f.Value, &byRegion) != nil {
		return nil, ""
	}
	return slices.Sorted(maps.Values(byRegion)), f.Source
}

func isJSON(contentType string) bool {
	if contentType == "application/json" {
		return true
	}
	kind, parameters, err := mime.ParseMediaType(contentType)
	if err != nil || kind != "application/json" {
		return false
	}
	charset, given := parameters["charset"]
	return !given || strings.EqualFold(charset, "utf-8")
}

// CheckSchema refuses a body that breaks what the profile documents. Warnings
// alone are told and do not refuse.
func CheckSchema(strength schema.Strength, status int) Check {
	return Check{
		Name: "schema", Status: status,
		Func:    func(p *schema.Profile, r *Request) []schema.Violation { return r.examine(p, strength) },
		compile: func(p *schema.Profile) { _ = p.Compile(strength) }, // each push is told of a mistake
	}
}

// CheckSeen finds a request whose event id came before in one that was not
// refused. No reaction follows it, whatever the status.
func CheckSeen(status int) Check {
	return Check{Name: "seen", Status: status, seen: true, Func: func(_ *schema.Profile, r *Request) []schema.Violation {
		if r.seenAs == 0 {
			return nil
		}
		return []schema.Violation{{
			Rule: "seen", Severity: schema.SeverityWarning, Found: "event id " + shown(r.text("event_id")) + " was accepted in request " + strconv.FormatInt(r.seenAs, 10),
			Documented: "an event may come again; it is acted on once",
		}}
	}}
}

func one(rule, found, documented, source string) []schema.Violation {
	return []schema.Violation{{Rule: rule, Severity: schema.SeverityError, Found: found, Documented: documented, Source: source}}
}

// run runs c; nil when it finds nothing that it should.
func (c Check) run(p *schema.Profile, r *Request) *Finding {
	vs := c.Func(p, r)
	if len(vs) == 0 {
		return nil
	}
	f := &Finding{Check: c.Name, Status: c.Status, Violations: vs}
	if !c.seen && len(schema.Errors(vs)) == 0 {
		f.Status = 0 // warnings refuse nothing
	}
	return f
}

// refusal is the body that answers a refused request.
type refusal struct {
	Check      string             `json:"check"`
	Status     int                `json:"status"`
	Violations []schema.Violation `json:"violations"`
}

// refuse answers with f. The body tells what is wrong in our words; what came
// in is quoted, shortened and escaped.
func refuse(w http.ResponseWriter, r *http.Request, f Finding) Done {
	body, err := json.Marshal(refusal(f))
	if err != nil {
		body = []byte(`{"check":"` + f.Check + `"}`)
	}
	a := Answer{Status: f.Status, Body: append(body, '\n'), Header: http.Header{
		"Content-Type": {"application/json"}, "X-Content-Type-Options": {"nosniff"},
	}}
	if f.Status == http.StatusMethodNotAllowed {
		a.Header.Set("Allow", http.MethodPost) // RFC 9110 wants one with a 405
	}
	if unread(f.Check) {
		a.Header.Set("Connection", "close") // what follows on this connection is not a request
	}
	done := a.Respond(w, r)
	done.Asked = fmt.Sprintf("refused by %s: status %d", f.Check, f.Status)
	return done
}

// unread reports whether the limit of that name leaves bytes of the body unread.
func unread(check string) bool {
	switch check {
	case "protocol", "target", "size", "encoding", "body":
		return true
	}
	return false
}
