package console

import (
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

func pdGetPolicy(k *call) (any, *refusal) {
	message, err := k.pd().message("")
	if err != nil {
		return nil, k.fails("%v", err)
	}
	policy := pdPolicy(message)
	if policy["id"] != k.path["id"] {
		return nil, refuse(pdNoPolicy, "there is no policy %q; there is %v", shortened(k.path["id"]), policy["id"])
	}
	return object{"escalation_policy": policy}, nil
}
