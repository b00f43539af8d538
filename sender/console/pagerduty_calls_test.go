package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender/console"
)

// pagerDutyCall is one row: a call, and what it must answer.
type pagerDutyCall struct {
	op     string // the operation that is asked for; "" is none
	method string
	path   string
	body   string
	header []string
	before func(a *pagerDutyAccount)
	status int
	code   string         // of the error; "" is success
	shows  map[string]any // what stands where in the answer: "note.content"
	says   string         // part of the reason on the timeline
	notes  string         // part of a note on the timeline
}

// pagerDutySucceeds has every operation on a state that fits it.
var pagerDutySucceeds = map[string]pagerDutyCall{
	"incidents are listed": {op: "listIncidents", method: "GET", path: "/incidents?statuses[]=triggered&urgencies[]=high&service_ids[]={service}&total=true&limit=5",
		status: 200, shows: map[string]any{"incidents.0.id": "{incident}", "limit": "5", "offset": "0", "more": "false", "total": "1"}},
	"without total there is none": {op: "listIncidents", method: "GET", path: "/incidents", status: 200, shows: map[string]any{"limit": "25", "total": "<nil>"}},
	"a list that has more says so": {op: "listIncidents", method: "GET", path: "/incidents?limit=1", before: func(a *pagerDutyAccount) { a.add(schema.Values{"title": "Another one"}) },
		status: 200, shows: map[string]any{"more": "true", "incidents.1": "<nil>"}},
	"a limit over the largest page is cut": {op: "listIncidents", method: "GET", path: "/incidents?limit=101", status: 200, shows: map[string]any{"limit": "100"}, notes: "limit"},
	"a resolved incident is not among the triggered": {op: "listIncidents", method: "GET", path: "/incidents?statuses[]=triggered", before: (*pagerDutyAccount).resolve,
		status: 200, shows: map[string]any{"incidents.0": "<nil>"}},
	"an incident is found by its key":                {op: "listIncidents", method: "GET", path: "/incidents?incident_key=shop-7.example.com", status: 200, shows: map[string]any{"incidents.0.id": "{incident}"}},
	"an incident is found by whom it is assigned to": {op: "listIncidents", method: "GET", path: "/incidents?user_ids[]={responder}", status: 200, shows: map[string]any{"incidents.0.id": "{incident}"}},
	"an incident is made": {op: "createIncident", method: "POST", path: "/incidents",
		body:   `{"incident":{"type":"incident","title":"Orders stand still","service":{"id":"{service}","type":"service_reference"},"urgency":"low","incident_key":"orders-3.example.com","priority":null}}`,
		status: 201, shows: map[string]any{"incident.title": "Orders stand still", "incident.description": "Orders stand still", "incident.status": "triggered", "incident.urgency": "low",
			"incident.incident_key": "orders-3.example.com", "incident.service.id": "{service}", "incident.service.type": "service_reference"}},
	"a key of a resolved incident may be had again": {op: "createIncident", method: "POST", path: "/incidents", before: (*pagerDutyAccount).resolve,
		body: `{"incident":{"type":"incident","title":"x","incident_key":"shop-7.example.com","service":{"id":"{service}","type":"service_reference"}}}`, status: 201},
	"incidents are changed together": {op: "updateIncidents", method: "PUT", path: "/incidents", body: `{"incidents":[{"id":"{incident}","type":"incident_reference","status":"acknowledged"}]}`,
		status: 200, shows: map[string]any{"incidents.0.status": "acknowledged", "incidents.0.acknowledgements.0.acknowledger.summary": "Robin Example"}},
	"an incident is read": {op: "getIncident", method: "GET", path: "/incidents/{incident}", status: 200,
		shows: map[string]any{"incident.id": "{incident}", "incident.title": "The shop answers slowly", "incident.incident_key": "shop-7.example.com", "incident.resolved_at": "<nil>",
			"incident.assignments.0.assignee.summary": "Kim Example", "incident.service.type": "service_reference", "incident.created_at": "2026-03-04T11:55:00Z"}},
	"an incident is read with its service": {op: "getIncident", method: "GET", path: "/incidents/{incident}?include[]=services", status: 200, shows: map[string]any{"incident.service.type": "service"}},
	"what is not included is noted":        {op: "getIncident", method: "GET", path: "/incidents/{incident}?include[]=users", status: 200, notes: "include[]=users"},
	"another Accept is noted":              {op: "getIncident", method: "GET", path: "/incidents/{incident}", header: []string{"Accept", "text/html"}, status: 200, notes: "Accept"},
	"no Accept is noted":                   {op: "getIncident", method: "GET", path: "/incidents/{incident}", header: []string{"Accept", ""}, status: 200, notes: "Accept"},
	"Bearer is a key too":                  {op: "getIncident", method: "GET", path: "/incidents/{incident}", header: []string{"Authorization", "Bearer {key}"}, status: 200},
	"an incident is resolved": {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"incident":{"type":"incident","status":"resolved","resolution":"restarted"}}`,
		status: 200, shows: map[string]any{"incident.status": "resolved", "incident.resolved_at": "2026-03-04T12:00:00Z", "incident.last_status_change_at": "2026-03-04T12:00:00Z",
			"incident.last_status_change_by.summary": "Robin Example", "incident.assignments.0": "<nil>", "incident.acknowledgements.0": "<nil>"}},
	"an acknowledged incident is triggered again": {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", before: (*pagerDutyAccount).acknowledge,
		body: `{"incident":{"type":"incident","status":"triggered"}}`, status: 200, shows: map[string]any{"incident.status": "triggered", "incident.acknowledgements.0": "<nil>"}},
	"title, urgency and assignments change": {op: "updateIncident", method: "PUT", path: "/incidents/{incident}",
		body: `{"incident":{"type":"incident","title":"Slow","urgency":"low","assignments":[{"assignee":{"id":"{user}","type":"user_reference"}}]}}`, status: 200,
		shows: map[string]any{"incident.title": "Slow", "incident.description": "Slow", "incident.urgency": "low", "incident.assignments.0.assignee.summary": "Robin Example", "incident.assignments.1": "<nil>"}},
	"a name that is not documented is noted": {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"incident":{"type":"incident","colour":"red"}}`, status: 200, notes: "/incident/colour"},
	"notes are listed": {op: "listIncidentNotes", method: "GET", path: "/incidents/{incident}/notes", before: (*pagerDutyAccount).write, status: 200,
		shows: map[string]any{"notes.0.content": "The disk was full.", "notes.0.user.id": "{user}"}},
	"a note is written": {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", body: `{"note":{"content":"The disk was full.","user":{"summary":"x"}}}`, status: 200,
		shows: map[string]any{"note.content": "The disk was full.", "note.user.summary": "Robin Example", "note.user.type": "user_reference", "note.created_at": "2026-03-04T12:00:00Z"}},
	"somebody else writes a note": {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", header: []string{"From", "kim.example@example.com"},
		body: `{"note":{"content":"x"}}`, status: 200, shows: map[string]any{"note.user.summary": "Kim Example", "note.user.id": "{responder}"}},
	"alerts are listed": {op: "listIncidentAlerts", method: "GET", path: "/incidents/{incident}/alerts?statuses[]=triggered", status: 200,
		shows: map[string]any{"alerts.0.type": "alert", "alerts.0.incident.id": "{incident}", "alerts.0.status": "triggered", "alerts.0.severity": "critical", "alerts.0.body.cef_details.source_component": "shop-7.example.com"}},
	"an alert is read": {op: "getIncidentAlert", method: "GET", path: "/incidents/{incident}/alerts/{alert}", status: 200, shows: map[string]any{"alert.id": "{alert}"}},
	"the log of an incident is listed": {op: "listIncidentLogEntries", method: "GET", path: "/incidents/{incident}/log_entries?include[]=channels", before: (*pagerDutyAccount).write, status: 200,
		shows: map[string]any{"log_entries.0.type": "annotate_log_entry", "log_entries.0.channel.content": "The disk was full.", "log_entries.0.agent.id": "{user}",
			"log_entries.1.type": "trigger_log_entry", "log_entries.1.id": "{trigger}"}},
	"a status update is sent": {op: "createIncidentStatusUpdate", method: "POST", path: "/incidents/{incident}/status_updates", body: `{"message":"We are on it","subject":"Shop","html_message":"<p>We are on it</p>"}`, status: 200,
		shows: map[string]any{"status_update.message": "We are on it", "status_update.subject": "Shop", "status_update.html_message": "<p>We are on it</p>", "status_update.sender.id": "{user}"}},
	"changes before an incident are listed": {op: "listIncidentRelatedChangeEvents", method: "GET", path: "/incidents/{incident}/related_change_events?limit=3", status: 200,
		shows: map[string]any{"change_events.0.type": "change_event", "change_events.0.services.0.id": "{service}", "change_events.0.correlation_reason.reason": "most_recent", "change_events.0.timestamp": "2026-03-04T11:43:00Z"}},
	"a responder is asked for": {op: "createIncidentResponderRequest", method: "POST", path: "/incidents/{incident}/responder_requests",
		body:   `{"requester_id":"{user}","message":"Help","responder_request_targets":[{"responder_request_target":{"id":"{responder}","type":"user_reference"}}]}`,
		status: 200, shows: map[string]any{"responder_request.message": "Help", "responder_request.requester.id": "{user}", "responder_request.incident.id": "{incident}"}},
	"a button is pressed":    {op: "pressCustomAction", method: "POST", path: "/incidents/{incident}/custom_action", body: `{"custom_action":{"webhook":{"id":"{extension}","type":"webhook_reference"}}}`, status: 200},
	"log entries are listed": {op: "listLogEntries", method: "GET", path: "/log_entries", status: 200, shows: map[string]any{"log_entries.0.id": "{trigger}", "log_entries.0.incident.id": "{incident}"}},
	"the first log entry tells of the host": {op: "getLogEntry", method: "GET", path: "/log_entries/{trigger}?include[]=channels", status: 200,
		shows: map[string]any{"log_entry.type": "trigger_log_entry", "log_entry.channel.cef_details.source_location": "shop-7.example.com", "log_entry.channel.cef_details.source_component": "shop-7.example.com"}},
	"without include a channel is its type": {op: "getLogEntry", method: "GET", path: "/log_entries/{trigger}", status: 200, shows: map[string]any{"log_entry.channel.type": "api", "log_entry.channel.summary": "<nil>"}},
	"the token's user is read":              {op: "getCurrentUser", method: "GET", path: "/users/me", status: 200, shows: map[string]any{"user.id": "{user}", "user.name": "Robin Example"}},
	"users are listed":                      {op: "listUsers", method: "GET", path: "/users?query=kim", status: 200, shows: map[string]any{"users.0.id": "{responder}", "users.0.name": "Kim Example", "users.1": "<nil>"}},
	"a user is read":                        {op: "getUser", method: "GET", path: "/users/{responder}", status: 200, shows: map[string]any{"user.email": "kim.example@example.com", "user.type": "user"}},
	"services are listed":                   {op: "listServices", method: "GET", path: "/services?query=sho", status: 200, shows: map[string]any{"services.0.id": "{service}", "services.0.name": "shop", "services.1": "<nil>"}},
	"a service is read":                     {op: "getService", method: "GET", path: "/services/{service}", status: 200, shows: map[string]any{"service.type": "service", "service.name": "shop", "service.status": "critical"}},
	"a policy is read":                      {op: "getEscalationPolicy", method: "GET", path: "/escalation_policies/{policy}", status: 200, shows: map[string]any{"escalation_policy.id": "{policy}", "escalation_policy.type": "escalation_policy"}},
	"priorities are listed":                 {op: "listPriorities", method: "GET", path: "/priorities", status: 200, shows: map[string]any{"priorities.0.id": "{priority}", "priorities.0.type": "priority"}},
	"a priority is read":                    {op: "getPriority", method: "GET", path: "/priorities/{priority}", status: 200, shows: map[string]any{"priority.name": "P1"}},
	"a priority is set": {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"incident":{"type":"incident","priority":{"id":"{priority}","type":"priority_reference"}}}`, status: 200,
		shows: map[string]any{"incident.priority.summary": "P1"}},
	"extension schemas are listed": {op: "listExtensionSchemas", method: "GET", path: "/extension_schemas", status: 200, shows: map[string]any{"extension_schemas.0.key": "custom_webhook", "extension_schemas.0.id": "{schema}"}},
	"an extension schema is read":  {op: "getExtensionSchema", method: "GET", path: "/extension_schemas/{schema}", status: 200, shows: map[string]any{"extension_schema.summary": "Custom Incident Action"}},
	"extensions are listed": {op: "listExtensions", method: "GET", path: "/extensions?extension_object_id={service}&extension_schema_id={schema}&include[]=temporarily_disabled", status: 200,
		shows: map[string]any{"extensions.0.id": "{extension}", "extensions.0.name": "Restart", "extensions.0.temporarily_disabled": "false", "extensions.0.type": "extension"}},
	"an extension is made": {op: "createExtension", method: "POST", path: "/extensions", body: newExtension("Roll back", `,"config":{"headers":[{"name":"X-Token","value":"drill"}]}`), status: 201,
		shows: map[string]any{"extension.name": "Roll back", "extension.summary": "Roll back", "extension.endpoint_url": "https://hooks.example.com/x", "extension.extension_objects.0.summary": "shop",
			"extension.extension_schema.id": "{schema}", "extension.config.headers.0.name": "X-Token", "extension.config.headers.0.value": "-- redacted --", "extension.temporarily_disabled": "<nil>"}},
	"an extension without its wrapper is made": {op: "createExtension", method: "POST", path: "/extensions",
		body:   `{"name":"Bare","endpoint_url":"https://hooks.example.com/x","extension_schema":{"id":"{schema}","type":"extension_schema_reference"},"extension_objects":[{"id":"{service}","type":"service_reference"}],"config":null}`,
		status: 201, shows: map[string]any{"extension.name": "Bare"}, notes: "wrapper"},
	"an extension is read": {op: "getExtension", method: "GET", path: "/extensions/{extension}", status: 200, shows: map[string]any{"extension.self": "{url}/extensions/{extension}"}},
	"an extension is changed": {op: "updateExtension", method: "PUT", path: "/extensions/{extension}", body: newExtension("Restart the host", ""), status: 200,
		shows: map[string]any{"extension.id": "{extension}", "extension.name": "Restart the host", "extension.endpoint_url": "https://hooks.example.com/x"}},
	"an extension is deleted": {op: "deleteExtension", method: "DELETE", path: "/extensions/{extension}", status: 204},
	"an extension is enabled": {op: "enableExtension", method: "POST", path: "/extensions/{extension}/enable", status: 200, shows: map[string]any{"extension.temporarily_disabled": "false"}},
	"a webhook is read":       {op: "getWebhook", method: "GET", path: "/webhooks/{extension}", status: 200, shows: map[string]any{"webhook.id": "{extension}", "webhook.type": "webhook", "webhook.name": "Restart"}},
	"an outbound integration is read": {op: "getOutboundIntegration", method: "GET", path: "/outbound_integrations/{schema}", status: 200,
		shows: map[string]any{"outbound_integration.summary": "Custom Incident Action"}},
	"status pages are listed":    {op: "listStatusPages", method: "GET", path: "/status_pages", status: 200, shows: map[string]any{"status_pages.0.id": "{page}", "status_pages.0.type": "status_page"}},
	"impacts are listed":         {op: "listStatusPageImpacts", method: "GET", path: "/status_pages/{page}/impacts?post_type=incident", status: 200, shows: map[string]any{"impacts.0.id": "{impact}", "impacts.0.description": "operational"}},
	"an impact is read":          {op: "getStatusPageImpact", method: "GET", path: "/status_pages/{page}/impacts/{impact}", status: 200, shows: map[string]any{"impact.description": "operational"}},
	"severities are listed":      {op: "listStatusPageSeverities", method: "GET", path: "/status_pages/{page}/severities", status: 200, shows: map[string]any{"severities.0.id": "{severity}"}},
	"a severity is read":         {op: "getStatusPageSeverity", method: "GET", path: "/status_pages/{page}/severities/{severity}", status: 200, shows: map[string]any{"severity.type": "status_page_severity"}},
	"statuses are listed":        {op: "listStatusPageStatuses", method: "GET", path: "/status_pages/{page}/statuses", status: 200, shows: map[string]any{"statuses.0.id": "{status}", "statuses.0.description": "investigating"}},
	"a status is read":           {op: "getStatusPageStatus", method: "GET", path: "/status_pages/{page}/statuses/{status}", status: 200, shows: map[string]any{"status.post_type": "incident"}},
	"page's services are listed": {op: "listStatusPageServices", method: "GET", path: "/status_pages/{page}/services", status: 200, shows: map[string]any{"services.0.id": "{component}", "services.0.type": "status_page_service"}},
	"a page's service is read":   {op: "getStatusPageService", method: "GET", path: "/status_pages/{page}/services/{component}", status: 200, shows: map[string]any{"service.id": "{component}"}},
	"posts are listed":           {op: "listStatusPagePosts", method: "GET", path: "/status_pages/{page}/posts?post_type=incident", status: 200, shows: map[string]any{"posts.0.id": "{post}"}},
	"a post is made": {op: "createStatusPagePost", method: "POST", path: "/status_pages/{page}/posts", header: []string{"From", ""}, body: newPost(strings.Repeat("x", 128)), status: 201,
		shows: map[string]any{"post.type": "status_page_post", "post.post_type": "incident", "post.status_page.id": "{page}", "post.updates.0.type": "status_page_post_update"}},
	"a post is read":          {op: "getStatusPagePost", method: "GET", path: "/status_pages/{page}/posts/{post}", status: 200, shows: map[string]any{"post.id": "{post}", "post.self": "{url}/status_pages/{page}/posts/{post}"}},
	"post updates are listed": {op: "listStatusPagePostUpdates", method: "GET", path: "/status_pages/{page}/posts/{post}/post_updates", status: 200, shows: map[string]any{"post_updates.0.id": "{update}"}},
	"a post update is made": {op: "createStatusPagePostUpdate", method: "POST", path: "/status_pages/{page}/posts/{post}/post_updates", header: []string{"From", ""},
		body: `{"post_update":` + newPostUpdate(`,"post":{"id":"{post}","type":"status_page_post"},"update_frequency_ms":60000`) + `}`, status: 201,
		shows: map[string]any{"post_update.message": "<p>Slow</p>", "post_update.post.id": "{post}", "post_update.status.id": "{status}", "post_update.update_frequency_ms": "60000", "post_update.reported_at": "2026-03-04T12:00:00Z"}},
	"a post update without post and frequency is made, and noted": {op: "createStatusPagePostUpdate", method: "POST", path: "/status_pages/{page}/posts/{post}/post_updates",
		body: `{"post_update":` + newPostUpdate("") + `}`, status: 201, notes: "update_frequency_ms"},
	"a post update is read": {op: "getStatusPagePostUpdate", method: "GET", path: "/status_pages/{page}/posts/{post}/post_updates/{update}", status: 200, shows: map[string]any{"post_update.id": "{update}"}},
}

func newExtension(name, more string) string {
	return `{"extension":{"name":"` + name + `","endpoint_url":"https://hooks.example.com/x","extension_schema":{"id":"{schema}","type":"extension_schema_reference"},` +
		`"extension_objects":[{"id":"{service}","type":"service_reference"}]` + more + `}}`
}

func newPostUpdate(more string) string {
	return `{"type":"status_page_post_update","message":"<p>Slow</p>","status":{"id":"{status}","type":"status_page_status"},"severity":{"id":"{severity}","type":"status_page_severity"},` +
		`"impacted_services":[{"service":{"id":"{component}","type":"status_page_service"},"impact":{"id":"{impact}","type":"status_page_impact"}}],"notify_subscribers":false` + more + `}`
}

func newPost(title string) string {
	return `{"post":{"type":"status_page_post","title":"` + title + `","post_type":"incident","starts_at":null,"ends_at":null,"status_page":{"id":"{page}","type":"status_page"},"updates":[` +
		newPostUpdate(`,"post":null,"update_frequency_ms":null`) + `]}}`
}

// pagerDutyRefuses has each documented limit, one step beyond it.
var pagerDutyRefuses = map[string]pagerDutyCall{
	"no key":                               {method: "GET", path: "/incidents", header: []string{"Authorization", ""}, status: 401, code: "2006", says: "Authorization"},
	"a wrong key":                          {method: "GET", path: "/incidents", header: []string{"Authorization", "Token token=wrong"}, status: 401, code: "2006"},
	"a key in another form":                {method: "GET", path: "/incidents", header: []string{"Authorization", "Token {key}"}, status: 401, code: "2006", says: "Token token="},
	"two spaces before the key":            {method: "GET", path: "/incidents", header: []string{"Authorization", "Token  token={key}"}, status: 401, code: "2006"},
	"bearer in small letters":              {method: "GET", path: "/incidents", header: []string{"Authorization", "bearer {key}"}, status: 401, code: "2006"},
	"a place that there is not":            {method: "GET", path: "/maintenance_windows", status: 404, code: "2100"},
	"a method that there is not":           {method: "DELETE", path: "/incidents/{incident}", status: 404, code: "2100"},
	"no From":                              {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", header: []string{"From", ""}, body: `{"note":{"content":"x"}}`, status: 400, code: "2001", says: "From"},
	"From nobody":                          {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", header: []string{"From", "nobody@example.com"}, body: `{"note":{"content":"x"}}`, status: 400, code: "1008", says: "nobody@example.com"},
	"no such incident":                     {op: "getIncident", method: "GET", path: "/incidents/PNOTHER", status: 404, code: "5001"},
	"a note on no incident":                {op: "createIncidentNote", method: "POST", path: "/incidents/PNOTHER/notes", body: `{"note":{"content":"x"}}`, status: 404, code: "5001"},
	"an incident that is resolved already": {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", before: (*pagerDutyAccount).resolve, body: `{"incident":{"type":"incident","status":"resolved"}}`, status: 400, code: "1001"},
	"an incident that cannot be acknowledged any more": {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", before: (*pagerDutyAccount).resolve, body: `{"incident":{"type":"incident","status":"acknowledged"}}`, status: 400, code: "1001"},
	"a status that there is not":                       {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"incident":{"type":"incident","status":"closed"}}`, status: 400, code: "2001", says: "resolved, acknowledged"},
	"an incident without its type":                     {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"incident":{"status":"resolved"}}`, status: 400, code: "2001", says: "/incident/type"},
	"an incident without its wrapper":                  {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"type":"incident","status":"resolved"}`, status: 400, code: "2001", says: "/incident"},
	"assigned to nobody's id":                          {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"incident":{"type":"incident","assignments":[{"assignee":{"id":"PNOBODY","type":"user_reference"}}]}}`, status: 400, code: "1007"},
	"the second of two assigned to nobody's id": {op: "updateIncidents", method: "PUT", path: "/incidents",
		body:   `{"incidents":[{"id":"{incident}","type":"incident","title":"x"},{"id":"{incident}","type":"incident","assignments":[{"assignee":{"id":"PNOBODY","type":"user_reference"}}]}]}`,
		status: 400, code: "1007", says: "/incidents/1/assignments/0/assignee/id"},
	"a policy that there is not":         {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"incident":{"type":"incident","escalation_policy":{"id":"PNOTHER","type":"escalation_policy_reference"}}}`, status: 404, code: "5001"},
	"a priority that there is not":       {op: "updateIncident", method: "PUT", path: "/incidents/{incident}", body: `{"incident":{"type":"incident","priority":{"id":"PNOTHER","type":"priority_reference"}}}`, status: 400, code: "1020", says: "P1"},
	"no such priority":                   {op: "getPriority", method: "GET", path: "/priorities/PNOTHER", status: 404, code: "2100"},
	"251 incidents at once":              {op: "updateIncidents", method: "PUT", path: "/incidents", body: `{"incidents":[` + strings.TrimSuffix(strings.Repeat(`{"id":"{incident}","type":"incident"},`, 251), ",") + `]}`, status: 413, code: "2001", says: "250"},
	"an unknown one among those changed": {op: "updateIncidents", method: "PUT", path: "/incidents", body: `{"incidents":[{"id":"{incident}","type":"incident","status":"resolved"},{"id":"PNOTHER","type":"incident"}]}`, status: 404, code: "5001"},
	"a page beyond the reach":            {op: "listIncidents", method: "GET", path: "/incidents?limit=100&offset=9901", status: 400, code: "2001", says: "10000"},
	"a limit that is no number":          {op: "listIncidents", method: "GET", path: "/incidents?limit=many", status: 400, code: "2001", says: "?limit"},
	"an urgency that there is not":       {op: "listIncidents", method: "GET", path: "/incidents?urgencies[]=medium", status: 400, code: "2001", says: "high"},
	"since what is no time":              {op: "listIncidents", method: "GET", path: "/incidents?since=yesterday", status: 400, code: "2004"},
	"an empty note":                      {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", body: `{"note":{"content":""}}`, status: 400, code: "2001", says: "/note/content"},
	"a note without content":             {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", body: `{"note":{}}`, status: 400, code: "2001"},
	"a note without its wrapper":         {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", body: `{"content":"x"}`, status: 400, code: "2001", says: "/note"},
	"a body that is no JSON":             {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", body: `note=x`, status: 400, code: "2001"},
	"no body":                            {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", status: 400, code: "2001"},
	"a body that is too large":           {op: "createIncidentNote", method: "POST", path: "/incidents/{incident}/notes", body: `{"note":{"content":"` + strings.Repeat("x", 1<<20) + `"}}`, status: 413, code: "2001"},
	"a status update without a message":  {op: "createIncidentStatusUpdate", method: "POST", path: "/incidents/{incident}/status_updates", body: `{"subject":"a","html_message":"b"}`, status: 400, code: "2001", says: "/message"},
	"a status update that is wrapped":    {op: "createIncidentStatusUpdate", method: "POST", path: "/incidents/{incident}/status_updates", body: `{"status_update":{"message":"x"}}`, status: 400, code: "2001", says: "/message"},
	"a subject without html_message":     {op: "createIncidentStatusUpdate", method: "POST", path: "/incidents/{incident}/status_updates", body: `{"message":"x","subject":"a"}`, status: 400, code: "2001", says: "together"},
	"an incident on no service":          {op: "createIncident", method: "POST", path: "/incidents", body: `{"incident":{"type":"incident","title":"x","service":{"id":"PNOTHER","type":"service_reference"}}}`, status: 404, code: "5002"},
	"a key that an open incident has":    {op: "createIncident", method: "POST", path: "/incidents", body: `{"incident":{"type":"incident","title":"x","incident_key":"shop-7.example.com","service":{"id":"{service}","type":"service_reference"}}}`, status: 400, code: "2002", says: "{incident}"},
	"an incident without a title":        {op: "createIncident", method: "POST", path: "/incidents", body: `{"incident":{"type":"incident","service":{"id":"{service}","type":"service_reference"}}}`, status: 400, code: "2001", says: "/incident/title"},
	"a button that there is not":         {op: "pressCustomAction", method: "POST", path: "/incidents/{incident}/custom_action", body: `{"custom_action":{"webhook":{"id":"PNOTHER","type":"webhook_reference"}}}`, status: 404, code: "5001"},
	"a press on no incident":             {op: "pressCustomAction", method: "POST", path: "/incidents/PNOTHER/custom_action", body: `{"custom_action":{"webhook":{"id":"{extension}","type":"webhook_reference"}}}`, status: 404, code: "5001"},
	"a button of another service": {op: "pressCustomAction", method: "POST", path: "/incidents/{incident}/custom_action", before: (*pagerDutyAccount).addOther,
		body: `{"custom_action":{"webhook":{"id":"{other}","type":"webhook_reference"}}}`, status: 404, code: "5001", says: "button"},
	"no such alert":       {op: "getIncidentAlert", method: "GET", path: "/incidents/{incident}/alerts/PNOTHER", status: 404, code: "2100"},
	"no such log entry":   {op: "getLogEntry", method: "GET", path: "/log_entries/RNOTHER", status: 404, code: "5001"},
	"no such user":        {op: "getUser", method: "GET", path: "/users/PNOTHER", status: 404, code: "2013"},
	"no such service":     {op: "getService", method: "GET", path: "/services/PNOTHER", status: 404, code: "5002"},
	"no such policy":      {op: "getEscalationPolicy", method: "GET", path: "/escalation_policies/PNOTHER", status: 404, code: "5001"},
	"no such schema":      {op: "getExtensionSchema", method: "GET", path: "/extension_schemas/PNOTHER", status: 404, code: "2100"},
	"no such extension":   {op: "getExtension", method: "GET", path: "/extensions/PNOTHER", status: 404, code: "5001"},
	"nothing to delete":   {op: "deleteExtension", method: "DELETE", path: "/extensions/PNOTHER", status: 404, code: "5001"},
	"nothing to enable":   {op: "enableExtension", method: "POST", path: "/extensions/PNOTHER/enable", status: 404, code: "5001"},
	"no such webhook":     {op: "getWebhook", method: "GET", path: "/webhooks/PNOTHER", status: 404, code: "5001"},
	"no such integration": {op: "getOutboundIntegration", method: "GET", path: "/outbound_integrations/PNOTHER", status: 404, code: "2100"},
	"a fourth action of a service": {op: "createExtension", method: "POST", path: "/extensions", before: (*pagerDutyAccount).fill,
		body: newExtension("One too many", ""), status: 400, code: "2019", says: "3"},
	"a second service":                {op: "createExtension", method: "POST", path: "/extensions", body: strings.Replace(newExtension("x", ""), `}]`, `},{"id":"{elsewhere}","type":"service_reference"}]`, 1), before: (*pagerDutyAccount).addOther, status: 400, code: "2001", says: "2 services"},
	"an extension of another schema":  {op: "createExtension", method: "POST", path: "/extensions", body: strings.Replace(newExtension("x", ""), "{schema}", "PNOTHER", 1), status: 400, code: "2001", says: "PNOTHER"},
	"an extension on no service":      {op: "createExtension", method: "POST", path: "/extensions", body: strings.Replace(newExtension("x", ""), "{service}", "PNOTHER", 1), status: 404, code: "5002"},
	"an extension without an address": {op: "createExtension", method: "POST", path: "/extensions", body: strings.Replace(newExtension("x", ""), `"endpoint_url":"https://hooks.example.com/x",`, "", 1), status: 400, code: "2001", says: "endpoint"},
	"an address of another kind":      {op: "createExtension", method: "POST", path: "/extensions", body: strings.Replace(newExtension("x", ""), "https://hooks", "ftp://hooks", 1), status: 400, code: "2001", says: "http"},
	"an extension without a name":     {op: "createExtension", method: "POST", path: "/extensions", body: strings.Replace(newExtension("x", ""), `"name":"x",`, "", 1), status: 400, code: "2001", says: "/extension/name"},
	"no such status page":             {op: "listStatusPagePosts", method: "GET", path: "/status_pages/PNOTHER/posts", status: 404, code: "2100"},
	"no such post":                    {op: "getStatusPagePost", method: "GET", path: "/status_pages/{page}/posts/PNOTHER", status: 404, code: "2100"},
	"an update of no post":            {op: "createStatusPagePostUpdate", method: "POST", path: "/status_pages/{page}/posts/PNOTHER/post_updates", body: `{"post_update":` + newPostUpdate("") + `}`, status: 404, code: "2100"},
	"no such update":                  {op: "getStatusPagePostUpdate", method: "GET", path: "/status_pages/{page}/posts/{post}/post_updates/PNOTHER", status: 404, code: "2100"},
	"no such impact":                  {op: "getStatusPageImpact", method: "GET", path: "/status_pages/{page}/impacts/PNOTHER", status: 404, code: "2100"},
	"a title of 129 characters":       {op: "createStatusPagePost", method: "POST", path: "/status_pages/{page}/posts", body: newPost(strings.Repeat("ü", 129)), status: 400, code: "2001", says: "128"},
	"a post without times":            {op: "createStatusPagePost", method: "POST", path: "/status_pages/{page}/posts", body: strings.Replace(newPost("x"), `"starts_at":null,`, "", 1), status: 400, code: "2001", says: "/post/starts_at"},
	"a post of another page":          {op: "createStatusPagePost", method: "POST", path: "/status_pages/{page}/posts", body: strings.Replace(newPost("x"), `"id":"{page}"`, `"id":"PNOTHER"`, 1), status: 400, code: "2001", says: "status_page"},
	"a post update without severity": {op: "createStatusPagePostUpdate", method: "POST", path: "/status_pages/{page}/posts/{post}/post_updates",
		body: `{"post_update":` + strings.Replace(newPostUpdate(""), `"severity":{"id":"{severity}","type":"status_page_severity"},`, "", 1) + `}`, status: 400, code: "2001", says: "severity"},
	"a post update of an unknown status": {op: "createStatusPagePostUpdate", method: "POST", path: "/status_pages/{page}/posts/{post}/post_updates",
		body: `{"post_update":` + strings.Replace(newPostUpdate(""), "{status}", "PNOTHER", 1) + `}`, status: 400, code: "2001", says: "PNOTHER"},
	"a responder request by nobody": {op: "createIncidentResponderRequest", method: "POST", path: "/incidents/{incident}/responder_requests",
		body: `{"requester_id":"PNOBODY","message":"x","responder_request_targets":[{"responder_request_target":{"id":"{responder}","type":"user_reference"}}]}`, status: 400, code: "1008"},
}

func TestPagerDutyOperationsSucceed(t *testing.T) {
	for name, row := range pagerDutySucceeds {
		t.Run(name, func(t *testing.T) { row.check(t) })
	}
}

func TestPagerDutyLimitsAreKept(t *testing.T) {
	for name, row := range pagerDutyRefuses {
		t.Run(name, func(t *testing.T) { row.check(t) })
	}
}

// check makes the call and looks at its answer, its headers and what the
// timeline says of it.
func (row pagerDutyCall) check(t *testing.T) {
	t.Parallel()
	a := newPagerDuty(t, pagerDutyRefs[0])
	if row.before != nil {
		row.before(a)
	}
	names := a.names(strings.Contains(row.path+row.body+fmt.Sprint(row.shows), "{post}") || strings.Contains(row.path+fmt.Sprint(row.shows), "{update}"))
	header := make([]string, len(row.header))
	for i, h := range row.header {
		header[i] = names.Replace(h)
	}
	got := a.call(row.method, names.Replace(row.path), names.Replace(row.body), header...)
	if got.status != row.status || got.word("error", "message") == "" != (row.code == "") || row.code != "" && fmt.Sprint(got.at("error", "code")) != row.code {
		t.Fatalf("answered %d %s; want %d and code %q", got.status, got.text, row.status, row.code)
	}
	for path, want := range row.shows {
		if found := fmt.Sprint(got.at(membersOf(path)...)); found != names.Replace(fmt.Sprint(want)) {
			t.Errorf("%s is %q; want %q\n%s", path, found, names.Replace(fmt.Sprint(want)), got.text)
		}
	}
	if kind := got.header.Get("Content-Type"); got.status != http.StatusNoContent && !strings.HasPrefix(kind, "application/json") {
		t.Errorf("Content-Type is %q", kind)
	}
	if row.says == "" && row.notes == "" && row.code == "" {
		return
	}
	e := a.last()
	if row.code != "" && (e.What != console.Refused || e.Status != row.status || e.Call == "") {
		t.Errorf("the timeline ends with %+v; want the refusal", e)
	}
	if !strings.Contains(e.Reason, names.Replace(row.says)) || !strings.Contains(strings.Join(e.Notes, "\n"), row.notes) {
		t.Errorf("the timeline's reason %q, notes %q; want %q, %q", e.Reason, e.Notes, row.says, row.notes)
	}
}

// TestPagerDutyNotesOfAnIncidentAreLimited: the last note that there is room for
// is written, the next one is refused.
func TestPagerDutyNotesOfAnIncidentAreLimited(t *testing.T) {
	clock := &minutes{}
	a := newPagerDutyAt(t, pagerDutyRefs[0], clock)
	api, _ := a.sender.Profile().API()
	most, _ := api.Int("notes_per_incident")
	for range most {
		a.write()
		clock.pass()
	}
	got := a.call("POST", "/incidents/"+a.incident.ID+"/notes", `{"note":{"content":"x"}}`)
	if got.status != http.StatusBadRequest || fmt.Sprint(got.at("error", "code")) != "2019" {
		t.Errorf("note %d answers %d %s; want 400 and code 2019", most+1, got.status, got.text)
	}
	if i, _ := a.console.Incident(a.incident.ID); len(i.Comments) != most {
		t.Errorf("%d notes are there; want %d", len(i.Comments), most)
	}
}

// membersOf splits "notes.0.content" into what answer.at takes.
func membersOf(path string) []any {
	var out []any
	for _, step := range strings.Split(path, ".") {
		var n int
		if _, err := fmt.Sscanf(step, "%d", &n); err == nil {
			out = append(out, n)
			continue
		}
		out = append(out, step)
	}
	return out
}

// TestPagerDutyTablesAreComplete holds the tables to the documented API: every
// operation succeeds in a row, every error is answered in a row.
func TestPagerDutyTablesAreComplete(t *testing.T) {
	profile, err := schema.Open(pagerDutyRefs[0])
	if err != nil {
		t.Fatal(err)
	}
	api, _ := profile.API()
	tried := map[string]bool{}
	for _, row := range pagerDutySucceeds {
		tried[row.op] = true
	}
	for _, o := range api.Operations {
		if !tried[o.Name] {
			t.Errorf("no row has %s succeed", o.Name)
		}
	}
	codes := map[string]bool{"2020": true, "2000": true, "2010": true} // tried elsewhere, or our own fault
	for _, row := range pagerDutyRefuses {
		codes[row.code] = true
	}
	for name, e := range api.Errors {
		if !codes[e.Code] {
			t.Errorf("no row is refused with %s (%s)", name, e.Code)
		}
	}
}
