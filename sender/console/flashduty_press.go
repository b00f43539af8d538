package console

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// flashdutyPress presses the button for real. Its answer succeeds even when the
// push fails, and says why.
func flashdutyPress(k *call) (any, *refusal) {
	i, refused := k.one()
	if refused != nil {
		return nil, refused
	}
	id, _, refused := k.whole("integration_id")
	if refused != nil {
		return nil, refused
	}
	action, err := k.console.actionOf(strconv.FormatInt(id, 10))
	if errors.Is(err, errNoAction) {
		return nil, invalid("/integration_id", strconv.FormatInt(id, 10), "an enabled custom action of the incident's channel")
	}
	if err != nil {
		return nil, k.fails("%v", err)
	}
	if inc, refused := k.pushed(i); refused != nil {
		return nil, refused
	} else if n, _ := integer(inc["channel_id"]); n == 0 {
		return nil, invalid("/integration_id", fmt.Sprintf("%d (%s), while the incident is in no channel", id, action.Label), "a custom action of the incident's channel")
	}
	d, err := k.press(i.ID, action.Name)
	switch {
	case errors.Is(err, ErrNotThere):
		return nil, invalid("/integration_id", err.Error(), "a custom action of the incident's channel")
	case errors.Is(err, sender.ErrNotAllowed):
		return nil, refuse(accessDenied, "%v", err)
	case k.ctx.Err() != nil: // who called has gone; the press goes on
		return nothing, nil
	case err != nil:
		return nil, k.fails("%v", err)
	}
	data := object{}
	if why := failure(d); why != "" || k.flashduty().message != "omitted" {
		data["message"] = why
	}
	return data, nil
}

// failure says why a push failed, as the platform's client says it; "" where it
// did not.
func failure(d sender.Delivery) string {
	last := d.Last()
	switch {
	case d.Delivered:
		return ""
	case len(d.Attempts) == 0:
		return "no request was made: " + string(d.Ended)
	case last.Outcome.Kind == sender.Answered:
		return fmt.Sprintf("status %d %s", last.Status, http.StatusText(last.Status))
	}
	return last.GoText
}

// integration is the id of an action as the API shows it; 0 where there is none
// any more.
func (k *call) integration(action string) int64 {
	a, found := k.console.sender.Registry().Action(action)
	if !found {
		return 0
	}
	id, _ := k.console.actionID(a)
	n, _ := integer(id)
	return n
}

// history are the entries of presses that have ended, the oldest first.
func (k *call) history() []Entry {
	list := append(k.console.Timeline(Match{What: Delivered}), k.console.Timeline(Match{What: NotDelivered})...)
	slices.SortFunc(list, func(a, b Entry) int { return cmp.Compare(a.Number, b.Number) })
	return slices.DeleteFunc(list, func(e Entry) bool { return e.Delivery == nil }) // as of a snapshot that lost it
}

// record is one press that has ended, as the history shows it.
func (k *call) record(e Entry) object {
	status := map[What]string{Delivered: "success", NotDelivered: "failed"}[e.What]
	last := e.Delivery.Last()
	var inc object
	if i, found := k.console.find(e.Incident); found {
		inc, _ = k.pushed(i)
	}
	return object{
		"integration_id": k.integration(e.Field), "event_id": e.Delivery.EventID, "webhook_type": "incident", "event_type": "i_custom",
		"channel_id": inc["channel_id"], "ref_id": e.Incident, "endpoint": schema.RedactURL(e.Delivery.URL), "attempt": len(e.Delivery.Attempts),
		"duration": last.Took.Milliseconds(), "status": status, "status_code": last.Status,
		"event_time": e.Delivery.Pressed.In(k.flashduty().zone).Format(time.RFC3339Nano),
	}
}

func flashdutyHistory(k *call) (any, *refusal) {
	from, to, refused := k.between(time.Millisecond, 0)
	if refused != nil {
		return nil, refused
	}
	limit, _, refused := k.whole("limit")
	if refused != nil {
		return nil, refused
	}
	integration, _, refused := k.whole("integration_id")
	if refused != nil {
		return nil, refused
	}
	b := k.members()
	kinds := items(b["event_types"])
	list := slices.DeleteFunc(k.history(), func(e Entry) bool {
		return e.Delivery.Pressed.Before(from) || e.Delivery.Pressed.After(to)
	})
	if b["asc"] != true {
		slices.Reverse(list)
	}
	views, numbers := []object{}, []string{}
	for _, e := range list {
		view := k.record(e)
		if word(b, "ref_id") != "" && view["ref_id"] != b["ref_id"] || word(b, "status") != "" && view["status"] != b["status"] ||
			integration != 0 && view["integration_id"] != integration || len(kinds) > 0 && !slices.Contains(kinds, view["event_type"]) {
			continue
		}
		views, numbers = append(views, view), append(numbers, strconv.FormatUint(e.Number, 10))
	}
	total := len(views)
	if after := word(b, "search_after_ctx"); after != "" {
		n := slices.Index(numbers, after)
		if n < 0 {
			return nil, invalid("/search_after_ctx", said(after), "the cursor of an answer before")
		}
		views, numbers = views[n+1:], numbers[n+1:]
	}
	cursor := ""
	if int64(len(views)) > limit {
		views, cursor = views[:limit], numbers[limit-1]
	}
	return object{"items": views, "total": total, "search_after_ctx": cursor}, nil
}

func flashdutyHistoryDetail(k *call) (any, *refusal) {
	integration, _, refused := k.whole("integration_id")
	if refused != nil {
		return nil, refused
	}
	id := word(k.members(), "event_id")
	for _, e := range k.history() {
		if e.Delivery.EventID != id || k.integration(e.Field) != integration {
			continue
		}
		view, d, last := k.record(e), e.Delivery, e.Delivery.Last()
		view["request_headers"], view["request_body"] = headers(d.Push.Header), string(d.Push.Body)
		view["response_headers"], view["response_body"] = headers(last.Header), string(last.Body)
		view["ref_title"], view["channel_name"] = "", ""
		if i, found := k.console.find(e.Incident); found {
			view["ref_title"], view["channel_name"] = i.text("title"), i.text(nameChannel)
		}
		return view, nil
	}
	return nil, missing("delivery with event id", id)
}

// headers are headers as one text of JSON, secrets hidden.
func headers(h http.Header) string {
	out := map[string]string{}
	for name, values := range schema.RedactHeader(h) {
		out[name] = strings.Join(values, ", ")
	}
	raw, _ := json.Marshal(out) // texts always can be
	return string(raw)
}
