package console

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// Where the push of an incident carries what calls change, beside its neutral
// names.
const (
	atAcked     = "/incident/ack_time"
	atClosed    = "/incident/close_time"
	atEnded     = "/incident/end_time"
	atCloser    = "/incident/closer"
	atUpdated   = "/incident/updated_at"
	atSnoozed   = "/incident/snoozed_before"
	atResponder = "/incident/responders"
)

// touch says in the push that the incident was changed now.
func (k *call) touch(i *Incident) { i.Values[atUpdated] = k.console.now().Unix() }

// person is who calls, as the API and the push show people.
func (k *call) person() object {
	return object{"person_id": k.personID(), "person_name": k.by.Name, "email": k.by.Email}
}

func (k *call) personID() json.Number { return idOf(k.by) }

// idOf is a person's id, which is a number here; 0 is the platform itself.
func idOf(p sender.Person) json.Number {
	if _, err := strconv.ParseInt(p.ID, 10, 64); err != nil {
		return "0"
	}
	return json.Number(p.ID)
}

func flashdutyAck(k *call) (any, *refusal) {
	return k.move(func(i *Incident, was Status, inc object) Entry {
		if was == Acknowledged {
			k.note("incident " + i.ID + " was acknowledged already")
		} else {
			i.Values[atAcked] = k.console.now().Unix()
			i.Values[atResponder] = answered(items(inc["responders"]), k.personID(), k.console.now().Unix())
		}
		return Entry{What: AcknowledgedIt}
	})
}

func flashdutyUnack(k *call) (any, *refusal) {
	return k.move(func(i *Incident, was Status, inc object) Entry {
		if was == Triggered {
			k.note("incident " + i.ID + " was not acknowledged")
		}
		i.Values[atAcked] = 0
		i.Values[atResponder] = answered(items(inc["responders"]), "", 0)
		return Entry{What: Unacknowledged}
	})
}

func flashdutyResolve(k *call) (any, *refusal) {
	return k.move(func(i *Incident, was Status, inc object) Entry {
		if was == Resolved {
			k.note("incident " + i.ID + " was closed already")
		}
		now := k.console.now().Unix()
		i.Values[atAcked], i.Values[atResponder] = inc["ack_time"], inc["responders"] // closing acknowledges nothing
		i.Values[atClosed], i.Values[atEnded], i.Values[atCloser] = now, now, k.person()
		detail := object{}
		for _, name := range []string{"root_cause", "resolution"} {
			if text, given := k.members()[name].(string); given {
				i.Values["/incident/"+name], detail[name] = text, text
			}
		}
		return Entry{What: ResolvedIt, Text: word(detail, "resolution"), Detail: detail}
	})
}

func flashdutyReopen(k *call) (any, *refusal) {
	reason := word(k.members(), "reason")
	return k.move(func(i *Incident, _ Status, inc object) Entry {
		i.Values[atAcked], i.Values[atClosed], i.Values[atEnded] = 0, 0, 0
		delete(i.Values, atCloser)
		i.Values[atResponder] = answered(items(inc["responders"]), "", 0)
		return Entry{What: Reopened, Text: reason}
	})
}

// move brings the incidents that the body names where the operation brings them,
// all or none. f does what else is to be done, from what the push carried before.
func (k *call) move(f func(i *Incident, was Status, inc object) Entry) (any, *refusal) {
	way := k.flashduty().transitions[k.operation.Name]
	return nothing, k.change(k.ids("incident_ids"), missingIncident, func(i *Incident) ([]Entry, *refusal) {
		was := i.Status
		if !slices.Contains(way.From, was) {
			return nil, invalid("/incident_ids", fmt.Sprintf("incident %s, which is %s", i.ID, progressOf(was)), "incidents that are "+progressOf(way.From...))
		}
		inc, refused := k.pushed(*i)
		if refused != nil {
			return nil, refused
		}
		i.Status = way.To
		k.touch(i)
		return []Entry{f(i, was, inc)}, nil
	})
}

// progressOf are the API's words for these statuses.
func progressOf(statuses ...Status) string {
	var out []string
	for word, status := range progressWords {
		if slices.Contains(statuses, status) {
			out = append(out, word)
		}
	}
	slices.Sort(out)
	return strings.Join(out, " or ")
}

// answered are responders of whom that person has acknowledged at that time; who
// is not among them joins them. With 0 nobody has.
func answered(list []any, person json.Number, at int64) []any {
	out := make([]any, 0, len(list)+1)
	joined := person == "" || person == "0"
	for _, r := range list {
		responder, _ := r.(object)
		responder = copiedMap(responder)
		switch {
		case at == 0:
			responder["acknowledged_at"] = 0
		case responder["person_id"] == person:
			responder["acknowledged_at"], joined = at, true
		}
		out = append(out, responder)
	}
	if joined {
		return out
	}
	out = responders(out, []any{person}, at)
	out[len(out)-1].(object)["acknowledged_at"] = at
	return out
}

// responders are those of list, and the people of these ids who are not among
// them, assigned at that time.
func responders(list []any, ids []any, at int64) []any {
	out := slices.Clone(list)
	for _, id := range ids {
		among := slices.ContainsFunc(out, func(r any) bool {
			n, _ := integer(r.(object)["person_id"])
			m, _ := integer(id)
			return n == m
		})
		if !among {
			out = append(out, object{
				"person_id": id, "person_name": fmt.Sprintf("Member %v", id), "email": fmt.Sprintf("member-%v@example.com", id),
				"assigned_at": at, "acknowledged_at": 0,
			})
		}
	}
	return out
}

func flashdutyComment(k *call) (any, *refusal) {
	text := strings.TrimSpace(word(k.members(), "comment"))
	if text == "" {
		k.note("the comment is empty")
	}
	return nothing, k.change(k.ids("incident_ids"), missingIncident, func(i *Incident) ([]Entry, *refusal) {
		i.Comments = append(i.Comments, Comment{ID: k.id("comment"), By: k.by, At: k.console.now(), Text: text})
		k.touch(i)
		return []Entry{{What: Commented, Text: text, Detail: object{"mute_reply": k.members()["mute_reply"] == true}}}, nil
	})
}

// reset is something of an incident that incidentReset changes.
type reset struct {
	field  string // what a timeline calls it
	member string // of the body, and of the incident as it is shown
	kind   string // by which the feed tells of it
}

var resets = []reset{
	{"title", "title", "i_r_title"},
	{"description", "description", "i_r_desc"},
	{"impact", "impact", "i_r_impact"},
	{"root_cause", "root_cause", "i_r_rc"},
	{"resolution", "resolution", "i_r_rsltn"},
	{"severity", "incident_severity", "i_r_severity"},
}

// resetOf finds what a timeline calls field; none where no reset changes it.
func resetOf(field string) reset {
	n := slices.IndexFunc(resets, func(r reset) bool { return r.field == field })
	if n < 0 {
		return reset{}
	}
	return resets[n]
}

func flashdutyReset(k *call) (any, *refusal) {
	i, refused := k.one()
	if refused != nil {
		return nil, refused
	}
	return nothing, k.change([]string{i.ID}, missingIncident, func(i *Incident) ([]Entry, *refusal) {
		inc, refused := k.pushed(*i)
		if refused != nil {
			return nil, refused
		}
		var entries []Entry
		for _, r := range resets {
			text, given := k.members()[r.member].(string)
			if !given {
				continue
			}
			switch r.field {
			case "title", "description":
				i.Values[r.field] = text
			case "severity":
				i.Values[r.field] = severityWords[text]
			default:
				i.Values["/incident/"+r.member] = text
			}
			entries = append(entries, Entry{What: Changed, Field: r.field, Text: text, Detail: object{"from": inc[r.member], "to": text}})
		}
		k.touch(i)
		return entries, nil
	})
}

// What is Changed by calls that have no member of that name.
const (
	fieldSnoozed    = "snoozed"
	fieldWoken      = "woken"
	fieldResponders = "responders"
)

func flashdutySnooze(k *call) (any, *refusal) {
	minutes, _, refused := k.whole("minutes")
	if refused != nil {
		return nil, refused
	}
	return nothing, k.change(k.ids("incident_ids"), missingIncident, func(i *Incident) ([]Entry, *refusal) {
		i.Values[atSnoozed] = k.console.now().Add(time.Duration(minutes) * time.Minute).Unix()
		k.touch(i)
		return []Entry{{What: Changed, Field: fieldSnoozed, Text: fmt.Sprintf("for %d minutes", minutes), Detail: object{"minutes": minutes}}}, nil
	})
}

func flashdutyWake(k *call) (any, *refusal) {
	return nothing, k.change(k.ids("incident_ids"), missingIncident, func(i *Incident) ([]Entry, *refusal) {
		inc, refused := k.pushed(*i)
		if refused != nil {
			return nil, refused
		}
		if n, _ := integer(inc["snoozed_before"]); n == 0 {
			k.note("incident " + i.ID + " was not snoozed")
		}
		i.Values[atSnoozed] = 0
		k.touch(i)
		return []Entry{{What: Changed, Field: fieldWoken, Detail: object{"snoozedBefore": inc["snoozed_before"]}}}, nil
	})
}

func flashdutyAddResponders(k *call) (any, *refusal) {
	i, refused := k.one()
	if refused != nil {
		return nil, refused
	}
	ids := items(k.members()["person_ids"])
	return nothing, k.change([]string{i.ID}, missingIncident, func(i *Incident) ([]Entry, *refusal) {
		inc, refused := k.pushed(*i)
		if refused != nil {
			return nil, refused
		}
		i.Values[atResponder] = responders(items(inc["responders"]), ids, k.console.now().Unix())
		k.touch(i)
		return []Entry{{What: Changed, Field: fieldResponders, Text: jsonText(ids), Detail: object{"to": ids}}}, nil
	})
}
