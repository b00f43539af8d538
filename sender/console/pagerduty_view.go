package console

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/sender"
)

// part is an object within an object, nil where there is none.
func part(o object, path ...string) object {
	for _, name := range path {
		o, _ = o[name].(object)
	}
	return o
}

// pdReference shortens a resource to the reference by which others name it.
func pdReference(of object, kind string) object {
	return object{"id": of["id"], "type": kind, "summary": of["summary"], "self": of["self"], "html_url": of["html_url"]}
}

// pdTime writes a time as this API does, null for the zero time.
func pdTime(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format(time.RFC3339)
}

// pdLinks are the bases of the links in a push, and so of those in answers.
type pdLinks struct{ api, html string }

func pdLinksOf(message object) pdLinks {
	incident := part(message, "incident")
	api, _, _ := strings.Cut(word(incident, "self"), "/incidents/")
	html, _, _ := strings.Cut(word(incident, "html_url"), "/incidents/")
	return pdLinks{api, html}
}

// reference names a resource by its place under both bases.
func (l pdLinks) reference(kind, path, id, summary string) object {
	return object{"id": id, "type": kind, "summary": summary, "self": l.api + path + id, "html_url": l.html + path + id}
}

func (l pdLinks) user(p sender.Person) object {
	return l.reference("user_reference", "/users/", p.ID, p.Name)
}

// incident is an incident as the API shows it: the incident of its push, the
// service shortened to a reference unless it is asked for, and what the API has
// beyond that.
func (a *pdAccount) incident(i Incident, message object, include []string) object {
	view := maps.Clone(part(message, "incident"))
	if !slices.Contains(include, "services") {
		view["service"] = pdReference(part(view, "service"), "service_reference")
	}
	view["updated_at"], view["resolved_at"] = pdTime(i.Updated), nil
	if i.Status == Resolved {
		view["resolved_at"] = view["last_status_change_at"]
	}
	if _, said := view["incident_type"]; !said {
		view["incident_type"] = object{"name": a.texts["incident_type"]}
	}
	return view
}

func (a *pdAccount) note(c Comment, l pdLinks) object {
	return object{
		"id": c.ID, "user": l.user(c.By), "channel": object{"summary": a.texts["note_channel"]},
		"content": c.Text, "created_at": pdTime(c.At), "updated_at": pdTime(c.At),
	}
}

// alerts are those that the push names by their keys. What the push does not say
// of an alert follows from its incident.
func (a *pdAccount) alerts(message object) ([]object, error) {
	incident, links := part(message, "incident"), pdLinksOf(message)
	place := "/incidents/" + word(incident, "id") + "/alerts/"
	status := string(Triggered)
	if word(incident, "status") == string(Resolved) {
		status = string(Resolved)
	}
	out := []object{}
	for _, one := range items(incident["alerts"]) {
		alert, _ := one.(object)
		id, err := a.mint("alert " + word(alert, "alert_key"))
		if err != nil {
			return nil, err
		}
		view := links.reference("alert", place, id, word(incident, "title"))
		view["html_url"] = links.html + "/alerts/" + id
		maps.Copy(view, object{
			"alert_key": alert["alert_key"], "status": status, "created_at": incident["created_at"], "suppressed": false,
			"severity": a.severities[word(incident, "urgency")], "integration": nil,
			"service":                 pdReference(part(incident, "service"), "service_reference"),
			"incident":                pdReference(incident, "incident_reference"),
			"first_trigger_log_entry": incident["first_trigger_log_entry"],
			"body":                    object{"type": "alert_body", "contexts": []any{}, "details": object{}, "cef_details": pdCEF(incident)},
		})
		out = append(out, view)
	}
	return out, nil
}

// pdCEF is what a monitor said of an incident in the common event format. The
// host stands wherever an endpoint may look for it.
func pdCEF(incident object) object {
	host := incident["incident_key"]
	return object{
		"message": incident["title"], "description": incident["title"], "dedup_key": host, "creation_time": incident["created_at"],
		"severity": incident["urgency"], "source_origin": host, "source_location": host, "source_component": host,
		"details": object{}, "details_omitted": false, "contexts": []any{}, "version": "1.0",
	}
}

// userView is a user as a resource.
func (a *pdAccount) userView(p sender.Person, l pdLinks) object {
	view := l.user(p)
	maps.Copy(view, object{
		"type": "user", "name": p.Name, "email": p.Email, "role": a.texts["user_role"], "time_zone": "Etc/UTC", "color": "teal",
		"avatar_url": nil, "description": nil, "job_title": nil, "invitation_sent": false,
		"teams": []any{}, "contact_methods": []any{}, "notification_rules": []any{}, "coordinated_incidents": []any{},
	})
	return view
}
