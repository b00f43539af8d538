package console

import (
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// object is a JSON object as it is written or was read; numbers that were read
// are json.Number.
type object = map[string]any

// pushed is what the push of an incident carries of it: what the API shows is
// made of it, so that the two never disagree. The console may be locked.
func (k *call) pushed(i Incident) (object, *refusal) {
	body, err := k.console.show(i)
	if err != nil {
		return nil, k.fails("incident %s: %v", i.ID, err)
	}
	inc, _ := body["incident"].(object)
	return inc, nil
}

// shown is an incident as the API shows it.
func (k *call) shown(i Incident) (object, *refusal) {
	inc, refused := k.pushed(i)
	if refused != nil {
		return nil, refused
	}
	return incidentInfo(inc, k.overridden(i)), nil
}

// allShown are incidents as the API shows them.
func (k *call) allShown(list []Incident) ([]object, *refusal) {
	out := make([]object, 0, len(list))
	for _, i := range list {
		view, refused := k.shown(i)
		if refused != nil {
			return nil, refused
		}
		out = append(out, view)
	}
	return out, nil
}

// overridden names what people have changed of what came with the incident.
func (k *call) overridden(i Incident) []string {
	var out []string
	for _, e := range k.console.Timeline(Match{Incident: i.ID, What: Changed}) {
		if name := resetOf(e.Field).member; name != "" && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// incidentInfo is an incident as the API shows it: what its push carries, and
// what the API has beyond that. A console knows nothing of the latter, so that it
// follows from the former or is empty; alerts are the push's alone.
func incidentInfo(inc object, overridden []string) object {
	alerts, active, events := items(inc["alerts"]), 0, int64(0)
	for _, a := range alerts {
		alert, _ := a.(object)
		if alert["alert_status"] != "Ok" {
			active++
		}
		n, _ := integer(alert["event_cnt"])
		events += n
	}
	integrations := []any{}
	if id, ok := integer(inc["data_source_id"]); ok && id != 0 {
		integrations = append(integrations, id)
	}
	view := object{
		"dedup_key": "", "equals_md5": "", "labels": object{}, "fields": object{}, "responders": []any{}, "assigned_to": object{},
		"group_method": "n", "description": "", "impact": "", "root_cause": "", "resolution": "", "snoozed_before": 0,
		"ack_time": 0, "close_time": 0, "end_time": 0,
		"account_name": "", "account_locale": "", "account_time_zone": "", "ai_summary": "", "post_mortem_id": "",
		"alert_cnt": len(alerts), "active_alert_cnt": active, "alert_event_cnt": events,
		"channel_id": 0, "channel_name": "", "channel_status": "enabled",
		"creator_id": personID(inc["creator"]), "closer_id": personID(inc["closer"]), "owner_id": 0,
		"integration_id": first(integrations), "integration_ids": integrations, "integration_types": []any{}, "integration_type": "",
		"ever_muted": false, "images": nil, "manual_overrides": overridden,
		"silence_url": strings.Replace(word(inc, "detail_url"), "/incident/detail/", "/incident/silence/", 1),
	}
	maps.Copy(view, inc)
	delete(view, "alerts")
	return view
}

// alertInfos are the alerts of an incident as the API shows them.
func alertInfos(inc object, withEvents bool) []object {
	out := []object{}
	for _, a := range items(inc["alerts"]) {
		alert, _ := a.(object)
		view := object{
			"integration_id": alert["data_source_id"], "integration_name": "", "integration_type": "", "integration_ref_id": "",
			"data_source_name": "", "data_source_type": "", "data_source_ref_id": "",
			"channel_id": inc["channel_id"], "channel_name": inc["channel_name"], "channel_status": "enabled",
			"ever_muted": false, "images": nil, "labels": object{}, "description": "", "end_time": 0,
			"incident": object{"incident_id": inc["incident_id"], "title": inc["title"], "progress": inc["progress"]},
		}
		maps.Copy(view, alert)
		for _, legacy := range []string{"progress", "close_time", "responder_id"} {
			delete(view, legacy) // the push's alone
		}
		if withEvents {
			view["events"] = []any{}
		}
		out = append(out, view)
	}
	return out
}

func personID(person any) any {
	if p, ok := person.(object); ok && p["person_id"] != nil {
		return p["person_id"]
	}
	return 0
}

func first(ids []any) any {
	if len(ids) == 0 {
		return 0
	}
	return ids[0]
}

// items is v where it is a list, and none otherwise.
func items(v any) []any {
	l, _ := v.([]any)
	return l
}

// word is the text of a member, "" where it has none.
func word(o object, name string) string {
	s, _ := o[name].(string)
	return s
}

// integer is v as a whole number, which JSON also writes as 1.0 or 1e3; ok is false
// where it is none, or one that no platform's 64 bits hold.
func integer(v any) (n int64, ok bool) {
	switch v := v.(type) {
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		return int64(f), err == nil && f == math.Trunc(f) && f >= -1<<63 && f < 1<<63
	case string:
		n, err := strconv.ParseInt(v, 10, 64)
		return n, err == nil
	case int:
		return int64(v), true
	case int64:
		return v, true
	}
	return 0, false
}
