package console

import (
	"cmp"
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

// pagerDutyDoor speaks PagerDuty's REST API.
var pagerDutyDoor = &door{
	operations: map[string]func(*call) (any, *refusal){
		"createExtension":                 pdCreateExtension,
		"createIncident":                  pdCreateIncident,
		"createIncidentNote":              pdCreateNote,
		"createIncidentResponderRequest":  pdRequestResponders,
		"createIncidentStatusUpdate":      pdCreateStatusUpdate,
		"createStatusPagePost":            pdCreatePost,
		"createStatusPagePostUpdate":      pdCreatePostUpdate,
		"deleteExtension":                 pdDeleteExtension,
		"enableExtension":                 pdEnableExtension,
		"getCurrentUser":                  pdGetCurrentUser,
		"getEscalationPolicy":             pdGetPolicy,
		"getExtension":                    pdGetExtension,
		"getExtensionSchema":              pdGetExtensionSchema,
		"getIncident":                     pdGetIncident,
		"getIncidentAlert":                pdGetAlert,
		"getLogEntry":                     pdGetLogEntry,
		"getOutboundIntegration":          pdGetOutboundIntegration,
		"getPriority":                     pdGetPriority,
		"getService":                      pdGetService,
		"getStatusPageImpact":             pdGetWord("impact"),
		"getStatusPagePost":               pdGetPost,
		"getStatusPagePostUpdate":         pdGetPostUpdate,
		"getStatusPageService":            pdGetComponent,
		"getStatusPageSeverity":           pdGetWord("severity"),
		"getStatusPageStatus":             pdGetWord("status"),
		"getUser":                         pdGetUser,
		"getWebhook":                      pdGetWebhook,
		"listExtensionSchemas":            pdListExtensionSchemas,
		"listExtensions":                  pdListExtensions,
		"listIncidentAlerts":              pdListAlerts,
		"listIncidentLogEntries":          pdListIncidentLog,
		"listIncidentNotes":               pdListNotes,
		"listIncidentRelatedChangeEvents": pdListChanges,
		"listIncidents":                   pdListIncidents,
		"listLogEntries":                  pdListLog,
		"listPriorities":                  pdListPriorities,
		"listServices":                    pdListServices,
		"listStatusPageImpacts":           pdListWords("impact", "impacts"),
		"listStatusPagePostUpdates":       pdListPostUpdates,
		"listStatusPagePosts":             pdListPosts,
		"listStatusPageServices":          pdListComponents,
		"listStatusPageSeverities":        pdListWords("severity", "severities"),
		"listStatusPageStatuses":          pdListWords("status", "statuses"),
		"listStatusPages":                 pdListPages,
		"listUsers":                       pdListUsers,
		"pressCustomAction":               pdPress,
		"updateExtension":                 pdUpdateExtension,
		"updateIncident":                  pdUpdateIncident,
		"updateIncidents":                 pdUpdateIncidents,
	},
	refusals: map[reason]string{
		badInput: "InvalidInput",
		failed:   "InternalError",
		noFrom:   "MissingFrom",
		noKey:    "AuthenticationFailed",
		noMethod: "MethodNotAllowed",
		noRoute:  "NotFound",
		tooLarge: "TooLarge",
		tooMany:  "RateLimitExceeded",
	},
	open:    openPagerDuty,
	key:     pdKey,
	keyForm: "Authorization: Token token=KEY, or Bearer KEY, exactly so",
	caller:  pdCaller,
	head:    pdHead,
	success: func(_ *call, value any) any { return value },
	failure: pdFailure,
	pattern: func(api *schema.API, kind string) string {
		if kind == pdIncidentKey {
			return api.Facts["incident_key"].Text()
		}
		return api.Facts["ids"].Text() // of all else, openPagerDuty has read it
	},
}

// pdKey reads the header Authorization, whose form "must be followed precisely".
func pdKey(r *http.Request) string {
	values := r.Header.Values("Authorization")
	if len(values) != 1 {
		return ""
	}
	for _, form := range []string{"Token token=", "Bearer "} {
		if key, found := strings.CutPrefix(values[0], form); found {
			return key
		}
	}
	return ""
}

// pdCaller is the user of From, or else the key's. An Accept that is not the
// documented one is noted: a server falls back to the key's version.
func pdCaller(k *call) (sender.Person, *refusal) {
	want := k.pd().accept
	if sent := k.request.Header.Get("Accept"); strings.ReplaceAll(sent, " ", "") != want {
		k.note("Accept: " + cmp.Or(shortened(sent), "missing") + "; documented: " + want)
	}
	from := k.request.Header.Get("From")
	if from == "" {
		return k.pd().user, nil
	}
	if user, found := k.pd().find(func(p sender.Person) bool { return strings.EqualFold(p.Email, from) }); found {
		return user, nil
	}
	if !k.operation.From {
		k.note("From: " + shortened(from) + " is no user of the account; this call needs none")
		return k.pd().user, nil
	}
	return sender.Person{}, refuse("RequesterUserNotFound", "From: %s is no user of the account; there are %s", shortened(from), addresses(k.pd().people()))
}

// addresses lists those of a few people, for a reason.
func addresses(people []sender.Person) string {
	const most = 5
	var out []string
	for _, p := range people[:min(most, len(people))] {
		out = append(out, p.Email)
	}
	if len(people) > most {
		out = append(out, "others")
	}
	return strings.Join(out, ", ")
}

// pdHead says what is left of the rate, on requests that were counted.
func pdHead(k *call, h http.Header) {
	left := []int{k.left.limit, k.left.remaining, int((k.left.reset + time.Second - 1) / time.Second)}
	for n, name := range k.pd().rateHeaders {
		if k.left.limit > 0 && n < len(left) {
			h.Set(name, strconv.Itoa(left[n]))
		}
	}
}

// pdFailure is the envelope of every refusal. Details are documented where the
// input is wrong.
func pdFailure(_ *call, e schema.APIError, r *refusal) any {
	failure := object{"message": e.Message, "code": json.Number(e.Code)}
	if e.HTTP == http.StatusBadRequest {
		details := []string{}
		for _, v := range r.breaks {
			details = append(details, strings.TrimPrefix(v.String(), "error "))
		}
		if len(details) == 0 {
			details = append(details, r.why)
		}
		failure["errors"] = details
	}
	return object{"error": failure}
}

// pdInclude is what the query asks for in place of references. What is not among
// those offered stays a reference, and that is noted.
func (k *call) pdInclude(offered ...string) []string {
	asked := k.query["include[]"]
	for _, one := range asked {
		if !slices.Contains(offered, one) {
			k.note("?include[]=" + shortened(one) + ": the console answers with references all the same")
		}
	}
	return asked
}

// pdPage is the part of a list that a call asks for.
type pdPage struct {
	offset, limit int
	total         bool
}

// pdPage reads limit, offset and total.
func (k *call) pdPage() (pdPage, *refusal) {
	p := pdPage{total: k.query.Get("total") == "true"}
	p.limit = k.pd().numbers["page_size"]
	if k.query.Has("limit") {
		p.limit = parameter(k.query.Get("limit"))
	}
	if most := k.pd().numbers["page_size_max"]; p.limit > most {
		k.note("limit " + strconv.Itoa(p.limit) + " is cut to " + strconv.Itoa(most) + ", the documented maximum")
		p.limit = most
	}
	p.offset = parameter(k.query.Get("offset"))
	if reach := k.pd().numbers["page_reach"]; p.offset > reach-p.limit {
		return p, k.refuse(badInput, "offset %d and limit %d are together over %d, beyond which no page reaches", p.offset, p.limit, reach)
	}
	return p, nil
}

// parameter is a number of a query that was checked to be a whole one and not
// below 0; one that is too large for us is as large as can be.
func parameter(text string) int {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil && text != "" {
		return 1<<31 - 1
	}
	return int(n)
}

// answer is a page of a list under its name; some are those of the page, of how
// many in all.
func (p pdPage) answer(name string, some []object, all int) object {
	var total any
	if p.total {
		total = all
	}
	if some == nil {
		some = []object{}
	}
	return object{name: some, "limit": p.limit, "offset": p.offset, "more": p.offset+len(some) < all, "total": total}
}

// of is the page's part of all.
func (p pdPage) of(name string, all []object) object {
	from := min(p.offset, len(all))
	return p.answer(name, all[from:min(from+p.limit, len(all))], len(all))
}

// paged answers with the page of all that the call asks for.
func (k *call) paged(name string, all []object) (any, *refusal) {
	p, refused := k.pdPage()
	if refused != nil {
		return nil, refused
	}
	return p.of(name, all), nil
}

// one finds the resource with that id among all and answers with it under its
// name.
func one(name, id string, all []object, missing *refusal) (any, *refusal) {
	for _, o := range all {
		if o["id"] == id {
			return object{name: o}, nil
		}
	}
	return nil, missing
}
