package console

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// The errors of Flashduty's API, by the names that api.json has for them, that
// its operations answer with.
const (
	invalidParameter = "InvalidParameter"
	notFound         = "ResourceNotFound"
	accessDenied     = "AccessDenied"
)

// flashdutyDoor speaks the Open API of Flashduty: every answer is 200 with
// request_id and data, or another status with request_id and error, and the id
// stands in a header too.
var flashdutyDoor = &door{
	operations: map[string]func(*call) (any, *refusal){
		"field-read-info":                flashdutyFieldInfo,
		"field-read-list":                flashdutyFieldList,
		"incidentAck":                    flashdutyAck,
		"incidentAlertList":              flashdutyAlerts,
		"incidentComment":                flashdutyComment,
		"incidentCreate":                 flashdutyCreate,
		"incidentCustomActionDo":         flashdutyPress,
		"incidentFeed":                   flashdutyFeed,
		"incidentFieldReset":             flashdutyFieldReset,
		"incidentInfo":                   flashdutyInfo,
		"incidentList":                   flashdutyList,
		"incidentListByIds":              flashdutyListByIDs,
		"incidentReopen":                 flashdutyReopen,
		"incidentReset":                  flashdutyReset,
		"incidentResolve":                flashdutyResolve,
		"incidentResponderAdd":           flashdutyAddResponders,
		"incidentSnooze":                 flashdutySnooze,
		"incidentUnack":                  flashdutyUnack,
		"incidentWake":                   flashdutyWake,
		"status-page-read-page-list":     flashdutyPages,
		"statusPageChangeActiveList":     flashdutyOpenChanges,
		"statusPageChangeCreate":         flashdutyChangeCreate,
		"statusPageChangeDelete":         flashdutyChangeDelete,
		"statusPageChangeInfo":           flashdutyChangeInfo,
		"statusPageChangeList":           flashdutyChanges,
		"statusPageChangeTimelineCreate": flashdutyUpdateCreate,
		"statusPageChangeTimelineDelete": flashdutyUpdateDelete,
		"statusPageChangeTimelineUpdate": flashdutyUpdateChange,
		"statusPageChangeUpdate":         flashdutyChangeUpdate,
		"statusPageInfo":                 flashdutyPage,
		"webhookHistoryDetail":           flashdutyHistoryDetail,
		"webhookHistoryList":             flashdutyHistory,
	},
	refusals: map[reason]string{
		noRoute: "RouteNotFound", noMethod: "MethodNotAllowed", noKey: "Unauthorized", tooMany: "RequestTooFrequently",
		tooLarge: "EntityTooLarge", badType: "InvalidContentType", badInput: invalidParameter, failed: "InternalError",
	},
	open:    openFlashduty,
	key:     func(r *http.Request) string { return r.URL.Query().Get("app_key") },
	keyForm: "?app_key=KEY",
	caller:  func(k *call) (sender.Person, *refusal) { return k.flashduty().owner, nil },
	head:    func(k *call, h http.Header) { h.Set("Flashcat-Request-Id", k.requestID()) },
	success: func(k *call, data any) any {
		return object{"request_id": k.requestID(), "data": data}
	},
	failure: func(k *call, e schema.APIError, r *refusal) any {
		return object{"request_id": k.requestID(), "error": object{"code": e.Code, "message": strings.TrimSuffix(e.Message, ".") + ": " + r.why}}
	},
	pattern: func(api *schema.API, kind string) string {
		var patterns map[string]string
		_ = json.Unmarshal(api.Facts["ids"].Value, &patterns) // openFlashduty has read it
		return patterns[kind]
	},
}

// nothing is the data of an answer that has none.
var nothing = object{}

// flashdutyAccount is what a console of Flashduty knows beside its state.
type flashdutyAccount struct {
	opened      time.Time
	owner       sender.Person // of the key: who presses when nobody says who
	id          any           // of the account, as its pushes carry it
	fields      []Field       // that the account defines
	fieldRules  fieldRules
	pageRules   pageRules
	transitions map[string]transition
	window      time.Duration
	zone        *time.Location // in which the history's times are written
	numbers     map[string]int
	message     string // of a press that was delivered: omitted or empty

	nums memo[*revision, string] // short id of an incident
}

// transition is from where to where an operation brings an incident.
type transition struct {
	From []Status
	To   Status
}

// openFlashduty reads what api.json has to say for the door, and what the push
// says about the account.
func openFlashduty(c *Console) (any, error) {
	a := &flashdutyAccount{opened: c.now()}
	err := errors.Join(a.readFacts(c.api), a.readPush(c.profile))
	if err == nil {
		a.fields, err = a.fieldRules.define(c.settings.fields)
	}
	return a, err
}

func (a *flashdutyAccount) readFacts(api *schema.API) error {
	var rules [2]error
	a.pageRules, rules[0] = readPageRules(api)
	a.fieldRules, rules[1] = readFieldRules(api)
	errs := rules[:]
	a.numbers = map[string]int{}
	for _, name := range []string{"page_size", "alert_page_size", "page_depth", "total_cap"} {
		n, ok := api.Int(name)
		errs = append(errs, unless(ok && n > 0, "api.json has no number as fact "+name))
		a.numbers[name] = n
	}
	durations := map[string]time.Duration{}
	for _, name := range []string{"window", "history_offset"} {
		d, ok := api.Duration(name)
		errs = append(errs, unless(ok, "api.json has no duration as fact "+name))
		durations[name] = d
	}
	a.window, a.zone = durations["window"], time.FixedZone("", int(durations["history_offset"].Seconds()))
	var patterns map[string]string // which the door reads when it makes an id
	errs = append(errs, fact(api, "ids", &patterns), fact(api, "transitions", &a.transitions), fact(api, "press_message", &a.message))
	return errors.Join(errs...)
}

// readPush reads who presses, and in whose account, in a push of which nobody
// says anything.
func (a *flashdutyAccount) readPush(p *schema.Profile) error {
	push, err := p.Compose(nil, schema.At(a.opened), schema.Seed(0))
	if err != nil {
		return err
	}
	var body struct {
		Person, Incident object
	}
	decoder := json.NewDecoder(bytes.NewReader(push.Body))
	decoder.UseNumber()
	if err := decoder.Decode(&body); err != nil {
		return fmt.Errorf("the push, which this API shows too: %w", err)
	}
	if body.Incident == nil {
		return errors.New("the push has no member incident, which this API shows")
	}
	a.owner = sender.Person{ID: fmt.Sprint(body.Person["person_id"]), Name: word(body.Person, "person_name"), Email: word(body.Person, "email")}
	a.id = body.Incident["account_id"]
	return nil
}

func fact(a *schema.API, name string, into any) error {
	if err := json.Unmarshal(a.Facts[name].Value, into); err != nil {
		return fmt.Errorf("api.json: fact %s: %w", name, err)
	}
	return nil
}

func (k *call) flashduty() *flashdutyAccount { return k.console.own.(*flashdutyAccount) }

// requestID is the id of this call, the same wherever it stands.
func (k *call) requestID() string {
	if k.number == "" {
		k.number = k.id("request")
	}
	return k.number
}

// invalid refuses what stands at a member of the body, or at a parameter.
func invalid(at, found, documented string) *refusal {
	return refuse(invalidParameter, "%s: %s; documented: %s", at, found, documented)
}

func missing(what, id string) *refusal {
	return refuse(notFound, "there is no %s %s", what, shortened(id))
}

func missingIncident(id string) *refusal { return missing("incident", id) }

// whole is a member of the body, or a parameter, that is a whole number; given is
// false where there is none.
func (k *call) whole(name string) (n int64, given bool, refused *refusal) {
	value, given := k.members()[name]
	if k.body == nil && k.query.Has(name) {
		value, given = k.query.Get(name), true
	}
	if !given || value == nil {
		return 0, false, nil
	}
	n, ok := integer(value)
	if !ok {
		return 0, true, invalid("/"+name, said(value), "a whole number of 64 bits")
	}
	return n, true, nil
}

// moment is a member or parameter that is a time in seconds; fallback where it is
// not given, or 0.
func (k *call) moment(name string, fallback time.Time) (time.Time, *refusal) {
	n, given, refused := k.whole(name)
	if refused != nil || !given || n == 0 {
		return fallback, refused
	}
	return seconds("/"+name, n)
}

func seconds(at string, n int64) (time.Time, *refusal) {
	t := time.Unix(n, 0).UTC()
	if n < 0 || t.Year() > 9999 { // RFC 3339 writes no other
		return t, invalid(at, fmt.Sprint(n), "a time in seconds")
	}
	return t, nil
}

// ids are the incidents that the body names, each once.
func (k *call) ids(name string) []string {
	var out []string
	for _, v := range items(k.members()[name]) {
		text, _ := v.(string)
		if id := k.known(text); !slices.Contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

// known is an incident's id as the console has it: what it means does not depend
// on the case of its letters.
func (k *call) known(id string) string {
	if _, found := k.console.find(id); found {
		return id
	}
	return strings.ToLower(id)
}

// one is the incident that the body's incident_id names.
func (k *call) one() (Incident, *refusal) {
	id := k.known(word(k.members(), "incident_id"))
	i, found := k.incident(id)
	if !found {
		return i, missingIncident(id)
	}
	return i, nil
}

// paging is what part of a list is asked for.
type paging struct{ page, limit int }

// paging reads p and limit.
func (k *call) paging(limit int) (paging, *refusal) {
	out, most := paging{page: 1, limit: limit}, k.flashduty().numbers["page_depth"]
	for name, into := range map[string]*int{"p": &out.page, "limit": &out.limit} {
		n, _, refused := k.whole(name)
		if refused != nil {
			return out, refused
		}
		if n > 0 {
			*into = int(min(n, int64(most)+1))
		}
	}
	if out.page*out.limit > most {
		return out, invalid("/p", fmt.Sprintf("page %d of %d", out.page, out.limit), fmt.Sprintf("p times limit is at most %d", most))
	}
	return out, nil
}

// bounds are those of the part of n things that is asked for, and whether there is
// more.
func (p paging) bounds(n int) (from, to int, more bool) {
	from = min(n, (p.page-1)*p.limit)
	to = min(n, from+p.limit)
	return from, to, to < n
}

// said is a value that a stranger sent, for a line that people read.
func said(v any) string {
	if text, ok := v.(string); ok {
		return `"` + shortened(text) + `"`
	}
	return shortened(jsonText(v))
}

// jsonText is a value as JSON.
func jsonText(v any) string {
	raw, err := encode(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(raw)
}
