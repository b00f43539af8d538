package console

import (
	"slices"
)

// flashdutyFeed is an incident's timeline. Its times are in milliseconds.
func flashdutyFeed(k *call) (any, *refusal) {
	i, refused := k.one()
	if refused != nil {
		return nil, refused
	}
	part, refused := k.paging(k.flashduty().numbers["page_size"])
	if refused != nil {
		return nil, refused
	}
	inc, refused := k.pushed(i)
	if refused != nil {
		return nil, refused
	}
	wanted := items(k.members()["types"])
	list := []object{}
	for _, e := range k.console.Timeline(Match{Incident: i.ID}) {
		kind, detail := k.told(e, inc)
		if kind == "" || len(wanted) > 0 && !slices.Contains(wanted, any(kind)) {
			continue
		}
		at := e.At.UnixMilli()
		list = append(list, object{
			"ref_id": i.ID, "type": kind, "detail": detail, "account_id": inc["account_id"], "creator_id": idOf(e.By), "created_at": at, "updated_at": at,
		})
	}
	if k.members()["asc"] != true {
		slices.Reverse(list)
	}
	from, to, more := part.bounds(len(list))
	return object{"items": list[from:to], "has_next_page": more}, nil
}

// told is how the feed tells of an entry; "" where it does not.
func (k *call) told(e Entry, inc object) (kind string, detail object) {
	switch e.What {
	case Created:
		return "i_new", object{"severity": inc["incident_severity"], "title": e.Text}
	case AcknowledgedIt:
		return "i_ack", object{}
	case Unacknowledged:
		return "i_unack", object{}
	case ResolvedIt:
		return "i_rslv", object{"from": "console"}
	case Reopened:
		return "i_reopen", object{"reason": e.Text}
	case Commented:
		return "i_comm", object{"comment": e.Text, "mute_reply": e.Detail["mute_reply"] == true}
	case FieldSet:
		return "i_r_field", object{"field_name": e.Field, "to": e.Detail["value"]}
	case FieldDeleted:
		return "i_r_field", object{"field_name": e.Field, "to": nil}
	case Delivered: // a press that failed leaves no record
		return "i_custom", object{"integration_id": k.integration(e.Field), "integration_name": k.console.label(e.Field)}
	case Changed:
		switch e.Field {
		case fieldSnoozed:
			return "i_snooze", e.Detail
		case fieldWoken:
			return "i_wake", e.Detail
		case fieldResponders:
			return "i_a_rspd", e.Detail
		}
		return resetOf(e.Field).kind, e.Detail
	}
	return "", nil
}
