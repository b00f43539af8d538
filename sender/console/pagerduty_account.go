package console

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// The errors of PagerDuty's API, by the names that api.json has for them.
const (
	pdAccessDenied     = "AccessDenied"
	pdArguments        = "ArgumentsCausedError"
	pdAlreadyResolved  = "IncidentAlreadyResolved"
	pdInvalid          = "InvalidInput"
	pdInvalidTime      = "InvalidTime"
	pdLimitReached     = "ProductLimitReached"
	pdNoAssignee       = "AssignedToUserNotFound"
	pdNoIncident       = "IncidentNotFound"
	pdNoLogEntry       = "LogEntryNotFound"
	pdNoNoteRoom       = "NoteLimitReached"
	pdNoPriority       = "InvalidPriority"
	pdNoPolicy         = "EscalationPolicyNotFound"
	pdNoRequester      = "RequesterUserNotFound"
	pdNoService        = "ServiceNotFound"
	pdNotFound         = "NotFound"
	pdNoUser           = "UserNotFound"
	pdNoWebhook        = "WebhookNotFound"
	pdTooManyIncidents = "TooManyChanges"
)

var pdErrors = []string{
	pdAccessDenied, pdArguments, pdAlreadyResolved, pdInvalid, pdInvalidTime, pdLimitReached, pdNoAssignee, pdNoIncident, pdNoLogEntry, pdNoNoteRoom,
	pdNoPolicy, pdNoPriority, pdNoRequester, pdNoService, pdNotFound, pdNoUser, pdNoWebhook, pdTooManyIncidents,
}

// pdAccount is what a console of PagerDuty knows beside its state: what api.json
// says for the operations.
type pdAccount struct {
	c           *Console
	user        sender.Person // of the key: who presses when nobody says who
	accept      string
	rateHeaders []string
	numbers     map[string]int
	texts       map[string]string
	severities  map[string]string // of an alert, by its incident's urgency
	logID       struct {
		Prefix string
		Length int
	}
	extension struct{ Type, Path string }
	change    struct {
		Summary, Source, Before, Reason string
		CustomDetails                   object `json:"custom_details"`
		Links                           []object
	}
	ranks []string           // names of priorities, the highest first
	words map[string]pdWords // of a status page, by the type of a post

	persons   memo[sender.Person, sender.Person] // completed
	services  memo[string, string]               // id by name
	triggers  memo[*revision, string]            // id of the first log entry
	urgencies memo[string, string]               // the word for a severity
}

// openPagerDuty reads what api.json has to say for the door.
func openPagerDuty(c *Console) (any, error) {
	a := &pdAccount{c: c, user: c.User(), accept: c.api.Facts["accept"].Text(), numbers: map[string]int{}, texts: map[string]string{}}
	var errs []error
	note := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	for _, name := range pdErrors {
		_, found := c.api.Errors[name]
		note(unless(found, "api.json has no error "+name))
	}
	for _, name := range []string{"changes_per_call", "notes_per_incident", "page_reach", "page_size", "page_size_max"} {
		n, ok := c.api.Int(name)
		note(unless(ok && n > 0, "api.json has no number as fact "+name))
		a.numbers[name] = n
	}
	for _, name := range []string{
		"accept", "extension_schema_key", "hidden_header", "ids", "incident_key", "incident_type", "note_channel", "trigger_channel", "user_email", "user_role",
	} {
		a.texts[name] = c.api.Facts[name].Text()
		note(unless(a.texts[name] != "", "api.json has no text as fact "+name))
	}
	for name, into := range map[string]any{
		"alert_severity": &a.severities, "change_event": &a.change, "extension_form": &a.extension, "log_entry_id": &a.logID,
		"priorities": &a.ranks, "rate_headers": &a.rateHeaders, "status_page": &a.words,
	} {
		note(fact(c.api, name, into))
	}
	_, err := a.message("")
	note(err)
	return a, errors.Join(errs...)
}

func (k *call) pd() *pdAccount { return k.console.own.(*pdAccount) }

// message is the one message of the push of an incident of which nobody says
// anything, on the service of that name; "" is any.
func (a *pdAccount) message(service string) (object, error) {
	values := schema.Values{}
	if base := a.c.sender.APIURL(); base != "" {
		values[nameAPIURL] = base
	}
	if service != "" {
		values[nameChannel] = service
	}
	return a.compose(values)
}

// compose is the one message of the push with these values.
func (a *pdAccount) compose(values schema.Values) (object, error) {
	push, err := a.c.profile.Show(values, schema.At(a.c.now()), schema.Seed(0))
	if err != nil {
		return nil, err
	}
	return pdMessageOf(push)
}

// pdReadMessage reads the one message of a push.
func pdReadMessage(body []byte) (object, error) {
	var push object
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&push); err != nil {
		return nil, fmt.Errorf("the push, which this API shows too: %w", err)
	}
	return pdMessageOf(push)
}

// pdMessageOf is the one message of a push.
func pdMessageOf(push any) (object, error) {
	body, _ := push.(object)
	messages, _ := body["messages"].([]any)
	if len(messages) > 0 {
		if message, _ := messages[0].(object); part(message, "incident") != nil {
			return message, nil
		}
	}
	return nil, errors.New("the push has no message with an incident, which this API shows")
}

// links are the bases of links where no incident says them.
func (a *pdAccount) links() (pdLinks, error) {
	message, err := a.message("")
	return pdLinksOf(message), err
}

// mint makes an id that is the same as long as what it is of.
func (a *pdAccount) mint(of string) (string, error) {
	return a.c.sender.Mint(a.texts["ids"], of, 0)
}

// people are the users of the account: the key's, those of WithPeople, and those
// to whom incidents were assigned, in this order.
func (a *pdAccount) people() []sender.Person {
	var found []sender.Person
	seen := map[string]bool{}
	add := func(p sender.Person) {
		if p = a.person(p); !seen[p.ID] {
			seen[p.ID] = true
			found = append(found, p)
		}
	}
	for _, p := range a.settled() {
		add(p)
	}
	for _, name := range a.responders() {
		add(sender.Person{Name: name})
	}
	return found
}

// settled are those who were there before any incident.
func (a *pdAccount) settled() []sender.Person {
	return append([]sender.Person{a.user}, a.c.settings.people...)
}

// find returns the first of people who is the one. Those of incidents are not asked
// for where another is: that takes a walk over all of them.
func (a *pdAccount) find(is func(sender.Person) bool) (sender.Person, bool) {
	for _, p := range a.settled() {
		if p = a.person(p); is(p) {
			return p, true
		}
	}
	people := a.people()
	if n := slices.IndexFunc(people, is); n >= 0 {
		return people[n], true
	}
	return sender.Person{}, false
}

// responders are the names of those to whom incidents were assigned when they
// began, oldest first.
func (a *pdAccount) responders() []string {
	var names []string
	seen := map[string]bool{}
	a.c.list(func(i *Incident) bool {
		if name := i.text(nameResponder); name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
		return false
	}, 0, 0)
	slices.Reverse(names)
	return names
}

// person completes what is known of a person.
func (a *pdAccount) person(p sender.Person) sender.Person {
	if made, found := a.persons.get(p); found {
		return made
	}
	made := a.c.person(p)
	a.persons.put(p, made)
	return made
}

// userOf is the user of that id.
func (a *pdAccount) userOf(id string) (sender.Person, bool) {
	return a.find(func(p sender.Person) bool { return p.ID == id })
}

// serviceID is the id that pushes have for the service of that name.
func (a *pdAccount) serviceID(name string) string {
	if id, found := a.services.get(name); found {
		return id
	}
	message, err := a.message(name)
	if err != nil {
		return ""
	}
	id := word(part(message, "incident", "service"), "id")
	a.services.put(name, id)
	return id
}

// serviceNames are the services of the account: those that actions and incidents
// are on, in this order.
func (a *pdAccount) serviceNames() []string {
	var names []string
	seen := map[string]bool{}
	add := func(name string) {
		if name != "" && !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	for _, action := range a.c.sender.Registry().Actions() {
		for _, name := range action.Channels {
			add(name)
		}
	}
	own := len(names)
	a.c.list(func(i *Incident) bool { add(pdService(i)); return false }, 0, 0)
	slices.Reverse(names[own:])
	return names
}

// serviceOf is the name of the service of that id.
func (a *pdAccount) serviceOf(id string) (string, bool) {
	for _, name := range a.serviceNames() {
		if a.serviceID(name) == id {
			return name, true
		}
	}
	return "", false
}

// pdService is the name of the service that an incident is on.
func pdService(i *Incident) string { return cmp.Or(i.Channel, i.text(nameChannel)) }

// WithPeople makes them users of the account, beside the person whose key it is
// and those to whom incidents are assigned. What one lacks of id and e-mail
// address follows from the name.
func WithPeople(people ...sender.Person) Option {
	return func(s *settings) { s.people = append(s.people, people...) }
}

// The neutral names that tell of people and links.
const (
	nameAPIURL       = "api_url"
	namePresser      = "presser"
	namePresserEmail = "presser_email"
	namePresserID    = "presser_id"
	nameResponder    = "responder"
)

// User returns the person whose key the console's is: who calls, and presses,
// where nobody says who. Its e-mail address is one that a header From may have.
func (c *Console) User() sender.Person { return c.person(sender.Person{}) }

// person completes what is known of a person; of nobody, it is the prototype's
// presser.
func (c *Console) person(p sender.Person) sender.Person {
	values := schema.Values{}
	for name, value := range map[string]string{namePresser: p.Name, namePresserID: p.ID, namePresserEmail: p.Email} {
		if value != "" && c.names[name] {
			values[name] = value
		}
	}
	push, err := c.profile.Compose(values, schema.At(c.now()), schema.Seed(0))
	if err != nil {
		return p // a name that no push can carry
	}
	said := func(name string) string {
		s, _ := push.Value(name).(string)
		return s
	}
	p.Name, p.ID = cmp.Or(p.Name, said(namePresser)), cmp.Or(p.ID, said(namePresserID))
	p.Email = cmp.Or(p.Email, said(namePresserEmail), c.address(p))
	return p
}

// address makes an e-mail address by fact user_email, in which {name} is the
// name in small letters, with dots; "" where there is no such fact.
func (c *Console) address(p sender.Person) string {
	words := strings.FieldsFunc(strings.ToLower(p.Name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	name := cmp.Or(strings.Join(words, "."), strings.ToLower(p.ID))
	return strings.ReplaceAll(c.api.Facts["user_email"].Text(), "{name}", name)
}
