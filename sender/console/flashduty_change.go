package console

import (
	"fmt"
	"slices"
	"time"
)

// onPage lets f change the page that the body names, and makes its components
// what its changes say then.
func (k *call) onPage(f func(*Page) ([]Entry, *refusal)) *refusal {
	found, refused := k.changePage(k.pageID(), f)
	if !found {
		return missing("status page", k.pageID())
	}
	return refused
}

// onChange lets f change the change that the body names.
func (k *call) onChange(f func(*Page, *Event) ([]Entry, *refusal)) *refusal {
	return k.onPage(func(page *Page) ([]Entry, *refusal) {
		n, refused := k.changeOf(page)
		if refused != nil {
			return nil, refused
		}
		return f(page, &page.Events[n])
	})
}

// flashdutyChangeCreate opens a change with all of its updates.
func flashdutyChangeCreate(k *call) (any, *refusal) {
	b, rules := k.members(), k.flashduty().pageRules
	e := Event{
		Type: word(b, "type"), Title: word(b, "title"), Text: word(b, "description"), Status: word(b, "status"), Notify: b["notify_subscribers"] == true,
		Detail: object{"responder_ids": items(b["responders"]), "linked_change_ids": items(b["linked_changes"])},
	}
	if refused := rules.checkStatus("/status", e.Type, e.Status); refused != nil {
		return nil, refused
	}
	told := items(b["updates"])
	afterwards := b["is_retrospective"] == true
	if afterwards && len(told) < rules.retrospective {
		return nil, invalid("/updates", fmt.Sprintf("%d updates", len(told)), fmt.Sprintf("at least %d of a change that is told afterwards", rules.retrospective))
	}
	for _, flag := range []string{"is_retrospective", "auto_update_by_schedule"} {
		if set, given := b[flag].(bool); given {
			e.Detail[flag] = set
		}
	}
	if b["auto_update_by_schedule"] == true {
		k.note("/auto_update_by_schedule: not played; a status changes with an update alone")
	}
	now := k.console.now()
	var refused *refusal
	if e.Started, refused = k.moment("start_at_seconds", now); refused != nil {
		return nil, refused
	}
	closes, refused := k.moment("close_at_seconds", time.Time{})
	switch {
	case refused != nil:
		return nil, refused
	case !closes.IsZero() && closes.Unix() <= e.Started.Unix():
		return nil, invalid("/close_at_seconds", fmt.Sprint(closes.Unix()), fmt.Sprintf("after start_at_seconds, which is %d", e.Started.Unix()))
	case !closes.IsZero():
		e.Detail["close_at_seconds"] = closes.Unix()
	}
	initial := e.Status
	refused = k.onPage(func(page *Page) ([]Entry, *refusal) {
		e.ID = k.id("change")
		for n := range told {
			update, _ := told[n].(object)
			if refused := k.tell(page, &e, fmt.Sprintf("/updates/%d", n), update, n == 0); refused != nil {
				return nil, refused
			}
		}
		if refused := rules.checkClosing("/status", e); refused != nil {
			return nil, refused
		}
		if e.Status != initial {
			k.note(fmt.Sprintf("/status: %q; the updates end in %q, which is what the change is", initial, e.Status))
		}
		if afterwards && !closes.IsZero() && !e.Closed.IsZero() {
			e.Closed = closes
		}
		page.Events = append(page.Events, e)
		rules.recount(page)
		return []Entry{{What: PageOpened, Field: e.Status, Text: e.Title, Detail: eventDetail(*page, e)}}, nil
	})
	return object{"change_id": idNumber(e.ID), "change_name": e.Title}, refused
}

// tell appends an update to e. The first of a change names its components.
func (k *call) tell(page *Page, e *Event, at string, update object, first bool) *refusal {
	rules, u := k.flashduty().pageRules, Update{ID: k.id("update"), Status: word(update, "status"), Text: word(update, "description"), At: k.console.now()}
	if u.Status != "" {
		if refused := rules.checkStatus(at+"/status", e.Type, u.Status); refused != nil {
			return refused
		}
	}
	if first && u.Status == "" {
		u.Status = e.Status
	}
	changes := items(update["component_changes"])
	if first && len(changes) == 0 {
		return invalid(at+"/component_changes", "none", "the components that the change affects, in its first update")
	}
	var refused *refusal
	if u.Components, refused = rules.readComponents(at+"/component_changes", *page, e.Type, changes); refused != nil {
		return refused
	}
	if n, ok := integer(update["at_seconds"]); ok && n != 0 {
		if u.At, refused = seconds(at+"/at_seconds", n); refused != nil {
			return refused
		}
	}
	e.Updates = append(e.Updates, u)
	rules.retell(e)
	return nil
}

// eventDetail is what an entry shows of a change.
func eventDetail(p Page, e Event) object {
	components := object{}
	for id, status := range e.Components {
		components[id] = status
	}
	return object{"page": p.ID, "event": e.ID, "type": e.Type, "components": components}
}

func flashdutyUpdateCreate(k *call) (any, *refusal) {
	var made string
	refused := k.onChange(func(page *Page, e *Event) ([]Entry, *refusal) {
		rules := k.flashduty().pageRules
		if refused := k.tell(page, e, "", k.members(), false); refused != nil {
			return nil, refused
		}
		if refused := rules.checkClosing("/component_changes", *e); refused != nil {
			return nil, refused
		}
		rules.recount(page)
		u := e.Updates[len(e.Updates)-1]
		made = u.ID
		return []Entry{{What: PageUpdated, Field: e.Status, Text: u.Text, Detail: updateDetail(*page, *e, u)}}, nil
	})
	return object{"update_id": made}, refused
}

// updateDetail is what an entry shows of an update.
func updateDetail(p Page, e Event, u Update) object {
	detail := eventDetail(p, e)
	detail["update"] = u.ID
	return detail
}

func flashdutyChangeUpdate(k *call) (any, *refusal) {
	return nothing, k.onChange(func(_ *Page, e *Event) ([]Entry, *refusal) {
		b := k.members()
		if title, given := b["title"].(string); given {
			e.Title = title
		}
		for member, shown := range map[string]string{"responders": "responder_ids", "linked_changes": "linked_change_ids"} {
			if list, given := b[member].([]any); given {
				e.Detail[shown] = list
			}
		}
		return []Entry{{What: PageChanged, Field: e.ID, Text: e.Title}}, nil
	})
}

func flashdutyChangeDelete(k *call) (any, *refusal) {
	return nothing, k.onPage(func(page *Page) ([]Entry, *refusal) {
		n, refused := k.changeOf(page)
		if refused != nil {
			return nil, refused
		}
		e := page.Events[n]
		page.Events = slices.Delete(page.Events, n, n+1)
		k.flashduty().pageRules.recount(page)
		return []Entry{{What: PageDeleted, Field: e.ID, Text: e.Title}}, nil
	})
}

// updateOf finds the update that update_id names.
func (k *call) updateOf(e *Event) (int, *refusal) {
	id := word(k.members(), "update_id")
	n := slices.IndexFunc(e.Updates, func(u Update) bool { return u.ID == id })
	if n < 0 {
		return n, missing("update", id)
	}
	return n, nil
}

func flashdutyUpdateChange(k *call) (any, *refusal) {
	return nothing, k.onChange(func(_ *Page, e *Event) ([]Entry, *refusal) {
		n, refused := k.updateOf(e)
		if refused != nil {
			return nil, refused
		}
		u := &e.Updates[n]
		if u.At, refused = k.moment("at_seconds", u.At); refused != nil {
			return nil, refused
		}
		if text, given := k.members()["description"].(string); given {
			u.Text = text
		}
		k.flashduty().pageRules.retell(e)
		return []Entry{{What: PageChanged, Field: e.ID, Text: u.Text}}, nil
	})
}

func flashdutyUpdateDelete(k *call) (any, *refusal) {
	return nothing, k.onChange(func(page *Page, e *Event) ([]Entry, *refusal) {
		n, refused := k.updateOf(e)
		if refused != nil {
			return nil, refused
		}
		if n == 0 {
			return nil, invalid("/update_id", "the first update", "another: the first names the components that the change affects")
		}
		u := e.Updates[n]
		e.Updates = slices.Delete(e.Updates, n, n+1)
		rules := k.flashduty().pageRules
		rules.retell(e)
		if refused := rules.checkClosing("/update_id", *e); refused != nil {
			return nil, refused
		}
		rules.recount(page)
		return []Entry{{What: PageChanged, Field: e.ID, Text: "deleted: " + u.Text}}, nil
	})
}
