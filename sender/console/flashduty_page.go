package console

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

func flashdutyPages(k *call) (any, *refusal) {
	list := []object{}
	for _, page := range k.console.Pages() {
		list = append(list, pageItem(page))
	}
	return object{"items": list}, nil
}

func flashdutyPage(k *call) (any, *refusal) {
	page, refused := k.pageNamed()
	if refused != nil {
		return nil, refused
	}
	return pageItem(page), nil
}

// pageNamed is the status page that page_id names, in the body or in the query.
func (k *call) pageNamed() (Page, *refusal) {
	id := k.pageID()
	page, found := k.console.page(id)
	if !found {
		return page, missing("status page", id)
	}
	return page, nil
}

// pageID is page_id as pages have it.
func (k *call) pageID() string { return k.number64("page_id") }

// number64 is a member or parameter that is an id, as the console has ids.
func (k *call) number64(name string) string {
	if n, given, refused := k.whole(name); given && refused == nil {
		return strconv.FormatInt(n, 10)
	}
	return k.query.Get(name)
}

func pageItem(p Page) object {
	components := []object{}
	for n := range p.Components {
		components = append(components, componentItem(p, n))
	}
	return object{
		"page_id": idNumber(p.ID), "name": p.Name, "url_name": strings.ReplaceAll(strings.ToLower(p.Name), " ", "-"), "type": "public",
		"components": components, "sections": []any{}, "custom_links": []any{}, "date_view": "list", "display_uptime_mode": "none",
		"subscription": object{"email": true, "im": false},
	}
}

func componentItem(p Page, n int) object {
	return object{"component_id": p.Components[n].ID, "name": p.Components[n].Name, "order_id": n + 1}
}

// idNumber is an id as the number that it is here.
func idNumber(id string) int64 {
	n, _ := strconv.ParseInt(id, 10, 64)
	return n
}

// changeItem is a change of a status page as the API shows it.
func changeItem(p Page, e Event) object {
	affected := []object{}
	for n, c := range p.Components {
		if status, named := e.Components[c.ID]; named {
			item := componentItem(p, n)
			item["status"] = status
			affected = append(affected, item)
		}
	}
	updates := []object{}
	for _, u := range e.Updates {
		item := object{"update_id": u.ID, "at_seconds": u.At.Unix(), "description": u.Text}
		if u.Status != "" {
			item["status"] = u.Status
		}
		var changes []object
		for _, c := range p.Components {
			if status, named := u.Components[c.ID]; named {
				changes = append(changes, object{"component_id": c.ID, "component_name": c.Name, "status": status})
			}
		}
		if changes != nil {
			item["component_changes"] = changes
		}
		updates = append(updates, item)
	}
	view := object{
		"change_id": idNumber(e.ID), "page_id": idNumber(p.ID), "type": e.Type, "title": e.Title, "description": e.Text, "status": e.Status,
		"affected_components": affected, "start_at_seconds": e.Started.Unix(), "updates": updates, "notify_subscribers": e.Notify,
	}
	maps.Copy(view, e.Detail)
	if !e.Closed.IsZero() {
		view["close_at_seconds"] = e.Closed.Unix()
	}
	return view
}

func flashdutyOpenChanges(k *call) (any, *refusal) {
	rules := k.flashduty().pageRules
	return k.changes(func(e Event) bool { return !rules.closes(e.Status) })
}

func flashdutyChanges(k *call) (any, *refusal) {
	status := k.query.Get("status")
	if refused := k.flashduty().pageRules.checkStatus("?status", k.query.Get("type"), status); refused != nil {
		return nil, refused
	}
	from, refused := k.moment("start_at_seconds", time.Time{})
	if refused != nil {
		return nil, refused
	}
	to, refused := k.moment("end_at_seconds", time.Time{})
	if refused != nil {
		return nil, refused
	}
	return k.changes(func(e Event) bool {
		return e.Status == status && !e.Started.Before(from) && (to.IsZero() || !e.Started.After(to))
	})
}

// changes lists those of the page's changes of the type that is asked for that
// keep chooses, newest first.
func (k *call) changes(keep func(Event) bool) (any, *refusal) {
	page, refused := k.pageNamed()
	if refused != nil {
		return nil, refused
	}
	list := []object{}
	for _, e := range slices.Backward(page.Events) {
		if e.Type == k.query.Get("type") && keep(e) {
			list = append(list, changeItem(page, e))
		}
	}
	return object{"items": list}, nil
}

func flashdutyChangeInfo(k *call) (any, *refusal) {
	page, refused := k.pageNamed()
	if refused != nil {
		return nil, refused
	}
	n, refused := k.changeOf(&page)
	if refused != nil {
		return nil, refused
	}
	return changeItem(page, page.Events[n]), nil
}

// changeOf finds the change that change_id names.
func (k *call) changeOf(page *Page) (int, *refusal) {
	id := k.number64("change_id")
	n := slices.IndexFunc(page.Events, func(e Event) bool { return e.ID == id })
	if n < 0 {
		return n, missing("change", id)
	}
	return n, nil
}
