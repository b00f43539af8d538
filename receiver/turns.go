package receiver

import (
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
)

// Turn is a behavior for the first First requests, or connections where it is a
// ConnFault; in the last turn First is 0 and it takes all that come.
type Turn struct {
	First    int
	Behavior Behavior
}

// Turns answers with one behavior after the other, as the requests come: a
// sequence of behaviors is a behavior.
//
// A turn that is a ConnFault is taken by the next connection, before anything of
// it is read, and so is one with a HandshakeDelay where there is TLS, for the first
// request of that connection; every other turn by the next request. A connection that comes
// while a turn for a request is at hand is read and waits for no turn. A request
// that comes while a ConnFault is at hand, on a connection that was open before,
// takes that turn: its connection ends in the same way, but for the request that
// was read.
type Turns struct {
	turns []Turn
	seed  atomic.Uint64
	came  atomic.Uint64
}

// NewTurns returns the sequence of turns; the last answers for ever, whatever
// its First. Without turns it is "status 200".
func NewTurns(turns ...Turn) *Turns {
	if len(turns) == 0 {
		turns = []Turn{{Behavior: Answer{}}}
	}
	t := &Turns{turns: append([]Turn(nil), turns...)}
	t.turns[len(turns)-1].First = 0
	return t
}

// Respond answers with the turn whose request this is.
func (t *Turns) Respond(w http.ResponseWriter, r *http.Request) Done {
	return t.next().Respond(w, r)
}

// takeConn takes the turn at hand if it begins with the connection; nil if it
// does not.
func (t *Turns) takeConn(secure bool) Behavior {
	for {
		n := t.came.Load()
		b := t.at(n + 1)
		if !begins(b, secure) {
			return nil
		}
		if t.came.CompareAndSwap(n, n+1) {
			return b
		}
	}
}

func (t *Turns) next() Behavior { return t.at(t.came.Add(1)) }

// at returns the behavior of the nth that comes, from 1.
func (t *Turns) at(n uint64) Behavior {
	k := n // the nth is the kth of its turn
	for _, turn := range t.turns {
		if first := uint64(turn.First); turn.First > 0 && k > first {
			k -= first
			continue
		}
		if varies(turn.Behavior) {
			return settled(turn.Behavior, k, source(t.seed.Load(), n))
		}
		return turn.Behavior
	}
	return t.turns[len(t.turns)-1].Behavior
}

// String gives the text that ParseBehavior reads.
func (t *Turns) String() string {
	var b strings.Builder
	for i, turn := range t.turns {
		if i > 0 {
			b.WriteString(" then ")
		}
		if turn.First > 0 {
			b.WriteString("first " + strconv.Itoa(turn.First) + " ")
		}
		b.WriteString(turn.Behavior.String())
	}
	return b.String()
}

// restart begins with the first turn again; what is left to chance is drawn from
// seed.
func (t *Turns) restart(seed uint64) {
	t.seed.Store(seed)
	t.came.Store(0)
	for _, turn := range t.turns {
		if q, ok := turn.Behavior.(*quota); ok {
			q.restart(seed)
		}
	}
}
