package console

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// pdPostView is a post as the API shows it.
func pdPostView(page Page, e Event, links pdLinks) object {
	self := links.api + "/status_pages/" + page.ID + "/posts/" + e.ID
	updates := []object{}
	for _, u := range e.Updates {
		updates = append(updates, object{"id": u.ID, "self": self + "/post_updates/" + u.ID, "type": "status_page_post_update"})
	}
	view := object{
		"id": e.ID, "self": self, "type": "status_page_post", "post_type": e.Type, "title": e.Title, "postmortem": nil,
		"status_page": object{"id": page.ID, "type": "status_page"}, "updates": updates, "linked_resource": nil,
	}
	maps.Copy(view, e.Detail)
	return view
}

// postUpdateView is an update as the API shows it.
func (a *pdAccount) postUpdateView(page Page, e Event, u Update, links pdLinks) (object, error) {
	self := links.api + "/status_pages/" + page.ID
	var failed error
	named := func(kind, text string) object {
		view, err := a.word(page.ID, e.Type, kind, text, links)
		if err != nil {
			failed = err
		}
		return object{"id": view["id"], "self": view["self"], "type": view["type"]}
	}
	impacted := []object{}
	for _, c := range page.Components {
		if impact, said := u.Components[c.ID]; said {
			impacted = append(impacted, object{
				"service": object{"id": c.ID, "self": self + "/services/" + c.ID, "type": "status_page_service"}, "impact": named("impact", impact),
			})
		}
	}
	view := object{
		"id": u.ID, "self": self + "/posts/" + e.ID + "/post_updates/" + u.ID, "type": "status_page_post_update", "message": u.Text,
		"post": object{"id": e.ID, "self": self + "/posts/" + e.ID, "type": "status_page_post"}, "impacted_services": impacted,
		"status": named("status", u.Status), "reported_at": pdTime(u.At), "reviewed_status": "approved",
	}
	maps.Copy(view, u.Detail)
	severity, _ := u.Detail["severity"].(string)
	view["severity"] = named("severity", severity)
	return view, failed
}

// pdPost finds the post that the path names.
func (k *call) pdPost() (Page, Event, pdLinks, *refusal) {
	page, links, refused := k.pdStatusPage()
	if refused != nil {
		return page, Event{}, links, refused
	}
	n := pdFindPost(page, k.path["post_id"])
	if n < 0 {
		return page, Event{}, links, k.pdNoPost()
	}
	return page, page.Events[n], links, nil
}

func pdFindPost(page Page, id string) int {
	return slices.IndexFunc(page.Events, func(e Event) bool { return e.ID == id })
}

func (k *call) pdNoPost() *refusal {
	return refuse(pdNotFound, "the status page has no post %q", shortened(k.path["post_id"]))
}

func pdGetPost(k *call) (any, *refusal) {
	page, post, links, refused := k.pdPost()
	if refused != nil {
		return nil, refused
	}
	view := pdPostView(page, post, links)
	if slices.Contains(k.pdInclude("status_page_post_update"), "status_page_post_update") {
		updates, refused := k.pdUpdates(page, post, links)
		if refused != nil {
			return nil, refused
		}
		view["updates"] = updates
	}
	return object{"post": view}, nil
}

func pdListPosts(k *call) (any, *refusal) {
	page, links, refused := k.pdStatusPage()
	if refused != nil {
		return nil, refused
	}
	kind, statuses := k.query.Get("post_type"), k.query["status[]"]
	views := []object{}
	for _, e := range slices.Backward(page.Events) { // newest first
		if kind != "" && kind != e.Type || k.query.Get("reviewed_status") == "not_reviewed" {
			continue
		}
		if len(statuses) > 0 && !slices.Contains(statuses, e.Status) {
			continue
		}
		views = append(views, pdPostView(page, e, links))
	}
	return k.paged("posts", views)
}

// pdUpdates are the updates of a post.
func (k *call) pdUpdates(page Page, post Event, links pdLinks) ([]object, *refusal) {
	views := []object{}
	for _, u := range post.Updates {
		view, err := k.pd().postUpdateView(page, post, u, links)
		if err != nil {
			return nil, k.fails("%v", err)
		}
		views = append(views, view)
	}
	return views, nil
}

func pdListPostUpdates(k *call) (any, *refusal) {
	page, post, links, refused := k.pdPost()
	if refused != nil {
		return nil, refused
	}
	views, refused := k.pdUpdates(page, post, links)
	if refused != nil {
		return nil, refused
	}
	if k.query.Get("reviewed_status") == "not_reviewed" {
		views = nil
	}
	return k.paged("post_updates", views)
}

func pdGetPostUpdate(k *call) (any, *refusal) {
	page, post, links, refused := k.pdPost()
	if refused != nil {
		return nil, refused
	}
	views, refused := k.pdUpdates(page, post, links)
	if refused != nil {
		return nil, refused
	}
	id := k.path["post_update_id"]
	return one("post_update", id, views, refuse(pdNotFound, "the post has no update %q", shortened(id)))
}

// pdReadUpdate reads an update that stands at a pointer of the body.
func (k *call) pdReadUpdate(at, postType string, page Page, asked object) (Update, *refusal) {
	u := Update{ID: k.id("post update"), At: k.console.now(), Text: word(asked, "message"), Components: map[string]string{}, Detail: map[string]any{}}
	for _, name := range []string{"post", "update_frequency_ms"} {
		if asked[name] == nil {
			k.note(at + "/" + name + ": missing or null; one document has it required, and lacks it in its examples")
		}
	}
	if text := word(asked, "reported_at"); text != "" {
		reported, err := time.Parse(time.RFC3339, text)
		if err != nil {
			return u, refuse(pdInvalid, "%s/reported_at: %q; documented: a time like 2026-05-27T08:00:00Z", at, shortened(text))
		}
		u.At = reported
	}
	u.Detail["update_frequency_ms"], u.Detail["notify_subscribers"] = asked["update_frequency_ms"], asked["notify_subscribers"]
	var refused *refusal
	if u.Status, refused = k.pdReadWord(at, postType, "status", page, asked); refused != nil {
		return u, refused
	}
	if u.Detail["severity"], refused = k.pdReadWord(at, postType, "severity", page, asked); refused != nil {
		return u, refused
	}
	for _, one := range items(asked["impacted_services"]) {
		o, _ := one.(object)
		id := word(part(o, "service"), "id")
		if !slices.ContainsFunc(page.Components, func(c Component) bool { return c.ID == id }) {
			return u, refuse(pdInvalid, "%s/impacted_services: %q is no service of the status page; there are %s", at, shortened(id), pdNames(pdComponents(page, pdLinks{}), "name"))
		}
		if u.Components[id], refused = k.pdReadWord(at+"/impacted_services", postType, "impact", page, o); refused != nil {
			return u, refused
		}
	}
	return u, nil
}

// pdReadWord reads the word of a kind that a member names by its id.
func (k *call) pdReadWord(at, postType, kind string, page Page, asked object) (string, *refusal) {
	id := word(part(asked, kind), "id")
	views, err := k.pd().wordsOf(page.ID, kind, postType)
	if err != nil {
		return "", k.fails("%v", err)
	}
	for _, view := range views {
		if view["id"] == id {
			return word(view, "description"), nil
		}
	}
	return "", refuse(pdInvalid, "%s/%s/id: %q; for posts of type %s there are %s", at, kind, shortened(id), postType, pdNames(views, "description"))
}

// pdNames lists ids with their names, for a reason.
func pdNames(views []object, name string) string {
	var out []string
	for _, view := range views {
		out = append(out, word(view, "id")+" ("+word(view, name)+")")
	}
	return strings.Join(out, ", ")
}

// append puts an update on a post and on the services of its page.
func (a *pdAccount) append(page *Page, e *Event, u Update) {
	e.Updates = append(e.Updates, u)
	e.Status = u.Status
	if e.Components == nil {
		e.Components = map[string]string{}
	}
	maps.Copy(e.Components, u.Components)
	for n := range page.Components {
		if impact, said := u.Components[page.Components[n].ID]; said {
			page.Components[n].Status = impact
		}
	}
	e.Closed = time.Time{}
	if statuses := a.words[e.Type].Statuses; len(statuses) > 0 && u.Status == statuses[len(statuses)-1] {
		e.Closed = u.At
	}
}

func pdCreatePost(k *call) (any, *refusal) {
	page, links, refused := k.pdStatusPage()
	if refused != nil {
		return nil, refused
	}
	asked := part(k.members(), "post")
	if id := word(part(asked, "status_page"), "id"); id != page.ID {
		return nil, refuse(pdInvalid, "/post/status_page/id: %q, and the path names %q", shortened(id), page.ID)
	}
	post := Event{
		ID: k.id("post"), Type: word(asked, "post_type"), Title: word(asked, "title"), Started: k.console.now(),
		Detail: map[string]any{"starts_at": asked["starts_at"], "ends_at": asked["ends_at"]},
	}
	if at, err := time.Parse(time.RFC3339, word(asked, "starts_at")); err == nil {
		post.Started = at
	}
	var updates []Update
	for n, one := range items(asked["updates"]) {
		wanted, _ := one.(object)
		u, refused := k.pdReadUpdate("/post/updates/"+strconv.Itoa(n), post.Type, page, wanted)
		if refused != nil {
			return nil, refused
		}
		updates = append(updates, u)
	}
	_, refused = k.changePage(page.ID, func(p *Page) ([]Entry, *refusal) {
		for _, u := range updates {
			k.pd().append(p, &post, u)
		}
		p.Events = append(p.Events, post)
		page = *p
		return []Entry{{What: PageOpened, Field: post.Status, Text: post.Title, Detail: map[string]any{"page": page.ID, "event": post.ID}}}, nil
	})
	if refused != nil {
		return nil, refused
	}
	return object{"post": pdPostView(page, post, links)}, nil
}

func pdCreatePostUpdate(k *call) (any, *refusal) {
	page, post, links, refused := k.pdPost()
	if refused != nil {
		return nil, refused
	}
	u, refused := k.pdReadUpdate("/post_update", post.Type, page, part(k.members(), "post_update"))
	if refused != nil {
		return nil, refused
	}
	_, refused = k.changePage(page.ID, func(p *Page) ([]Entry, *refusal) {
		n := pdFindPost(*p, post.ID)
		if n < 0 {
			return nil, k.pdNoPost()
		}
		k.pd().append(p, &p.Events[n], u)
		return []Entry{{What: PageUpdated, Field: u.Status, Text: u.Text, Detail: map[string]any{"page": p.ID, "event": post.ID, "update": u.ID}}}, nil
	})
	if refused != nil {
		return nil, refused
	}
	view, err := k.pd().postUpdateView(page, post, u, links)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return object{"post_update": view}, nil
}
