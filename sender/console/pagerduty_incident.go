package console

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// pdIn is where the incident stands in a push; what changes of it and has no
// neutral name is laid over its members there.
const pdIn = "/messages/0/incident/"

// The neutral names that this API changes.
const (
	nameAlerts   = "alerts"
	nameHost     = "host"
	nameSeverity = "severity"
	nameTitle    = "title"
)

// The fields by which the timeline tells of changes.
const (
	fieldAssignments = "assignments"
	fieldBody        = "body"
	fieldPolicy      = "escalation_policy"
	fieldPriority    = "priority"
	fieldUrgency     = "urgency"
)

// pdIncidentKey is the kind of the keys that incidents have of whom nobody gave
// one.
const pdIncidentKey = "incident key"

// pdMissing is the refusal of an incident that does not exist.
func pdMissing(id string) *refusal {
	return refuse(pdNoIncident, "there is no incident %q", shortened(id))
}

// pdIncident finds the incident that the path names, and the message of its push.
func (k *call) pdIncident() (Incident, object, *refusal) {
	i, found := k.incident(k.path["id"])
	if !found {
		return i, nil, pdMissing(k.path["id"])
	}
	message, refused := k.pdMessage(i)
	return i, message, refused
}

// pdMessage is the message of the push of i as it stands.
func (k *call) pdMessage(i Incident) (object, *refusal) {
	push, err := k.console.show(i)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	message, err := pdMessageOf(push)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return message, nil
}

func pdGetIncident(k *call) (any, *refusal) {
	i, message, refused := k.pdIncident()
	if refused != nil {
		return nil, refused
	}
	return object{"incident": k.pd().incident(i, message, k.pdInclude("services"))}, nil
}

func pdListIncidents(k *call) (any, *refusal) {
	keep, refused := k.pdFilter()
	if refused != nil {
		return nil, refused
	}
	p, refused := k.pdPage()
	if refused != nil {
		return nil, refused
	}
	some, all := k.console.list(keep, p.offset, p.limit)
	views, include := make([]object, 0, len(some)), k.pdInclude("services")
	for _, i := range some {
		message, refused := k.pdMessage(i)
		if refused != nil {
			return nil, refused
		}
		views = append(views, k.pd().incident(i, message, include))
	}
	return p.answer("incidents", views, all), nil
}

// pdFilter reads which incidents the query asks for.
func (k *call) pdFilter() (func(*Incident) bool, *refusal) {
	since, until, refused := k.pdTimes()
	if refused != nil {
		return nil, refused
	}
	if k.query.Has("team_ids[]") {
		k.note("team_ids[]: the account has no teams")
		return func(*Incident) bool { return false }, nil
	}
	statuses, services := k.query["statuses[]"], k.query["service_ids[]"]
	users, urgencies := k.query["user_ids[]"], k.query["urgencies[]"]
	var names []string
	for _, id := range services {
		name, _ := k.pd().serviceOf(id)
		names = append(names, name)
	}
	people := map[string]string{}
	if len(users) > 0 {
		for _, p := range k.pd().people() {
			people[p.Name] = p.ID
		}
	}
	key := k.query.Get("incident_key")
	return func(i *Incident) bool {
		return (len(statuses) == 0 || slices.Contains(statuses, string(i.Status))) &&
			(len(services) == 0 || slices.Contains(names, pdService(i))) &&
			(len(urgencies) == 0 || slices.Contains(urgencies, k.pd().urgency(i))) &&
			(len(users) == 0 || slices.ContainsFunc(pdAssigned(i, people), func(id string) bool { return slices.Contains(users, id) })) &&
			(key == "" || i.text(nameHost) == key) &&
			!i.Created.Before(since) && (until.IsZero() || i.Created.Before(until))
	}, nil
}

// pdTimes reads since and until.
func (k *call) pdTimes() (since, until time.Time, refused *refusal) {
	for name, into := range map[string]*time.Time{"since": &since, "until": &until} {
		text := k.query.Get(name)
		if text == "" {
			continue
		}
		at, err := pdReadTime(text)
		if err != nil {
			return since, until, refuse(pdInvalidTime, "?%s: %q; documented: a time like 2026-05-27T08:00:00Z", name, shortened(text))
		}
		*into = at
	}
	if !until.IsZero() && until.Before(since) {
		return since, until, refuse(pdInvalidTime, "?until is before ?since")
	}
	return since, until, nil
}

// pdReadTime reads a time or a day. A plus that was not encoded in the query has
// become a space.
func pdReadTime(text string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, strings.Replace(text, " ", "+", 1))
	if err != nil {
		return time.Parse(time.DateOnly, text)
	}
	return at, nil
}

// urgency is an incident's urgency in the platform's word.
func (a *pdAccount) urgency(i *Incident) string {
	said := i.text(nameSeverity)
	if word, found := a.urgencies.get(said); found {
		return word
	}
	message, err := a.compose(schema.Values{nameSeverity: said})
	if err != nil {
		return said
	}
	word := word(part(message, "incident"), "urgency")
	a.urgencies.put(said, word)
	return word
}

// pdAssigned are the ids of those to whom an incident is assigned; people are the
// ids by name.
func pdAssigned(i *Incident, people map[string]string) []string {
	if i.Status == Resolved {
		return nil
	}
	given, changed := i.Values[pdIn+"assignments"].([]any)
	if !changed {
		return []string{people[i.text(nameResponder)]}
	}
	var ids []string
	for _, one := range given {
		a, _ := one.(object)
		ids = append(ids, word(part(a, "assignee"), "id"))
	}
	return ids
}

func pdCreateIncident(k *call) (any, *refusal) {
	asked := part(k.members(), "incident")
	id := word(part(asked, "service"), "id")
	service, found := k.pd().serviceOf(id)
	if !found {
		return nil, refuse(pdNoService, "/incident/service/id: there is no service %q", shortened(id))
	}
	values := schema.Values{
		nameTitle: asked["title"], nameCreated: k.console.now().Format(time.RFC3339), nameAlerts: []any{},
		pdIn + "first_trigger_log_entry/summary": "Triggered through the API",
	}
	if urgency := word(asked, "urgency"); urgency != "" {
		values[nameSeverity] = urgency
	}
	key := word(asked, "incident_key")
	if other, open := k.pd().openWith(key, service); open {
		return nil, refuse(pdArguments, "/incident/incident_key: %q is the key of %s, which is open on this service", shortened(key), other)
	}
	if key == "" {
		key = k.id(pdIncidentKey)
	}
	values[nameHost] = key
	if base := k.console.sender.APIURL(); base != "" {
		values[nameAPIURL] = base
	}
	changes, refused := k.pdReadChange("/incident", asked)
	if refused != nil {
		return nil, refused
	}
	if changes.assignees != nil {
		values[pdIn+"assignments"] = changes.assignments(k.console.now())
		values[pdIn+"assigned_via"] = "direct_assignment"
	}
	i, refused := k.create(values, service)
	if refused != nil {
		return nil, refused
	}
	k.about = i.ID
	if details := word(part(asked, "body"), "details"); details != "" {
		k.enter(Entry{What: Changed, Incident: i.ID, Field: fieldBody, Text: details})
	}
	message, refused := k.pdMessage(i)
	if refused != nil {
		return nil, refused
	}
	return object{"incident": k.pd().incident(i, message, nil)}, nil
}

// openWith is the incident that is open on a service and has the key; "" is
// nobody's.
func (a *pdAccount) openWith(key, service string) (id string, open bool) {
	if key == "" {
		return "", false
	}
	some, _ := a.c.list(func(i *Incident) bool {
		return i.Status != Resolved && i.text(nameHost) == key && pdService(i) == service
	}, 0, 1)
	if len(some) == 0 {
		return "", false
	}
	return some[0].ID, true
}

func pdUpdateIncident(k *call) (any, *refusal) {
	asked := part(k.members(), "incident")
	if id := word(asked, "id"); id != "" && id != k.path["id"] {
		k.note("/incident/id: " + shortened(id) + " is not the incident of the path, which is the one that changes")
	}
	changed, refused := k.pdUpdate([]string{k.path["id"]}, map[string][]pdAsked{k.path["id"]: {{"/incident", asked}}})
	if refused != nil {
		return nil, refused
	}
	return object{"incident": changed[0]}, nil
}

func pdUpdateIncidents(k *call) (any, *refusal) {
	asked := items(k.members()["incidents"])
	if most := k.pd().numbers["changes_per_call"]; len(asked) > most {
		return nil, refuse(pdTooManyIncidents, "/incidents: %d; documented: at most %d in one call", len(asked), most)
	}
	var ids []string
	changes := map[string][]pdAsked{}
	for n, one := range asked {
		change, _ := one.(object)
		id := word(change, "id")
		if changes[id] == nil {
			ids = append(ids, id)
		}
		changes[id] = append(changes[id], pdAsked{"/incidents/" + strconv.Itoa(n), change})
	}
	changed, refused := k.pdUpdate(ids, changes)
	if refused != nil {
		return nil, refused
	}
	return object{"incidents": changed}, nil
}

// pdAsked is what a body asks of an incident, and where it does.
type pdAsked struct {
	at      string // JSON pointer
	members object
}

// pdUpdate makes the changes that are asked for, all or none, and returns the
// incidents as they then stand.
func (k *call) pdUpdate(ids []string, asked map[string][]pdAsked) ([]object, *refusal) {
	changes := map[string][]pdChange{}
	for _, id := range ids {
		if _, found := k.incident(id); !found {
			return nil, pdMissing(id)
		}
		for _, one := range asked[id] {
			change, refused := k.pdReadChange(one.at, one.members)
			if refused != nil {
				return nil, refused
			}
			changes[id] = append(changes[id], change)
		}
	}
	refused := k.change(ids, pdMissing, func(i *Incident) ([]Entry, *refusal) {
		var told []Entry
		for _, change := range changes[i.ID] {
			entries, refused := change.apply(i)
			if refused != nil {
				return nil, refused
			}
			told = append(told, entries...)
		}
		return told, nil
	})
	if refused != nil {
		return nil, refused
	}
	views := []object{}
	for _, id := range ids {
		i, found := k.incident(id)
		if !found {
			return nil, pdMissing(id)
		}
		message, refused := k.pdMessage(i)
		if refused != nil {
			return nil, refused
		}
		views = append(views, k.pd().incident(i, message, nil))
	}
	return views, nil
}
