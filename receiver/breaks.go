package receiver

// Breaks reports whether b may do more than answer, soon or late: flood, break
// off, or write what is no HTTP. Of a behavior that is not this package's nobody
// knows, and it does not count.
func Breaks(b Behavior) bool {
	switch b := b.(type) {
	case Answer:
		return b.rough() || b.Flaw != Flaw{} || b.Length > 0 || b.end() != Answered
	case choice:
		return Breaks(b.then) || Breaks(b.not)
	case *quota:
		return Breaks(b.then)
	case *Turns:
		for _, t := range b.turns {
			if Breaks(t.Behavior) {
				return true
			}
		}
		return false
	case ConnFault:
		return true
	}
	return false
}
