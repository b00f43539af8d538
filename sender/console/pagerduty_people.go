package console

import (
	"maps"
	"strings"

	"github.com/hookdrill/hookdrill/sender"
)

func pdGetCurrentUser(k *call) (any, *refusal) { return k.pdUser(k.pd().user) }

func pdGetUser(k *call) (any, *refusal) {
	person, found := k.pd().userOf(k.path["id"])
	if !found {
		return nil, refuse(pdNoUser, "there is no user %q", shortened(k.path["id"]))
	}
	return k.pdUser(person)
}

func (k *call) pdUser(p sender.Person) (any, *refusal) {
	links, err := k.pd().links()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return object{"user": k.pd().userView(p, links)}, nil
}

func pdListUsers(k *call) (any, *refusal) {
	links, err := k.pd().links()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	views := []object{}
	for _, p := range k.pd().people() {
		if within(k.query.Get("query"), p.Name, p.Email) && !k.query.Has("team_ids[]") {
			views = append(views, k.pd().userView(p, links))
		}
	}
	return k.paged("users", views)
}

// within reports whether a search finds its words in one of the texts, whatever
// the letters' case; "" is found everywhere.
func within(search string, texts ...string) bool {
	for _, text := range texts {
		if strings.Contains(strings.ToLower(text), strings.ToLower(search)) {
			return true
		}
	}
	return false
}

// service is a service as it stands: that of pushes, with what its incidents
// make of it.
func (a *pdAccount) service(name string) (object, error) {
	message, err := a.message(name)
	if err != nil {
		return nil, err
	}
	view := part(message, "incident", "service")
	worst := map[Status]bool{}
	view["last_incident_timestamp"] = nil
	a.c.list(func(i *Incident) bool {
		if pdService(i) != name {
			return false
		}
		worst[i.Status] = true
		if view["last_incident_timestamp"] == nil { // the newest comes first
			view["last_incident_timestamp"] = pdTime(i.Created)
		}
		return false
	}, 0, 0)
	switch {
	case worst[Triggered]:
		view["status"] = "critical"
	case worst[Acknowledged]:
		view["status"] = "warning"
	default:
		view["status"] = "active"
	}
	return view, nil
}

func pdGetService(k *call) (any, *refusal) {
	name, found := k.pd().serviceOf(k.path["id"])
	if !found {
		return nil, refuse(pdNoService, "there is no service %q", shortened(k.path["id"]))
	}
	view, err := k.pd().service(name)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return object{"service": view}, nil
}

func pdListServices(k *call) (any, *refusal) {
	views := []object{}
	for _, name := range k.pd().serviceNames() {
		if !within(k.query.Get("query"), name) || k.query.Has("name") && k.query.Get("name") != name || k.query.Has("team_ids[]") {
			continue
		}
		view, err := k.pd().service(name)
		if err != nil {
			return nil, k.fails("%v", err)
		}
		views = append(views, view)
	}
	return k.paged("services", views)
}

// policy is the one escalation policy of the account, which pushes name: all
// services have it, and everybody to whom an incident was assigned is on its one
// level.
func (a *pdAccount) policy() (object, error) {
	message, err := a.message("")
	if err != nil {
		return nil, err
	}
	links := pdLinksOf(message)
	targets, services := []object{}, []object{}
	for _, name := range a.responders() {
		targets = append(targets, links.user(a.person(sender.Person{Name: name})))
	}
	if len(targets) == 0 {
		targets = append(targets, links.user(a.user))
	}
	for _, name := range a.serviceNames() {
		services = append(services, a.serviceReference(name, links))
	}
	view := part(message, "incident", "escalation_policy")
	maps.Copy(view, object{
		"type": "escalation_policy", "name": view["summary"], "description": nil, "num_loops": 0, "teams": []any{},
		"on_call_handoff_notifications": "if_has_services", "services": services,
		"escalation_rules": []any{object{"id": view["id"], "escalation_delay_in_minutes": 30, "targets": targets}},
	})
	return view, nil
}

// serviceReference names a service as pushes do.
func (a *pdAccount) serviceReference(name string, links pdLinks) object {
	view := links.reference("service_reference", "/services/", a.serviceID(name), name)
	view["html_url"] = links.html + "/service-directory/" + a.serviceID(name)
	return view
}

func pdGetPolicy(k *call) (any, *refusal) {
	policy, err := k.pd().policy()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	id := k.path["id"]
	return one("escalation_policy", id, []object{policy}, refuse(pdNoPolicy, "there is no policy %q; there is %v", shortened(id), policy["id"]))
}

// priorities are those of the account, as pushes show them.
func (a *pdAccount) priorities() ([]object, error) {
	links, err := a.links()
	if err != nil {
		return nil, err
	}
	views := []object{}
	for n, name := range a.ranks {
		id, err := a.mint("priority " + name)
		if err != nil {
			return nil, err
		}
		view := links.reference("priority", "/priorities/", id, name)
		maps.Copy(view, object{"html_url": nil, "name": name, "description": "", "color": "a8171c", "order": len(a.ranks) - n, "schema_version": 0})
		views = append(views, view)
	}
	return views, nil
}

func pdListPriorities(k *call) (any, *refusal) {
	views, err := k.pd().priorities()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return k.paged("priorities", views)
}

func pdGetPriority(k *call) (any, *refusal) {
	views, err := k.pd().priorities()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	id := k.path["id"]
	return one("priority", id, views, refuse(pdNotFound, "there is no priority %q", shortened(id)))
}
