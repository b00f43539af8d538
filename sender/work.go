package sender

import (
	"context"
	"sync"
	"time"
)

// work counts the presses that have their turn and do not sleep.
type work struct {
	mu    sync.Mutex
	count int
	fewer chan struct{} // closed when none is left; nil while nobody waits for it
}

func (w *work) begin() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
}

func (w *work) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.count--; w.count == 0 && w.fewer != nil {
		close(w.fewer)
		w.fewer = nil
	}
}

// rest waits d of platform time between two attempts of p.
func (s *Sender) rest(p *Pending, d time.Duration) error {
	s.work.end()
	defer s.work.begin()
	return s.settings.clock.Sleep(p.asleep, d)
}

// Idle returns once no attempt of a press is being made: each press has ended, or
// waits until it is repeated, or stands behind one that does. Its error is ctx's.
func (s *Sender) Idle(ctx context.Context) error {
	for {
		s.work.mu.Lock()
		if s.work.count == 0 {
			s.work.mu.Unlock()
			return nil
		}
		if s.work.fewer == nil {
			s.work.fewer = make(chan struct{})
		}
		fewer := s.work.fewer
		s.work.mu.Unlock()
		select {
		case <-fewer:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
