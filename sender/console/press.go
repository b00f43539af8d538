package console

import (
	"context"
	"errors"

	"github.com/hookdrill/hookdrill/sender"
)

// The errors of Start, to be asked with errors.Is, beside those of sender.Start.
var (
	ErrNoIncident = errors.New("no such incident")
	ErrNotThere   = errors.New("no such button on this incident")
)

// Start presses a button on the incident of that id as it stands now; p.Incident
// is not looked at. The press, and what becomes of it, are on the timeline. Its
// errors are ErrNoIncident, ErrNotThere where the action is not on the incident's
// channel, and those of sender.Start.
func (c *Console) Start(ctx context.Context, incident string, p sender.Press) (*sender.Pending, error) {
	return nil, nil
}
