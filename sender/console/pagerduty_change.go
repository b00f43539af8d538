package console

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// pdChange is what a body asks to change of an incident, read and found right as
// far as that does not depend on the incident.
type pdChange struct {
	account    *pdAccount
	at         time.Time
	who        object // reference to who changes
	title      string
	status     Status
	urgency    string
	assignees  []object // references; nil: no change
	priority   object   // as the push has it; nil: none
	prioritize bool
	policy     bool // the policy is said, which assigns anew
	resolution string
}

// pdReadChange reads the members that stand at a pointer of the body. The call
// notes what is accepted and changes nothing.
func (k *call) pdReadChange(at string, asked object) (pdChange, *refusal) {
	account := k.pd()
	links, err := account.links()
	if err != nil {
		return pdChange{}, k.fails("%v", err)
	}
	c := pdChange{
		account: account, at: k.console.now(), who: links.user(k.by),
		title: word(asked, "title"), status: Status(word(asked, "status")), urgency: word(asked, "urgency"), resolution: word(asked, "resolution"),
	}
	for n, one := range items(asked["assignments"]) {
		wanted, _ := one.(object)
		id := word(part(wanted, "assignee"), "id")
		person, found := account.userOf(id)
		if !found {
			return c, refuse(pdNoAssignee, "%s/assignments/%d/assignee/id: %q is no user of the account", at, n, shortened(id))
		}
		c.assignees = append(c.assignees, links.user(person))
	}
	if policy := part(asked, "escalation_policy"); policy != nil {
		message, err := account.message("")
		if err != nil {
			return c, k.fails("%v", err)
		}
		if id, own := word(policy, "id"), word(part(message, "incident", "escalation_policy"), "id"); id != own {
			return c, refuse(pdNoPolicy, "%s/escalation_policy/id: there is no policy %q; there is %s", at, shortened(id), own)
		}
		c.policy = true
	}
	if priority, said := asked["priority"]; said {
		c.prioritize = true
		if given, _ := priority.(object); given != nil {
			var refused *refusal
			if c.priority, refused = k.pdReadPriority(at, word(given, "id")); refused != nil {
				return c, refused
			}
		}
	}
	for _, name := range []string{"conference_bridge", "incident_type", "escalation_level"} {
		if asked[name] != nil {
			k.note(at + "/" + name + ": accepted, and not kept")
		}
	}
	return c, nil
}

// pdReadPriority is the priority of that id.
func (k *call) pdReadPriority(at, id string) (object, *refusal) {
	views, err := k.pd().priorities()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	for _, view := range views {
		if view["id"] == id {
			return view, nil
		}
	}
	return nil, refuse(pdNoPriority, "%s/priority/id: %q; there are %s", at, shortened(id), pdNames(views, "name"))
}

// apply changes i and says what is told of it.
func (c pdChange) apply(i *Incident) ([]Entry, *refusal) {
	var told []Entry
	if i.Status == Resolved && (c.status != "" || c.assignees != nil || c.policy) {
		return nil, refuse(pdAlreadyResolved, "incident %s is resolved, and that is final", i.ID)
	}
	if c.title != "" && c.title != i.text(nameTitle) {
		i.Values[nameTitle] = c.title
		told = append(told, Entry{What: Changed, Field: nameTitle, Text: c.title})
	}
	if c.urgency != "" && c.urgency != c.account.urgency(i) {
		i.Values[nameSeverity] = c.account.severity(c.urgency)
		told = append(told, Entry{What: Changed, Field: fieldUrgency, Text: c.urgency})
	}
	if c.prioritize {
		told = append(told, c.setPriority(i)...)
	}
	if c.assignees != nil {
		i.Values[pdIn+"assignments"] = c.assignments(c.at)
		i.Values[pdIn+"assigned_via"] = "direct_assignment"
		told = append(told, Entry{What: Changed, Field: fieldAssignments, Text: summaries(c.assignees)})
	}
	if c.policy {
		delete(i.Values, pdIn+"assignments")
		delete(i.Values, pdIn+"assigned_via")
		told = append(told, Entry{What: Changed, Field: fieldPolicy})
	}
	entry, err := c.setStatus(i)
	if err != nil {
		return nil, refuse(pdInvalid, "%v", err)
	}
	return append(told, entry...), nil
}

func (c pdChange) setPriority(i *Incident) []Entry {
	had := i.Values[pdIn+"priority"]
	if c.priority == nil && had == nil {
		return nil
	}
	if c.priority == nil {
		delete(i.Values, pdIn+"priority")
		return []Entry{{What: Changed, Field: fieldPriority}}
	}
	i.Values[pdIn+"priority"] = c.priority
	return []Entry{{What: Changed, Field: fieldPriority, Text: word(c.priority, "name")}}
}

// setStatus brings i to the status. One that i has already is no change, but for
// another who acknowledges.
func (c pdChange) setStatus(i *Incident) ([]Entry, error) {
	var what What
	switch {
	case c.status == Acknowledged:
		given, already, err := c.acknowledgements(i)
		if err != nil || already {
			return nil, err
		}
		what, i.Values[pdIn+"acknowledgements"] = AcknowledgedIt, given
	case c.status == i.Status || c.status == "":
		return nil, nil
	case c.status == Triggered:
		what = Unacknowledged
		delete(i.Values, pdIn+"acknowledgements")
	case c.status == Resolved:
		what = ResolvedIt
		i.Values[pdIn+"acknowledgements"], i.Values[pdIn+"assignments"] = []any{}, []any{}
	}
	i.Status = c.status
	i.Values[pdIn+"last_status_change_at"] = pdTime(c.at)
	i.Values[pdIn+"last_status_change_by"] = c.who
	return []Entry{{What: what, Text: c.resolution}}, nil
}

// acknowledgements are those of i with the one by who changes behind them;
// already says that it is among them.
func (c pdChange) acknowledgements(i *Incident) (list []any, already bool, err error) {
	if i.Status == Acknowledged {
		message, err := c.account.compose(i.Values)
		if err != nil {
			return nil, false, err
		}
		list = items(part(message, "incident")["acknowledgements"])
	}
	already = slices.ContainsFunc(list, func(one any) bool {
		given, _ := one.(object)
		return part(given, "acknowledger")["id"] == c.who["id"]
	})
	return append(list, object{"at": pdTime(c.at), "acknowledger": c.who}), already, nil
}

// assignments are those that the change asks for.
func (c pdChange) assignments(at time.Time) []any {
	out := []any{}
	for _, assignee := range c.assignees {
		out = append(out, object{"at": pdTime(at), "assignee": assignee})
	}
	return out
}

// severity is the neutral word for an urgency.
func (a *pdAccount) severity(urgency string) any {
	push, err := a.c.profile.Compose(map[string]any{nameSeverity: urgency})
	if err != nil {
		return urgency
	}
	return push.Value(nameSeverity)
}

// summaries names what references are of.
func summaries(references []object) string {
	var names []string
	for _, one := range references {
		names = append(names, fmt.Sprint(one["summary"]))
	}
	return strings.Join(names, ", ")
}
