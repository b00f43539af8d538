package scenarios

import (
	"context"
	"errors"
	"sync"

	"github.com/hookdrill/hookdrill/sender"
)

// warmTries is how often a press is made again that found its connection closed.
const warmTries = 3

// errNotKept says that an endpoint cannot be measured over kept connections.
var errNotKept = errors.New("it keeps no connection open: each press needs a new one")

// seatPress makes one press with that sender.
type seatPress func(context.Context, *sender.Sender, sweepPress) (Sample, error)

// warm makes presses over connections that are open already. What opens them is a
// press, too, and told apart. It is safe for concurrent use.
type warm struct {
	seats chan *warmSeat // one for each press at a time
	bare  sweepPress     // opens a connection
	press seatPress

	mu   sync.Mutex
	cold []Sample // the presses that opened one
}

// warmSeat is a sender that has one connection at most.
type warmSeat struct {
	platform *sender.Sender
	open     bool
}

// newWarm makes as many senders as there are presses at a time.
func newWarm(n int, platform func(seat int) *sender.Sender, bare sweepPress, press seatPress) *warm {
	w := &warm{seats: make(chan *warmSeat, n), bare: bare, press: press}
	for i := range n {
		w.seats <- &warmSeat{platform: platform(i)}
	}
	return w
}

// end closes the connections, once no press is made any more, and returns the
// presses that opened them.
func (w *warm) end() []Sample {
	for range cap(w.seats) {
		(<-w.seats).platform.CloseIdleConnections()
	}
	return w.cold
}

// one makes one press over an open connection. Where none can be opened in time,
// what was to open it is what came of it, and not Kept.
func (w *warm) one(ctx context.Context, p sweepPress) (Sample, error) {
	seat := <-w.seats
	defer func() { w.seats <- seat }()
	for range warmTries {
		if !seat.open {
			if sample, err := w.make(ctx, seat, w.bare); err != nil || !seat.open {
				return sample, err
			}
		}
		if sample, err := w.make(ctx, seat, p); err != nil || sample.Kept || !seat.open {
			return sample, err
		}
	}
	return Sample{}, errNotKept
}

func (w *warm) make(ctx context.Context, seat *warmSeat, p sweepPress) (Sample, error) {
	sample, err := w.press(ctx, seat.platform, p)
	if seat.open = err == nil && sample.Outcome.Kind == sender.Answered; seat.open && !sample.Kept {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.cold = append(w.cold, sample)
	}
	return sample, err
}
