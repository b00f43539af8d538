package console

import (
	"maps"
	"slices"
	"strings"
	"time"
)

func pdListNotes(k *call) (any, *refusal) {
	i, message, refused := k.pdIncident()
	if refused != nil {
		return nil, refused
	}
	views := []object{}
	for _, c := range slices.Backward(i.Comments) { // newest first
		views = append(views, k.pd().note(c, pdLinksOf(message)))
	}
	return object{"notes": views}, nil
}

func pdCreateNote(k *call) (any, *refusal) {
	most := k.pd().numbers["notes_per_incident"]
	c := Comment{ID: k.id("note"), By: k.by, At: k.console.now(), Text: word(part(k.members(), "note"), "content")}
	refused := k.change([]string{k.path["id"]}, pdMissing, func(i *Incident) ([]Entry, *refusal) {
		if len(i.Comments) >= most {
			return nil, refuse(pdNoNoteRoom, "incident %s has %d notes; documented: at most %d", i.ID, len(i.Comments), most)
		}
		i.Comments = append(i.Comments, c)
		return []Entry{{What: Commented, Text: c.Text}}, nil
	})
	if refused != nil {
		return nil, refused
	}
	_, message, refused := k.pdIncident()
	if refused != nil {
		return nil, refused
	}
	return object{"note": k.pd().note(c, pdLinksOf(message))}, nil
}

func pdCreateStatusUpdate(k *call) (any, *refusal) {
	i, message, refused := k.pdIncident()
	if refused != nil {
		return nil, refused
	}
	asked := k.members()
	view := object{
		"id": k.id("status update"), "message": asked["message"], "created_at": pdTime(k.console.now()),
		"sender": pdLinksOf(message).user(k.by),
	}
	detail := map[string]any{}
	for _, name := range []string{"subject", "html_message"} {
		if said, ok := asked[name]; ok {
			view[name], detail[name] = said, said
		}
	}
	k.enter(Entry{What: StatusUpdate, Incident: i.ID, Text: word(asked, "message"), Detail: detail})
	return object{"status_update": view}, nil
}

// pdAlerts are the alerts of the incident that the path names.
func (k *call) pdAlerts() ([]object, *refusal) {
	_, message, refused := k.pdIncident()
	if refused != nil {
		return nil, refused
	}
	views, err := k.pd().alerts(message)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return views, nil
}

func pdListAlerts(k *call) (any, *refusal) {
	views, refused := k.pdAlerts()
	if refused != nil {
		return nil, refused
	}
	statuses, key := k.query["statuses[]"], k.query.Get("alert_key")
	views = slices.DeleteFunc(views, func(alert object) bool {
		return len(statuses) > 0 && !slices.Contains(statuses, word(alert, "status")) || key != "" && key != alert["alert_key"]
	})
	return k.paged("alerts", views)
}

func pdGetAlert(k *call) (any, *refusal) {
	views, refused := k.pdAlerts()
	if refused != nil {
		return nil, refused
	}
	id := k.path["alert_id"]
	return one("alert", id, views, refuse(pdNotFound, "the incident has no alert %q", shortened(id)))
}

// pdListChanges lists the one change that every incident of a console has.
func pdListChanges(k *call) (any, *refusal) {
	i, message, refused := k.pdIncident()
	if refused != nil {
		return nil, refused
	}
	change := k.pd().change
	before, err := time.ParseDuration(change.Before)
	if err != nil {
		return nil, k.fails("fact change_event: %v", err)
	}
	id, err := k.pd().mint("change " + i.ID)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	links := pdLinksOf(message)
	view := links.reference("change_event", "/change_events/", id, change.Summary)
	maps.Copy(view, object{
		"timestamp": pdTime(i.Created.Add(-before)), "source": change.Source, "integration": nil,
		"custom_details": change.CustomDetails, "links": change.Links, "images": []any{},
		"services":           []any{pdReference(part(message, "incident", "service"), "service_reference")},
		"correlation_reason": object{"reason": change.Reason},
	})
	view["self"], view["html_url"] = nil, nil // there is no such resource here
	views := []object{view}
	if k.query.Has("limit") {
		views = views[:min(parameter(k.query.Get("limit")), len(views))]
	}
	return object{"change_events": views}, nil
}

func pdRequestResponders(k *call) (any, *refusal) {
	i, message, refused := k.pdIncident()
	if refused != nil {
		return nil, refused
	}
	asked := k.members()
	requester, found := k.pd().userOf(word(asked, "requester_id"))
	if !found {
		return nil, refuse(pdNoRequester, "/requester_id: %q is no user of the account", shortened(word(asked, "requester_id")))
	}
	text := word(asked, "message")
	links, at := pdLinksOf(message), pdTime(k.console.now())
	var names []string
	targets := []object{}
	for _, wanted := range items(asked["responder_request_targets"]) {
		wrapper, _ := wanted.(object)
		target, name, refused := k.pdTarget(part(wrapper, "responder_request_target"), message)
		if refused != nil {
			return nil, refused
		}
		user := maps.Clone(target)
		target["incidents_responders"] = []any{object{
			"state": "pending", "user": user, "incident": pdReference(part(message, "incident"), "incident_reference"),
			"updated_at": at, "requested_at": at, "message": text, "requester": links.user(requester),
		}}
		targets = append(targets, object{"responder_request_target": target})
		names = append(names, name)
	}
	k.enter(Entry{What: Changed, Incident: i.ID, Field: "responder_requests", Text: strings.Join(names, ", ") + ": " + text})
	return object{"responder_request": object{
		"incident": pdReference(part(message, "incident"), "incident_reference"), "requester": links.user(requester),
		"requested_at": at, "message": text, "responder_request_targets": targets,
	}}, nil
}

// pdTarget is whom a responder request asks for, and the name.
func (k *call) pdTarget(asked, message object) (target object, name string, refused *refusal) {
	id := word(asked, "id")
	if strings.HasPrefix(word(asked, "type"), "escalation_policy") {
		policy := part(message, "incident", "escalation_policy")
		if policy["id"] != id {
			return nil, "", refuse(pdNoPolicy, "there is no policy %q", shortened(id))
		}
		return pdReference(policy, "escalation_policy_reference"), word(policy, "summary"), nil
	}
	person, found := k.pd().userOf(id)
	if !found {
		return nil, "", refuse(pdNoUser, "there is no user %q", shortened(id))
	}
	return pdLinksOf(message).user(person), person.Name, nil
}
