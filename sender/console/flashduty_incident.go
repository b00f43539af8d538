package console

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
)

// The words of the API for where an incident stands and how severe it is, and
// the neutral ones.
var (
	progressWords = map[string]Status{"Triggered": Triggered, "Processing": Acknowledged, "Closed": Resolved}
	severityWords = map[string]string{"Critical": "critical", "Warning": "warning", "Info": "info"}
)

func flashdutyInfo(k *call) (any, *refusal) {
	num := word(k.members(), "num")
	if _, given := k.members()["incident_id"]; given {
		i, refused := k.one()
		if refused != nil {
			return nil, refused
		}
		return k.shown(i)
	}
	found, _ := k.console.list(func(i *Incident) bool { return k.numbered(*i) == num }, 0, 1)
	if len(found) == 0 {
		return nil, missing("incident with num", num)
	}
	k.about = found[0].ID
	return k.shown(found[0])
}

// numbered is the short id that people see.
func (k *call) numbered(i Incident) string {
	nums := &k.flashduty().nums
	if num, known := nums.get(i.revision); known {
		return num
	}
	inc, _ := k.pushed(i)
	num := word(inc, "num")
	nums.put(i.revision, num)
	return num
}

func flashdutyListByIDs(k *call) (any, *refusal) {
	var list []Incident
	for _, id := range k.ids("incident_ids") {
		if i, found := k.console.find(id); found {
			list = append(list, i)
		} else {
			k.note(fmt.Sprintf("there is no incident %s", id))
		}
	}
	views, refused := k.allShown(list)
	return object{"items": views, "total": len(views), "has_next_page": false}, refused
}

func flashdutyList(k *call) (any, *refusal) {
	keep, refused := k.filter()
	if refused != nil {
		return nil, refused
	}
	part, refused := k.paging(k.flashduty().numbers["page_size"])
	if refused != nil {
		return nil, refused
	}
	list, total, more, refused := k.part(keep, part)
	if refused != nil {
		return nil, refused
	}
	views, refused := k.allShown(list)
	if refused != nil {
		return nil, refused
	}
	data := object{"items": views, "total": min(total, k.flashduty().numbers["total_cap"]), "has_next_page": more}
	if more && len(list) > 0 { // incidents may be let go meanwhile
		data["search_after_ctx"] = list[len(list)-1].ID
	}
	return data, nil
}

// part is the part that is asked for of the incidents that keep chooses, how many
// it chooses in all, and whether there are more behind it.
func (k *call) part(keep func(*Incident) bool, p paging) (list []Incident, total int, more bool, refused *refusal) {
	after, asc := word(k.members(), "search_after_ctx"), k.members()["asc"] == true
	if after == "" && !asc {
		list, total = k.console.list(keep, (p.page-1)*p.limit, p.limit)
		return list, total, (p.page-1)*p.limit+len(list) < total, nil
	}
	place := -1 // of the cursor, the newest first
	n := 0
	_, total = k.console.list(func(i *Incident) bool {
		kept := keep(i)
		if kept && i.ID == after {
			place = n
		}
		if kept {
			n++
		}
		return kept
	}, 0, 0)
	from, to, more := p.bounds(total)
	if after != "" {
		if place < 0 {
			return nil, 0, false, invalid("/search_after_ctx", said(after), "the cursor of an answer before")
		}
		if asc {
			place = total - 1 - place
		}
		from = place + 1
		to = min(total, from+p.limit)
		more = to < total
	}
	if !asc {
		list, _ = k.console.list(keep, from, to-from)
		return list, total, more, nil
	}
	list, _ = k.console.list(keep, total-to, to-from)
	slices.Reverse(list)
	return list, total, more, nil
}

// filter reads which incidents are asked for. What needs no push is asked first.
func (k *call) filter() (func(*Incident) bool, *refusal) {
	from, to, refused := k.between(time.Second, k.flashduty().window)
	if refused != nil {
		return nil, refused
	}
	progress, refused := chosen(k, "progress", progressWords)
	if refused != nil {
		return nil, refused
	}
	severity, refused := chosen(k, "incident_severity", severityWords)
	if refused != nil {
		return nil, refused
	}
	for _, name := range []string{"is_my_team", "is_my_channel", "team_ids"} {
		if v := k.members()[name]; v == true || len(items(v)) > 0 {
			k.note("/" + name + ": not played, for a console has no teams; it chooses nothing away")
		}
	}
	ids := k.ids("incident_ids")
	text := strings.ToLower(word(k.members(), "query"))
	deep := k.deepFilter()
	return func(i *Incident) bool {
		return !i.Created.Before(from) && !i.Created.After(to) &&
			(len(progress) == 0 || slices.Contains(progress, i.Status)) &&
			(len(severity) == 0 || slices.Contains(severity, i.text("severity"))) &&
			(len(ids) == 0 || slices.Contains(ids, i.ID)) &&
			(text == "" || strings.Contains(strings.ToLower(i.text("title")+"\n"+i.text("description")), text)) &&
			(deep == nil || deep(i))
	}, nil
}

// deepFilter asks what only the push says; nil where nothing of that is asked for.
func (k *call) deepFilter() func(*Incident) bool {
	b := k.members()
	wanted := map[string][]any{}
	for name, member := range map[string]string{
		"channel_ids": "channel_id", "creator_ids": "creator_id", "closer_ids": "closer_id", "nums": "num", "responder_ids": "", "acker_ids": "",
	} {
		if list := items(b[name]); len(list) > 0 {
			wanted[cmp.Or(member, name)] = list
		}
	}
	snoozed := b["is_snoozed"] == true
	none := b["ever_muted"] == true || b["is_rare"] == true // a console mutes nothing, and calls nothing rare
	if len(wanted) == 0 && !snoozed && !none {
		return nil
	}
	now := k.console.now()
	return func(i *Incident) bool {
		inc, refused := k.pushed(*i)
		if refused != nil || none {
			return false
		}
		view := incidentInfo(inc, nil)
		until, _ := integer(view["snoozed_before"])
		if snoozed && until <= now.Unix() {
			return false
		}
		for member, list := range wanted {
			if !slices.ContainsFunc(valuesOf(view, member), func(v any) bool { return among(list, v) }) {
				return false
			}
		}
		return true
	}
}

// valuesOf are the values of a member, or of the members of those who respond.
func valuesOf(view object, member string) []any {
	if member != "responder_ids" && member != "acker_ids" {
		return []any{view[member]}
	}
	var out []any
	for _, r := range items(view["responders"]) {
		responder, _ := r.(object)
		if at, _ := integer(responder["acknowledged_at"]); member == "responder_ids" || at > 0 {
			out = append(out, responder["person_id"])
		}
	}
	return out
}

// among reports whether v is one of list, numbers by what they are worth.
func among(list []any, v any) bool {
	n, whole := integer(v)
	return slices.ContainsFunc(list, func(one any) bool {
		if text, ok := one.(string); ok {
			return text == v
		}
		m, ok := integer(one)
		return ok && whole && m == n
	})
}

// chosen reads words that are separated by commas.
func chosen[V any](k *call, name string, words map[string]V) ([]V, *refusal) {
	var out []V
	for one := range strings.SplitSeq(word(k.members(), name), ",") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		value, known := words[one]
		if !known {
			return nil, invalid("/"+name, said(one), strings.Join(slices.Sorted(maps.Keys(words)), ", ")+", separated by commas")
		}
		out = append(out, value)
	}
	return out, nil
}

// between reads the window start_time to end_time, which is in that unit and at
// most so long; 0 is any length.
func (k *call) between(unit, most time.Duration) (from, to time.Time, refused *refusal) {
	start, _, refused := k.whole("start_time")
	if refused != nil {
		return from, to, refused
	}
	end, _, refused := k.whole("end_time")
	if refused != nil {
		return from, to, refused
	}
	long := end - start // of two numbers that may be as far apart as numbers are
	if end <= start || long <= 0 {
		return from, to, invalid("/end_time", strconv.FormatInt(end, 10), fmt.Sprintf("after start_time, which is %d", start))
	}
	if most > 0 && long > int64(most/unit) {
		return from, to, invalid("/end_time", fmt.Sprintf("%d after start_time", long), fmt.Sprintf("at most %d after start_time", most/unit))
	}
	perSecond := int64(time.Second / unit)
	at := func(n int64) time.Time { return time.Unix(n/perSecond, n%perSecond*int64(unit)) }
	return at(start), at(end), nil
}

func flashdutyAlerts(k *call) (any, *refusal) {
	i, refused := k.one()
	if refused != nil {
		return nil, refused
	}
	part, refused := k.paging(k.flashduty().numbers["alert_page_size"])
	if refused != nil {
		return nil, refused
	}
	inc, refused := k.pushed(i)
	if refused != nil {
		return nil, refused
	}
	list := alertInfos(inc, k.members()["include_events"] == true)
	if active, asked := k.members()["is_active"].(bool); asked {
		list = slices.DeleteFunc(list, func(a object) bool { return (a["alert_status"] != "Ok") != active })
	}
	from, to, _ := part.bounds(len(list))
	return object{"items": list[from:to], "total": len(list)}, nil
}

// flashdutyCreate makes an incident as people do by hand: without alerts, labels
// and fields.
func flashdutyCreate(k *call) (any, *refusal) {
	b, now := k.members(), k.console.now()
	channel, refused := k.channel()
	if refused != nil {
		return nil, refused
	}
	at := now.Unix()
	values := schema.Values{
		"origin": "manual", "created_at": now.Format(time.RFC3339), "title": word(b, "title"), "description": word(b, "description"),
		"severity": severityWords[word(b, "incident_severity")], "status": string(Triggered), nameFields: object{},
		"/incident/start_time": at, "/incident/last_time": at, "/incident/updated_at": at, "/incident/alert_cnt": 0,
		"/incident/creator": k.person(), "/incident/assigned_to": object{}, "/incident/responders": []any{},
	}
	if channel == "" {
		values["/incident/channel_id"], values["/incident/channel_name"] = 0, ""
	}
	if to, ok := b["assigned_to"].(object); ok {
		values["/incident/assigned_to"] = object{
			"assigned_at": at, "escalate_rule_id": word(to, "escalate_rule_id"), "escalate_rule_name": "", "id": k.id("assignment"),
			"layer_idx": cmp.Or[any](to["layer_idx"], 0), "type": cmp.Or(word(to, "type"), "assign"),
		}
		values["/incident/responders"] = responders(nil, items(to["person_ids"]), at)
	}
	i, refused := k.create(values, channel)
	if refused != nil {
		return nil, refused
	}
	return object{"incident_id": i.ID, "title": i.text("title")}, nil
}

// channel is the channel that the body's channel_id means: one that an incident
// or an action stands in.
func (k *call) channel() (string, *refusal) {
	id, given, refused := k.whole("channel_id")
	if refused != nil || !given || id == 0 {
		return "", refused
	}
	var names []string
	for _, a := range k.console.sender.Registry().Actions() {
		names = append(names, a.Channels...)
	}
	every, _ := k.console.list(func(*Incident) bool { return true }, 0, math.MaxInt)
	for _, i := range every {
		names = append(names, i.text(nameChannel))
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		inc, refused := k.pushed(Incident{Values: schema.Values{nameChannel: name}})
		if refused != nil {
			return "", refused
		}
		if its, _ := integer(inc["channel_id"]); its == id {
			return name, nil
		}
	}
	return "", refuse(notFound, "there is no channel %d", id)
}
