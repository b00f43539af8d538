package main

import "runtime/debug"

// By how many percent memory may grow before garbage is collected; Go's own
// choice is 100.
const (
	// A story's steps leave much behind and keep little: a tenth of a long
	// story's time would be collecting.
	garbageOfStories = 400
	// What a receiver keeps is bounded, and it stands beside what is tested: it
	// is to stay below 40 MB.
	garbageOfReceiver = 60
)

// collectAt lets memory grow by so many percent until the func that it returns is
// called, unless the environment says how far.
func (a *app) collectAt(percent int) (restore func()) {
	if _, given := a.getenv("GOGC"); given {
		return func() {}
	}
	before := debug.SetGCPercent(percent)
	return func() { debug.SetGCPercent(before) }
}
