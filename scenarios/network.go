package scenarios

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"slices"

	"github.com/hookdrill/hookdrill/sender"
)

// connecting makes the connections that are no presses.
func (p *play) connecting() sender.Network {
	if p.network == nil {
		return new(net.Dialer)
	}
	return p.network
}

// errNoMemory is why nothing is told in virtual time over the system's sockets:
// they would stop its clock.
var errNoMemory = errors.New("virtual time needs a network in memory: Runner.Network and Runner.Listen")

// inMemory refuses a story that starts something: no time but its own passes
// there, and nothing of it is on the network in memory.
func (p *play) inMemory() error {
	for _, name := range slices.Sorted(maps.Keys(p.stage.Endpoints)) {
		if e := p.stage.Endpoints[name]; len(e.Start) > 0 || e.Ready != "" {
			return fmt.Errorf("endpoint %s: a process of its own cannot be started in virtual time: a mock or a handler can have that seat", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(p.stage.Effects)) {
		if len(p.stage.Effects[name].Command) > 0 {
			return fmt.Errorf("effect %s: a command cannot be run in virtual time: requests, get and lines can", name)
		}
	}
	return nil
}
