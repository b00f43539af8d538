package sender

// WithGuard asks f before anything of a press is sent, whoever presses: the press
// as it would be composed, on the incident as it stands. f's error is the press's.
// f may be called by several at a time.
func WithGuard(f func(Action, Press) error) Option { return func(s *settings) { s.guard = f } }
