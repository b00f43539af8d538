package console

import (
	"bytes"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// pdLogTypes are the types of log entries by what they tell. What is not here is
// on the console's timeline and in no log entry.
var pdLogTypes = map[What]string{
	AcknowledgedIt: "acknowledge_log_entry",
	Commented:      "annotate_log_entry",
	Created:        "trigger_log_entry",
	Pressed:        "custom_log_entry",
	ResolvedIt:     "resolve_log_entry",
	Unacknowledged: "unacknowledge_log_entry",
}

// pdChangeTypes are those of changes, by the field that changed.
var pdChangeTypes = map[string]string{
	fieldAssignments: "assign_log_entry",
	fieldUrgency:     "urgency_change_log_entry",
}

// pdLogType is the type of the log entry that tells what happened to a field; ""
// is none.
func pdLogType(what What, field string) string {
	if what == Changed {
		return pdChangeTypes[field]
	}
	return pdLogTypes[what]
}

// idOfEntry makes the id of the log entry of the timeline's nth entry. It can be read
// back, so that no index of them is kept.
func (a *pdAccount) idOfEntry(n uint64) string {
	digits := strings.ToUpper(strconv.FormatUint(n, 36))
	return a.logID.Prefix + strings.Repeat("0", max(a.logID.Length-len(a.logID.Prefix)-len(digits), 0)) + digits
}

// entryOfID reads back what idOfEntry made.
func (a *pdAccount) entryOfID(id string) (n uint64, ok bool) {
	digits, found := strings.CutPrefix(id, a.logID.Prefix)
	if !found || len(id) != a.logID.Length {
		return 0, false
	}
	n, err := strconv.ParseUint(digits, 36, 64)
	return n, err == nil && a.idOfEntry(n) == id
}

// logEntry is one entry of the timeline as a log entry of the incident that
// message is of.
func (a *pdAccount) logEntry(e Entry, kind string, message object, include []string) object {
	incident, links := part(message, "incident"), pdLinksOf(message)
	service := part(incident, "service")
	view := object{
		"id": a.idOfEntry(e.Number), "type": kind, "summary": pdLogSummary(e), "html_url": nil, "created_at": pdTime(e.At),
		"agent": links.user(e.By), "channel": object{"type": "website"},
		"service": pdReference(service, "service_reference"), "incident": pdReference(incident, "incident_reference"),
		"teams": []any{}, "contexts": []any{}, "event_details": object{},
	}
	switch e.What {
	case Pressed:
		if pressed := pressedEntry(e); pressed != nil {
			maps.Copy(view, pressed)
		}
	case Created:
		a.trigger(view, incident)
	case Commented:
		view["channel"] = object{"type": "note", "summary": e.Text, "content": e.Text}
	case Changed:
		if e.Field == fieldAssignments {
			view["assignees"] = assignees(incident)
		}
	}
	if view["self"] == nil {
		view["self"] = links.api + "/log_entries/" + word(view, "id")
	}
	if !slices.Contains(include, "channels") {
		view["channel"] = object{"type": part(view, "channel")["type"]}
	}
	if slices.Contains(include, "incidents") {
		view["incident"] = incident
	}
	if slices.Contains(include, "services") {
		view["service"] = service
	}
	return view
}

// pressedEntry is the log entry that stands in the push of a press.
func pressedEntry(e Entry) object {
	if e.Delivery == nil {
		return nil
	}
	message, err := pdReadMessage(e.Delivery.Push.Body)
	if err != nil {
		return nil // a given body: it has what it has
	}
	for _, one := range items(message["log_entries"]) {
		entry, _ := one.(object)
		return entry
	}
	return nil
}

// trigger makes of view the first log entry of an incident, to which
// first_trigger_log_entry of its push leads. Its channel is what the monitor
// said: the only place where the host stands under a name of its own.
func (a *pdAccount) trigger(view, incident object) {
	maps.Copy(view, part(incident, "first_trigger_log_entry"))
	view["type"] = pdLogTypes[Created]
	view["created_at"] = incident["created_at"]
	view["agent"] = view["service"]
	view["event_details"] = object{"description": incident["title"]}
	view["channel"] = object{
		"type": a.texts["trigger_channel"], "summary": incident["title"], "subject": incident["title"], "details": a.details(word(incident, "id")),
		"details_omitted": false, "body": nil, "body_omitted": false, "cef_details": pdCEF(incident),
	}
}

// details are what an incident's body said when the API made it, null where it
// said nothing.
func (a *pdAccount) details(incident string) any {
	for _, e := range a.c.Timeline(Match{What: Changed, Incident: incident}) {
		if e.Field == fieldBody {
			return e.Text
		}
	}
	return nil
}

func assignees(incident object) []any {
	out := []any{}
	for _, one := range items(incident["assignments"]) {
		out = append(out, part(one.(object), "assignee"))
	}
	return out
}

// pdLogSummary says in a few words what happened.
func pdLogSummary(e Entry) string {
	by := ""
	if e.By.Name != "" {
		by = " by " + e.By.Name
	}
	switch e.What {
	case AcknowledgedIt:
		return "Acknowledged" + by
	case ResolvedIt:
		return "Resolved" + by
	case Unacknowledged:
		return "Unacknowledged" + by
	case Commented:
		return "Note added" + by
	case Changed:
		return strings.ToUpper(e.Field[:1]) + e.Field[1:] + " changed" + by
	}
	return string(e.What) + by
}

// pdNumbers are the numbers of the timeline's entries, of an incident or of all,
// that log entries tell, newest first.
func (k *call) pdNumbers(incident string) ([]uint64, *refusal) {
	since, until, refused := k.pdTimes()
	if refused != nil {
		return nil, refused
	}
	var told []uint64
	keep := func(number uint64, r *record) {
		if r != nil && r.incident != "" && (incident == "" || r.incident == incident) && pdLogType(r.what, r.field) != "" &&
			!r.at.Before(since) && (until.IsZero() || r.at.Before(until)) {
			told = append(told, number)
		}
	}
	c := k.console
	c.mu.Lock()
	defer c.mu.Unlock()
	if h := c.ids[incident]; h != nil {
		for _, number := range h.after(0) {
			keep(number, c.timeline.at(number))
		}
	} else {
		c.timeline.each(0, keep)
	}
	slices.Reverse(told)
	return told, nil
}

// entry is the timeline's entry of that number.
func (c *Console) entry(number uint64) (Entry, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r := c.timeline.at(number); r != nil {
		return r.entry(number), true
	}
	return Entry{}, false
}

func pdListIncidentLog(k *call) (any, *refusal) {
	i, _, refused := k.pdIncident()
	if refused != nil {
		return nil, refused
	}
	return k.pdLog(i.ID)
}

func pdListLog(k *call) (any, *refusal) { return k.pdLog("") }

// pdLog lists the log entries of an incident, or of all.
func (k *call) pdLog(incident string) (any, *refusal) {
	told, refused := k.pdNumbers(incident)
	if refused != nil {
		return nil, refused
	}
	p, refused := k.pdPage()
	if refused != nil {
		return nil, refused
	}
	from := min(p.offset, len(told))
	views, include := []object{}, k.pdLogInclude()
	for _, number := range told[from:min(from+p.limit, len(told))] {
		e, held := k.console.entry(number)
		if !held {
			continue // dropped since
		}
		view, refused := k.pdLogEntry(e, include)
		if refused != nil {
			return nil, refused
		}
		views = append(views, view)
	}
	return p.answer("log_entries", views, len(told)), nil
}

// pdLogInclude is what log entries are asked to say in full.
func (k *call) pdLogInclude() []string { return k.pdInclude("channels", "incidents", "services") }

// pdLogEntry shows an entry of the timeline.
func (k *call) pdLogEntry(e Entry, include []string) (object, *refusal) {
	i, found := k.console.find(e.Incident)
	if !found { // let go, as the oldest are: the entry tells of it all the same
		i = Incident{ID: e.Incident, Values: map[string]any{nameIncident: e.Incident}}
	}
	message, refused := k.pdMessage(i)
	if refused != nil {
		return nil, refused
	}
	return k.pd().logEntry(e, pdLogType(e.What, e.Field), message, include), nil
}

func pdGetLogEntry(k *call) (any, *refusal) {
	id := k.path["id"]
	e, found := k.pdFindEntry(id)
	if !found {
		return nil, refuse(pdNoLogEntry, "there is no log entry %q", shortened(id))
	}
	if k.about == "" {
		k.about = e.Incident
	}
	view, refused := k.pdLogEntry(e, k.pdLogInclude())
	if refused != nil {
		return nil, refused
	}
	return object{"log_entry": view}, nil
}

// pdFindEntry finds the entry of the timeline that the log entry of that id
// tells: by its number, by the push of a press, or as the first of an incident.
func (k *call) pdFindEntry(id string) (Entry, bool) {
	if n, numbered := k.pd().entryOfID(id); numbered && n > 0 {
		e, held := k.console.entry(n)
		return e, held && e.Incident != "" && pdLogType(e.What, e.Field) != ""
	}
	if e, found := k.console.pressedAs(id); found {
		return e, true
	}
	incident, found := k.pd().triggered(id)
	if !found {
		return Entry{}, false
	}
	for _, e := range k.console.Timeline(Match{What: Created, Incident: incident}) {
		return e, true
	}
	i, found := k.console.find(incident) // its entry was dropped, or it came from a snapshot
	return Entry{What: Created, Incident: incident, At: i.Created, Text: i.text(nameTitle)}, found
}

// pressedAs finds the press in whose push stands the log entry of that id.
func (c *Console) pressedAs(id string) (found Entry, ok bool) {
	quoted := []byte(`"id":"` + id + `"`) // few bodies are worth reading
	c.mu.Lock()
	defer c.mu.Unlock()
	c.timeline.each(0, func(number uint64, r *record) {
		if ok || r.what != Pressed || r.delivery == nil || !bytes.Contains(r.delivery.Push.Body, quoted) {
			return
		}
		found = r.entry(number)
		ok = pressedEntry(found)["id"] == id
	})
	return found, ok
}

// triggered is the incident whose first log entry has that id.
func (a *pdAccount) triggered(id string) (incident string, found bool) {
	var unknown []Incident
	a.c.list(func(i *Incident) bool {
		first, known := a.triggers.get(i.revision)
		switch {
		case !known:
			unknown = append(unknown, *i)
		case first == id:
			incident, found = i.ID, true
		}
		return false
	}, 0, 0)
	for _, i := range unknown {
		if found {
			break
		}
		message, _ := a.compose(i.Values) // what cannot be shown has none
		first := word(part(message, "incident", "first_trigger_log_entry"), "id")
		a.triggers.put(i.revision, first)
		incident, found = i.ID, first == id
	}
	return incident, found
}
