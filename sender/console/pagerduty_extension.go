package console

import (
	"errors"
	"maps"
	"slices"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// extensionSchema is the schema of custom incident actions, the only one here.
// Its id and name are those of the push's outbound integration.
func (a *pdAccount) extensionSchema() (object, error) {
	message, err := a.message("")
	if err != nil {
		return nil, err
	}
	integration := part(message, "webhook", "outbound_integration")
	id, name := word(integration, "id"), word(integration, "summary")
	view := pdLinksOf(message).reference("extension_schema", "/extension_schemas/", id, name)
	maps.Copy(view, object{
		"html_url": nil, "key": a.texts["extension_schema_key"], "label": name, "description": name, "send_types": []any{"custom"},
		"icon_url": "", "logo_url": "", "guide_url": "", "url": "",
	})
	return view, nil
}

func pdListExtensionSchemas(k *call) (any, *refusal) {
	view, err := k.pd().extensionSchema()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return k.paged("extension_schemas", []object{view})
}

func pdGetExtensionSchema(k *call) (any, *refusal) {
	view, err := k.pd().extensionSchema()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	id := k.path["id"]
	return one("extension_schema", id, []object{view}, refuse(pdNotFound, "there is no extension schema %q; there is %v", shortened(id), view["id"]))
}

// extensionOf shows an action as an extension.
func (a *pdAccount) extensionOf(action sender.Action, include []string) (object, error) {
	values, err := a.c.sender.ActionValues(action.Name)
	if err != nil {
		return nil, err
	}
	id, err := a.c.actionID(action)
	if err != nil {
		return nil, err
	}
	kind, err := a.extensionSchema()
	if err != nil {
		return nil, err
	}
	links, err := a.links()
	if err != nil {
		return nil, err
	}
	objects := []object{}
	for _, name := range action.Channels {
		objects = append(objects, a.serviceReference(name, links))
	}
	view := links.reference(a.extension.Type, a.extension.Path, id, action.Label)
	maps.Copy(view, object{
		"html_url": nil, "name": action.Label, "endpoint_url": values["endpoint"], "extension_objects": objects,
		"extension_schema": pdReference(kind, "extension_schema_reference"), "config": object{"headers": a.headers(action)},
	})
	if slices.Contains(include, "temporarily_disabled") {
		_, view["temporarily_disabled"] = a.c.sender.Disabled(action.Name)
	}
	return view, nil
}

// headers are an action's own, their values hidden; null where it has none.
func (a *pdAccount) headers(action sender.Action) any {
	var shown []object
	for _, h := range action.Headers {
		shown = append(shown, object{"name": h.Name, "value": a.texts["hidden_header"]})
	}
	if shown == nil {
		return nil
	}
	return shown
}

// pdShow answers with an action as an extension.
func (k *call) pdShow(action sender.Action, include []string) (any, *refusal) {
	view, err := k.pd().extensionOf(action, include)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return object{"extension": view}, nil
}

// pdAction is the action whose id the path says.
func (k *call) pdAction() (sender.Action, *refusal) {
	action, err := k.console.actionOf(k.path["id"])
	if err != nil {
		return action, refuse(pdNoWebhook, "there is no extension %q", shortened(k.path["id"]))
	}
	return action, nil
}

func pdGetExtension(k *call) (any, *refusal) {
	action, refused := k.pdAction()
	if refused != nil {
		return nil, refused
	}
	return k.pdShow(action, k.pdInclude("temporarily_disabled"))
}

func pdListExtensions(k *call) (any, *refusal) {
	kind, err := k.pd().extensionSchema()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	views, include := []object{}, k.pdInclude("temporarily_disabled")
	for _, action := range k.console.sender.Registry().Actions() {
		on := func(name string) bool { return k.pd().serviceID(name) == k.query.Get("extension_object_id") }
		if k.query.Has("extension_object_id") && !slices.ContainsFunc(action.Channels, on) ||
			k.query.Has("extension_schema_id") && kind["id"] != k.query.Get("extension_schema_id") || !within(k.query.Get("query"), action.Label) {
			continue
		}
		view, err := k.pd().extensionOf(action, include)
		if err != nil {
			return nil, k.fails("%v", err)
		}
		views = append(views, view)
	}
	return k.paged("extensions", views)
}

// pdReadExtension lays what the body says over an action.
func (k *call) pdReadExtension(action sender.Action) (sender.Action, *refusal) {
	asked := part(k.members(), "extension")
	if asked == nil {
		asked = k.members()
		k.note("the wrapper \"extension\" is missing around the extension, as the platform's own Go library leaves it out")
	}
	kind, err := k.pd().extensionSchema()
	if err != nil {
		return action, k.fails("%v", err)
	}
	if id := word(part(asked, "extension_schema"), "id"); id != kind["id"] {
		return action, refuse(pdInvalid, "/extension/extension_schema/id: %q; custom incident actions have %v", shortened(id), kind["id"])
	}
	action.Label, action.URL, action.Channels = word(asked, "name"), word(asked, "endpoint_url"), nil
	for n, one := range items(asked["extension_objects"]) {
		object, _ := one.(object)
		name, found := k.pd().serviceOf(word(object, "id"))
		if !found {
			return action, refuse(pdNoService, "/extension/extension_objects/%d/id: there is no service %q", n, shortened(word(object, "id")))
		}
		action.Channels = append(action.Channels, name)
	}
	if config, said := asked["config"].(object); said {
		action.Headers = k.pdReadHeaders(items(config["headers"]), action.Headers)
	}
	return action, nil
}

// pdReadHeaders reads custom headers. What an answer shows in place of a value
// stands for the value that is there.
func (k *call) pdReadHeaders(asked []any, had []sender.Header) []sender.Header {
	var headers []sender.Header
	for _, one := range asked {
		o, _ := one.(object)
		h := sender.Header{Name: word(o, "name"), Value: word(o, "value")}
		if n := slices.IndexFunc(had, func(old sender.Header) bool { return old.Name == h.Name }); n >= 0 && h.Value == k.pd().texts["hidden_header"] {
			h.Value = had[n].Value
		}
		headers = append(headers, h)
	}
	return headers
}

// pdConfigured turns what the registry says into a refusal.
func (k *call) pdConfigured(err error) *refusal {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, sender.ErrChannelFull):
		return refuse(pdLimitReached, "%v", err)
	case errors.Is(err, sender.ErrNotAllowed):
		return refuse(pdAccessDenied, "%v", err)
	}
	return refuse(pdInvalid, "%v", err)
}

func pdCreateExtension(k *call) (any, *refusal) {
	action, refused := k.pdReadExtension(sender.Action{CreatedBy: k.by})
	if refused != nil {
		return nil, refused
	}
	registry := k.console.sender.Registry()
	action.ID, action.Name = k.id("extension"), action.Label
	err := registry.Add(action)
	if errors.Is(err, sender.ErrDuplicate) { // the platform tells them apart by their ids
		action.Name = action.Label + " " + action.ID
		err = registry.Add(action)
	}
	if refused := k.pdConfigured(err); refused != nil {
		return nil, refused
	}
	k.enter(Entry{What: ActionCreated, Field: action.Name, Text: schema.RedactURL(action.URL)})
	return k.pdShow(action, nil)
}

func pdUpdateExtension(k *call) (any, *refusal) {
	action, refused := k.pdAction()
	if refused != nil {
		return nil, refused
	}
	action, refused = k.pdReadExtension(action)
	if refused != nil {
		return nil, refused
	}
	if refused := k.pdConfigured(k.console.sender.Registry().Replace(action.Name, action)); refused != nil {
		return nil, refused
	}
	k.enter(Entry{What: ActionChanged, Field: action.Name, Text: schema.RedactURL(action.URL)})
	return k.pdShow(action, nil)
}

func pdDeleteExtension(k *call) (any, *refusal) {
	action, refused := k.pdAction()
	if refused != nil {
		return nil, refused
	}
	if err := k.console.sender.Registry().Remove(action.Name); err != nil {
		return nil, refuse(pdNoWebhook, "%v", err)
	}
	k.enter(Entry{What: ActionDeleted, Field: action.Name, Text: action.Label})
	return nil, nil
}

func pdEnableExtension(k *call) (any, *refusal) {
	action, refused := k.pdAction()
	if refused != nil {
		return nil, refused
	}
	if err := k.console.sender.Enable(action.Name); err != nil {
		return nil, refuse(pdNoWebhook, "%v", err)
	}
	k.enter(Entry{What: ActionEnabled, Field: action.Name, Text: action.Label})
	return k.pdShow(action, []string{"temporarily_disabled"})
}

// pdGetWebhook answers with the webhook of the pushes of an action.
func pdGetWebhook(k *call) (any, *refusal) {
	action, refused := k.pdAction()
	if refused != nil {
		return nil, refused
	}
	values, err := k.console.sender.ActionValues(action.Name)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	values = maps.Clone(values)
	if base := k.console.sender.APIURL(); base != "" {
		values[nameAPIURL] = base
	}
	if len(action.Channels) > 0 {
		values[nameChannel] = action.Channels[0]
	}
	message, err := k.pd().compose(values)
	if err != nil {
		return nil, k.fails("%v", err)
	}
	return object{"webhook": message["webhook"]}, nil
}

func pdGetOutboundIntegration(k *call) (any, *refusal) {
	message, err := k.pd().message("")
	if err != nil {
		return nil, k.fails("%v", err)
	}
	view, id := part(message, "webhook", "outbound_integration"), k.path["id"]
	view["type"] = "outbound_integration"
	return one("outbound_integration", id, []object{view}, refuse(pdNotFound, "there is no outbound integration %q", shortened(id)))
}

// pdPress presses a button for real. It does not wait for the endpoint: what
// becomes of the press is on the timeline.
func pdPress(k *call) (any, *refusal) {
	i, found := k.incident(k.path["id"])
	if !found {
		return nil, pdMissing(k.path["id"])
	}
	webhook := part(k.members(), "custom_action", "webhook")
	action, err := k.console.actionOf(word(webhook, "id"))
	if err != nil {
		return nil, refuse(pdNoWebhook, "/custom_action/webhook/id: there is no extension %q", shortened(word(webhook, "id")))
	}
	switch _, err = k.start(i.ID, action.Name); {
	case errors.Is(err, ErrNoIncident):
		return nil, pdMissing(i.ID)
	case errors.Is(err, ErrNotThere):
		return nil, refuse(pdNoWebhook, "%v", err)
	case errors.Is(err, sender.ErrNotAllowed):
		return nil, refuse(pdAccessDenied, "%v", err)
	case err != nil:
		return nil, k.fails("%v", err)
	}
	links, err := k.pd().links()
	if err != nil {
		return nil, k.fails("%v", err)
	}
	id := word(webhook, "id")
	view := links.reference("webhook_reference", "/webhooks/", id, action.Label)
	view["html_url"] = nil
	return object{"custom_action": object{"webhook": view}}, nil
}
