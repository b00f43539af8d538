package receiver

import (
	"math/rand/v2"
	"net/http"
	"strconv"
)

// choice is one behavior for some and another for the others. Which of them it
// is depends on the number of the request and on the seed alone.
type choice struct {
	every     int     // so many make one; 0: by chance
	chance    float64 // of 100
	then, not Behavior
}

// pick returns the behavior for the nth of its turn, from 1.
func (c choice) pick(n uint64, r *rand.Rand) Behavior {
	hit := c.every > 0 && n%uint64(c.every) == 0
	if c.every == 0 {
		hit = r.Float64()*100 < c.chance
	}
	if hit {
		return c.then
	}
	return c.not
}

// Respond answers as the first of them would be.
func (c choice) Respond(w http.ResponseWriter, r *http.Request) Done {
	return settled(c, 1, source(0, 1)).Respond(w, r)
}

// String gives the text that ParseBehavior reads.
func (c choice) String() string {
	who := "every " + strconv.Itoa(c.every)
	if c.every == 0 {
		who = "chance " + percent(c.chance)
	}
	return who + " " + c.then.String() + " else " + c.not.String()
}

// source is where the nth of all that come draws from.
func source(seed, n uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, n)) }

// settled returns what b is for the nth of its turn: of a choice the one that is
// chosen, of an answer with a Latency the one with a delay.
func settled(b Behavior, n uint64, r *rand.Rand) Behavior {
	switch b := b.(type) {
	case choice:
		return settled(b.pick(n, r), n, r)
	case *quota:
		return b.settled(n, r)
	case Answer:
		if b.Latency.Kind != "" {
			b.Delay, b.Latency = b.Latency.draw(r), Latency{}
		}
		return b
	}
	return b
}

// varies reports whether b is not the same for all that come.
func varies(b Behavior) bool {
	switch b := b.(type) {
	case choice:
		return true
	case *quota:
		return varies(b.then)
	case Answer:
		return b.Latency.Kind != ""
	}
	return false
}

// takesConnections reports whether b may begin with a connection.
func takesConnections(b Behavior) bool {
	if c, ok := b.(choice); ok {
		return takesConnections(c.then) || takesConnections(c.not)
	}
	return begins(b, true)
}
