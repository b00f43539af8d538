package schema

import (
	"net/url"
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
}

// API returns what p's platform documents of its API; ok is false where the
// profile has no api.json.
func (p *Profile) API() (a *API, ok bool) { return nil, false }

// Operation returns the operation of that name.
func (a *API) Operation(name string) (*Operation, bool) { return nil, false }

// Check reads a request's body and says what is not as documented. The value is
// what encoding/json gives with UseNumber; it is nil where the body is no JSON
// that hookdrill reads, which is a violation then. A name that is not documented
// is a warning.
func (o *Operation) Check(body []byte) (value any, found []Violation) { return nil, nil }

// CheckQuery says what of a request's query is not as documented.
func (o *Operation) CheckQuery(query url.Values) []Violation { return nil }
