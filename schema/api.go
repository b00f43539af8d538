package schema

import (
	"encoding/json"
	"time"
)

// API is what a platform documents of the REST API that endpoints call back:
// its operations, errors, rates and limits. It is data (api.json in the
// profile's folder, or in one that the profile extends), immutable and safe for
// concurrent use.
type API struct {
	Style      string              // the shapes it has, by the name of the front door that speaks them
	Operations []Operation         // in the order of the file
	Errors     map[string]APIError // by the API's own name or code
	Rates      []Rate              // all of them hold at once
	Facts      map[string]Fact     // what else is documented or chosen: largest body, page sizes

	file string // where its file stands, or the newest of those laid over each other
}

// APIError is one documented refusal.
type APIError struct {
	HTTP    int    // status
	Code    string // the API's own: "ResourceNotFound", "2001"
	Message string
	Source  string
	Read    string
	Status  Status
	Note    string
}

// Rate is how many requests of one key are answered in a time.
type Rate struct {
	Requests int
	Per      time.Duration
	Source   string
	Read     string
	Status   Status
	Note     string
}

// Operation is one call of an API.
type Operation struct {
	Name   string // the document's name of it: "incidentComment"
	Method string
	Path   string // with {names} of what changes: "/incidents/{id}/notes"
	From   bool   // header From, the e-mail address of a user, is required
	Answer int    // the status when it succeeds
	Source string
	Read   string
	Status Status
	Note   string

	body  *requestForm // nil: none is documented
	query *requestForm
	takes map[string]parameter // the query's
	empty bool                 // no body is as good as {}
}

// API returns what p's platform documents of its API; ok is false where the
// profile has no api.json. That it can be read was found when p was opened, or for
// an embedded profile by a test.
func (p *Profile) API() (a *API, ok bool) {
	a, err := p.api()
	return a, err == nil && a != nil
}

// Operation returns the operation of that name.
func (a *API) Operation(name string) (*Operation, bool) {
	for i := range a.Operations {
		if a.Operations[i].Name == name {
			return &a.Operations[i], true
		}
	}
	return nil, false
}

// Int returns the value of the fact of that name; ok is false where the file
// states no such fact, or one that is no whole number.
func (a *API) Int(name string) (n int, ok bool) {
	f, ok := a.Facts[name]
	return n, ok && json.Unmarshal(f.Value, &n) == nil
}

// Duration returns the value of the fact of that name, which is text like "31s";
// ok is false where the file states no such fact, or one that is no duration.
func (a *API) Duration(name string) (d time.Duration, ok bool) {
	f, ok := a.Facts[name]
	if !ok {
		return 0, false
	}
	d, err := time.ParseDuration(f.Text())
	return d, err == nil
}
