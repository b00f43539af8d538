package console

import (
	"fmt"

	"github.com/hookdrill/hookdrill/schema"
	"github.com/hookdrill/hookdrill/sender"
)

func saveDelivery(d sender.Delivery) *savedDelivery {
	saved := &savedDelivery{
		Profile: d.Profile, Title: d.Title, Action: d.Action, EventID: d.EventID, URL: schema.RedactURL(d.URL), Pressed: d.Pressed,
		Ended: d.Ended, Delivered: d.Delivered, Consequence: d.Consequence,
	}
	for _, a := range d.Attempts {
		saved.Attempts = append(saved.Attempts, savedAttempt{
			Number: a.Number, Reason: a.Reason, Platform: a.Platform, Started: a.Started, URL: a.URL, Outcome: a.Outcome,
			Delivered: a.Delivered, Took: a.Took, Deadline: a.Deadline, Status: a.Status,
		})
	}
	return saved
}

func (s savedDelivery) delivery() sender.Delivery {
	d := sender.Delivery{
		Profile: s.Profile, Title: s.Title, Action: s.Action, EventID: s.EventID, URL: s.URL, Pressed: s.Pressed,
		Ended: s.Ended, Delivered: s.Delivered, Consequence: s.Consequence,
	}
	for _, a := range s.Attempts {
		d.Attempts = append(d.Attempts, sender.Attempt{
			Number: a.Number, Reason: a.Reason, Platform: a.Platform, Started: a.Started, URL: a.URL, Outcome: a.Outcome,
			Delivered: a.Delivered, Took: a.Took, Deadline: a.Deadline, Status: a.Status,
		})
	}
	return d
}

// savedAction is an action as a snapshot has it.
type savedAction struct {
	Name               string                       `json:"name"`
	Label              string                       `json:"label"`
	Description        string                       `json:"description,omitempty"`
	ID                 string                       `json:"id,omitempty"`
	URL                string                       `json:"url"`
	Headers            []savedHeader                `json:"headers,omitempty"`
	Channels           []string                     `json:"channels,omitempty"`
	InsecureSkipVerify bool                         `json:"insecure,omitempty"`
	CreatedBy          sender.Person                `json:"created_by,omitzero"`
	Team               string                       `json:"team,omitempty"`
	Template           string                       `json:"template,omitempty"`
	ValueMap           map[string]map[string]string `json:"value_map,omitempty"`
	LeftOut            []string                     `json:"left_out,omitempty"` // secrets, in words
}

type savedHeader struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// saveAction leaves an action's secrets out, and says which.
func saveAction(a sender.Action) savedAction {
	saved := savedAction{
		Name: a.Name, Label: a.Label, Description: a.Description, ID: a.ID, URL: schema.RedactURL(a.URL), Channels: a.Channels,
		InsecureSkipVerify: a.InsecureSkipVerify, CreatedBy: a.CreatedBy, Team: a.Team, Template: string(a.Template), ValueMap: a.ValueMap,
	}
	if saved.URL != a.URL {
		saved.leaveOut("URL")
	}
	for _, h := range a.Headers {
		one := savedHeader(h)
		if schema.SecretHeader(h.Name) {
			one.Value = schema.Redacted
			saved.leaveOut("header " + h.Name)
		}
		saved.Headers = append(saved.Headers, one)
	}
	if a.ClientCertificate != nil {
		saved.leaveOut("client certificate")
	}
	if n := len(a.SigningSecrets); n > 0 {
		saved.leaveOut(fmt.Sprintf("%d signing secret(s)", n))
	}
	return saved
}

func (s *savedAction) leaveOut(what string) { s.LeftOut = append(s.LeftOut, what) }

func (s savedAction) action() sender.Action {
	a := sender.Action{
		Name: s.Name, Label: s.Label, Description: s.Description, ID: s.ID, URL: s.URL, Channels: s.Channels,
		InsecureSkipVerify: s.InsecureSkipVerify, CreatedBy: s.CreatedBy, Team: s.Team, ValueMap: s.ValueMap,
	}
	for _, h := range s.Headers {
		a.Headers = append(a.Headers, sender.Header(h))
	}
	if s.Template != "" {
		a.Template = []byte(s.Template)
	}
	return a
}
